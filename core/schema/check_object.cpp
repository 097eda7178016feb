// Objects, maps and lists: which fields, how many, which together.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/str.h"
#include "schema/checker.h"

namespace meshfn::schema {

namespace {

constexpr std::size_t kSeenWords = 4;  // presence is remembered for the first 256 fields

bool was_seen(const std::uint64_t* seen, std::size_t index) {
  return ((seen[index / 64] >> (index % 64)) & 1U) != 0;
}

/// A null for a field that may not be null counts as no value, as in the API server.
bool is_dropped(yaml::Node node, const Type& type) {
  return node.is_null() && !type.nullable && type.base != Base::any;
}

bool is_present(yaml::Node node, std::string_view name) {
  const yaml::Node found = node.find(name);
  return found && !found.is_null();
}

/// What to point at when an item of a list lacks something: its first key.
yaml::Node anchor_in(yaml::Node item) {
  for (const auto entry : item.entries()) return entry.key;
  return item;
}

std::string quote_all(const std::vector<std::string_view>& words, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? fmt::format(" {} ", last) : ", ";
    text += fmt::format("`{}`", words[i]);
  }
  return text;
}

std::uint64_t mix(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return (hash ^ 0xFFU) * 0x100000001B3ULL;
}

std::uint64_t hash_of(yaml::Node node, std::uint64_t hash) {
  if (node.is_scalar()) return mix(hash, node.text());
  for (const yaml::Node item : node.items()) hash = hash_of(item, hash);
  for (const auto entry : node.entries()) hash = hash_of(entry.value, mix(hash, entry.key.text()));
  return mix(hash, node.is_mapping() ? "{" : "[");
}

/// "name `web`, port `80`" of the keys that two items share.
std::string key_text(yaml::Node item, const std::vector<std::string_view>& keys) {
  if (keys.empty()) return fmt::format("`{}`", item.text());
  std::string text;
  for (const std::string_view key : keys) {
    const yaml::Node found = item.find(key);
    if (!found || !found.is_scalar()) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{} `{}`", key, found.text());
  }
  return text;
}

}  // namespace

yaml::Node value_or_default(yaml::Node node, const Type& type, std::string_view name) {
  const Field* field = type.field(name);
  const yaml::Node found = node.find(name);
  if (found && !(field != nullptr && is_dropped(found, *field->type))) return found;
  return field == nullptr ? yaml::Node() : field->fallback;
}

bool Checker::object(yaml::Node node, const Type& type, yaml::Node anchor, yaml::Node old) {
  if (!node.is_mapping()) return wrong_type(node, type);
  bool fine = true;
  std::uint64_t seen[kSeenWords] = {};
  const Type* const owner = std::exchange(defaults_, nullptr);
  if (owner != nullptr) default_fields(node, type, *owner, seen);
  for (const auto entry : node.entries()) {
    const int index = type.find(entry.key.text());
    if (index < 0) {
      if (!type.open && !type.embedded) unknown_field(entry.key, type);
      continue;
    }
    const auto at = static_cast<std::size_t>(index);
    const Field& field = type.fields[at];
    // What a shape of oneOf says of a field is not all: whether null counts, its owner knows.
    const Field* const owned = owner == nullptr ? nullptr : owner->field(field.name);
    if (is_dropped(entry.value, *(owned == nullptr ? field : *owned).type)) continue;
    if (at < kSeenWords * 64) seen[at / 64] |= std::uint64_t{1} << (at % 64);
    if (options_.istio) release(entry, field);
    if (is_deprecated(field)) {
      auto& problem = report(Finding::deprecated_field, entry.key.where(),
                             fmt::format("`{}` is deprecated", field.name))
                          .with_help(std::string(field.deprecated));
      problem.fix = successor(node, entry, type, field);
    }
    const bool apart =
        &type == kind_.root && kind_.status_apart && field.name == "status" && !options_.status;
    if (apart) continue;
    fine = value(entry.value, *field.type, entry.key, old ? old.find(field.name) : old) && fine;
  }
  fine = missing_fields(node, type, anchor, seen) && fine;
  return size(node, type, anchor) && fine;
}

/// A shape of oneOf sees the defaults of the object that it belongs to.
void Checker::default_fields(yaml::Node node, const Type& type, const Type& owner,
                             std::uint64_t* seen) {
  for (std::size_t i = 0; i < std::min(type.fields.size(), kSeenWords * 64); ++i) {
    const Field* field = owner.field(type.fields[i].name);
    if (field == nullptr || !field->fallback || node.find(field->name)) continue;
    seen[i / 64] |= std::uint64_t{1} << (i % 64);
    value(field->fallback, *type.fields[i].type, {}, {});
  }
}

bool Checker::missing_fields(yaml::Node node, const Type& type, yaml::Node anchor,
                             const std::uint64_t* seen) {
  bool fine = true;
  for (const std::size_t i : type.needed()) {
    const Field& field = type.fields[i];
    if (i < kSeenWords * 64 ? was_seen(seen, i) : is_present(node, field.name)) continue;
    const bool nullable_null = field.type->nullable && node.find(field.name);
    if (nullable_null) continue;
    const bool top = &type == kind_.root;
    report(Finding::missing_field, (anchor ? anchor : node).where(),
           top ? fmt::format("{} needs `{}`", kind_.kind, field.name)
               : fmt::format("the field `{}` is missing", field.name));
    fine = false;
  }
  return fine;
}

bool Checker::map(yaml::Node node, const Type& type, yaml::Node old) {
  bool fine = true;
  for (const auto entry : node.entries()) {
    const std::string_view key = entry.key.text();
    if (type.key_pattern != nullptr && !type.key_pattern->matches(key)) {
      report(Finding::bad_text, entry.key.where(),
             fmt::format("`{}` is not a key that is allowed here", key))
          .with_help(type.key_pattern->like().empty()
                         ? fmt::format("it must match `{}`", type.key_pattern->expression())
                         : fmt::format("write {}", type.key_pattern->like()));
    }
    if (type.element == nullptr || is_dropped(entry.value, *type.element)) continue;
    fine = value(entry.value, *type.element, entry.key, old ? old.find(key) : old) && fine;
  }
  return size(node, type, {}) && fine;
}

bool Checker::list(yaml::Node node, const Type& type, yaml::Node old) {
  bool fine = true;
  const auto same = [&](yaml::Node item) {
    if (!old || type.list_type != ListType::map) return yaml::Node();
    for (const yaml::Node other : old.items()) {
      const bool equal = std::all_of(type.keys.begin(), type.keys.end(), [&](std::string_view key) {
        return value_or_default(item, *type.element, key).text() ==
               value_or_default(other, *type.element, key).text();
      });
      if (equal) return other;
    }
    return yaml::Node();
  };
  if (type.element != nullptr) {
    for (const yaml::Node item : node.items()) {
      fine = value(item, *type.element, anchor_in(item), same(item)) && fine;
    }
  }
  if (type.list_type != ListType::atomic && node.size() > 1) duplicates(node, type);
  return size(node, type, {}) && fine;
}

void Checker::duplicates(yaml::Node node, const Type& type) {
  distinct(node, type.list_type == ListType::set ? std::vector<std::string_view>() : type.keys,
           *type.element, false);
}

/// Reports items that agree in all keys with an earlier one; items without the keys are passed
/// over when these are `optional`.
void Checker::distinct(yaml::Node node, const std::vector<std::string_view>& keys,
                       const Type& item_type, bool optional) {
  hashes_.clear();
  for (const yaml::Node item : node.items()) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    bool complete = true;
    if (keys.empty()) hash = hash_of(item, hash);
    for (const std::string_view key : keys) {
      const yaml::Node found = value_or_default(item, item_type, key);
      complete = complete && (found && !found.is_null());
      hash = found ? hash_of(found, hash) : mix(hash, "\x01");
    }
    if (complete || !optional) hashes_.emplace_back(hash, item);
  }
  std::stable_sort(hashes_.begin(), hashes_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < hashes_.size(); ++i) {
    if (hashes_[i].first != hashes_[i - 1].first) continue;
    const yaml::Node item = hashes_[i].second;
    const yaml::Node earlier = hashes_[i - 1].second;
    const auto place = [&](yaml::Node of) {
      const yaml::Node key = keys.empty() ? of : of.find(keys.front());
      return (key ? key : anchor_in(of)).where();
    };
    report(Finding::duplicate, place(item),
           fmt::format("{} appears twice in this list", key_text(item, keys)))
        .relate(place(earlier), "first here");
  }
}

bool Checker::size(yaml::Node node, const Type& type, yaml::Node anchor) {
  if (type.min_size == 0 && type.max_size == kUnlimited) return true;
  const std::uint32_t count = node.size();
  const std::string_view noun = type.base == Base::list ? "item" : "entry";
  const auto plural = [&](std::uint32_t n) {
    return n == 1 ? fmt::format("1 {}", noun)
                  : fmt::format("{} {}", n, noun == "entry" ? "entries" : "items");
  };
  const source::Location where =
      anchor && anchor.where().file != nullptr ? anchor.where() : node.where();
  if (count < type.min_size) {
    report(Finding::bad_size, where,
           fmt::format("at least {} must be here, not {}", plural(type.min_size), count));
  }
  if (count > type.max_size) {
    report(Finding::bad_size, where,
           fmt::format("at most {} may be here, not {}", plural(type.max_size), count));
  }
  return count <= type.max_size;
}

void Checker::constraint(yaml::Node node, const Type& type, const Constraint& rule,
                         yaml::Node anchor) {
  switch (rule.kind) {
    case Constraint::Kind::at_most_one:
    case Constraint::Kind::exactly_one:
      fields_excluding(node, rule, anchor);
      break;
    case Constraint::Kind::variant:
      variant(node, type, rule, anchor);
      break;
    case Constraint::Kind::once:
      once(node, rule);
      break;
    case Constraint::Kind::unique:
      if (node.size() > 1) distinct(node, rule.words, *type.element, rule.words.size() == 1);
      break;
  }
}

void Checker::fields_excluding(yaml::Node node, const Constraint& rule, yaml::Node anchor) {
  yaml::Node first;
  for (const std::string_view name : rule.words) {
    if (!is_present(node, name)) continue;
    const yaml::Node key = node.find_key(name);
    if (first) {
      report(Finding::exclusive_fields, key.where(),
             fmt::format("`{}` and `{}` exclude each other", first.text(), name))
          .relate(first.where(), "the other one")
          .with_help(fmt::format("keep one of {}", quote_all(rule.words, "and")));
      return;
    }
    first = key;
  }
  if (!first && rule.kind == Constraint::Kind::exactly_one) {
    report(Finding::exclusive_fields, (anchor ? anchor : node).where(),
           fmt::format("one of {} is needed", quote_all(rule.words, "or")));
  }
}

void Checker::variant(yaml::Node node, const Type& type, const Constraint& rule,
                      yaml::Node anchor) {
  const std::string_view discriminator = rule.words.front();
  const yaml::Node chosen = value_or_default(node, type, discriminator);
  for (std::size_t i = 1; i + 1 < rule.words.size(); i += 2) {
    const std::string_view wanted = rule.words[i];
    const std::string_view field = rule.words[i + 1];
    const bool selected = chosen && chosen.text() == wanted;
    const bool present = is_present(node, field);
    if (present && !selected) {
      report(Finding::exclusive_fields, node.find_key(field).where(),
             fmt::format("`{}` goes with {} `{}`, and this is `{}`", field, discriminator, wanted,
                         chosen.text()));
    } else if (selected && !present) {
      const yaml::Node written = node.find(discriminator);
      report(Finding::exclusive_fields,
             (written  ? written
              : anchor ? anchor
                       : node)
                 .where(),
             fmt::format("{} `{}` needs the field `{}`", discriminator, wanted, field));
    }
  }
}

void Checker::once(yaml::Node node, const Constraint& rule) {
  for (std::size_t i = 1; i < rule.words.size(); ++i) {
    yaml::Node first;
    for (const yaml::Node item : node.items()) {
      const yaml::Node found = item.find(rule.words.front());
      if (!found || found.text() != rule.words[i]) continue;
      if (first) {
        report(Finding::duplicate, found.where(),
               fmt::format("`{}` may be used once in this list", rule.words[i]))
            .relate(first.where(), "first here");
      } else {
        first = found;
      }
    }
  }
}

}  // namespace meshfn::schema
