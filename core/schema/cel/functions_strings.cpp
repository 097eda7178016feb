// The strings extension (counting code points, as it does) and Kubernetes' find and findAll.

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>

#include "base/str.h"
#include "schema/cel/call.h"
#include "schema/cel/operators.h"
#include "schema/cel/text.h"

namespace meshfn::schema::cel {

namespace {

Value out_of_range(const Call& call, std::int64_t index) {
  return call.arena.error(fmt::format("index out of range: {}", index));
}

Value char_at(const Call& call) {
  const auto* text = call.text(0);
  const auto* index = call.arg<std::int64_t>(1);
  if (text == nullptr || index == nullptr) return call.no_overload();
  const auto begin = offset_of(*text, *index);
  if (!begin) return out_of_range(call, *index);
  const auto end = offset_of(*text, *index + 1);
  return text->substr(*begin, (end ? *end : text->size()) - *begin);
}

Value substring(const Call& call) {
  const auto* text = call.text(0);
  const auto* from = call.arg<std::int64_t>(1);
  if (text == nullptr || from == nullptr) return call.no_overload();
  const auto begin = offset_of(*text, *from);
  if (!begin) return out_of_range(call, *from);
  if (call.args.size() < 3) return text->substr(*begin);
  const auto* to = call.arg<std::int64_t>(2);
  if (to == nullptr) return call.no_overload();
  const auto end = offset_of(*text, *to);
  if (!end || *end < *begin) return out_of_range(call, *to);
  return text->substr(*begin, *end - *begin);
}

/// Place of an item in a list, -1 when it is not there.
Value index_in_list(const Call& call, bool last) {
  const std::int64_t size = list_size(call.args[0]);
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t at = last ? size - 1 - i : i;
    if (equal(list_item(call.args[0], at, call.arena), call.args[1], call.arena)) return at;
  }
  return std::int64_t{-1};
}

Value find_text(const Call& call, bool last) {
  if (list_size(call.args[0]) >= 0) return index_in_list(call, last);
  const auto* text = call.text(0);
  const auto* part = call.text(1);
  if (text == nullptr || part == nullptr) return call.no_overload();
  std::size_t from = last ? std::string_view::npos : 0;
  if (call.args.size() == 3) {
    const auto* index = call.arg<std::int64_t>(2);
    if (index == nullptr) return call.no_overload();
    const auto offset = offset_of(*text, *index);
    if (!offset) return out_of_range(call, *index);
    from = *offset;
  }
  const std::size_t at = last ? text->rfind(*part, from) : text->find(*part, from);
  return at == std::string_view::npos ? std::int64_t{-1} : index_of(*text, at);
}

Value first_index(const Call& call) { return find_text(call, false); }

Value last_index(const Call& call) { return find_text(call, true); }

Value lower(const Call& call) {
  return call.text(0) == nullptr ? call.no_overload()
                                 : call.arena.string(str::lower(*call.text(0)));
}

Value upper(const Call& call) {
  return call.text(0) == nullptr ? call.no_overload()
                                 : call.arena.string(str::upper(*call.text(0)));
}

Value trim(const Call& call) {
  constexpr std::string_view kBlank = " \t\n\v\f\r";
  const auto* text = call.text(0);
  if (text == nullptr) return call.no_overload();
  const std::size_t first = text->find_first_not_of(kBlank);
  if (first == std::string_view::npos) return std::string_view();
  return text->substr(first, text->find_last_not_of(kBlank) + 1 - first);
}

Value replace(const Call& call) {
  const auto* text = call.text(0);
  const auto* from = call.text(1);
  const auto* to = call.text(2);
  if (text == nullptr || from == nullptr || to == nullptr) return call.no_overload();
  const auto* limit = call.arg<std::int64_t>(3);
  if (call.args.size() == 4 && limit == nullptr) return call.no_overload();
  std::int64_t left = limit == nullptr || *limit < 0 ? INT64_MAX : *limit;
  std::string out;
  std::size_t at = 0;
  if (from->empty()) {  // as Go: between all code points
    for (const auto end = text->size(); left > 0 && at <= end; --left) {
      out += *to;
      if (at == end) break;
      const std::size_t next = at + *offset_of(text->substr(at), 1);
      out += text->substr(at, next - at);
      at = next;
    }
    return call.arena.string(out + std::string(text->substr(std::min(at, text->size()))));
  }
  for (; left > 0; --left) {
    const std::size_t hit = text->find(*from, at);
    if (hit == std::string_view::npos) break;
    out += text->substr(at, hit - at);
    out += *to;
    at = hit + from->size();
  }
  return call.arena.string(out + std::string(text->substr(at)));
}

Value split(const Call& call) {
  const auto* text = call.text(0);
  const auto* separator = call.text(1);
  if (text == nullptr || separator == nullptr) return call.no_overload();
  const auto* limit = call.arg<std::int64_t>(2);
  if (call.args.size() == 3 && limit == nullptr) return call.no_overload();
  std::int64_t left = limit == nullptr || *limit < 0 ? INT64_MAX : *limit;
  std::vector<Value> parts;
  if (left == 0) return call.arena.list({});
  std::string_view rest = *text;
  while (--left > 0) {
    const std::size_t step =
        separator->empty() ? offset_of(rest, 1).value_or(rest.size()) : rest.find(*separator);
    if (step == std::string_view::npos || (separator->empty() && step >= rest.size())) break;
    parts.emplace_back(rest.substr(0, step));
    rest.remove_prefix(step + separator->size());
  }
  if (!rest.empty() || !separator->empty()) parts.emplace_back(rest);
  return call.arena.list(std::move(parts));
}

Value join(const Call& call) {
  const std::int64_t size = list_size(call.args[0]);
  if (size < 0 || (call.args.size() == 2 && call.text(1) == nullptr)) return call.no_overload();
  std::string out;
  for (std::int64_t i = 0; i < size; ++i) {
    const Value item = list_item(call.args[0], i, call.arena);
    if (item.get<std::string_view>() == nullptr) return call.no_overload();
    if (i > 0 && call.args.size() == 2) out += *call.text(1);
    out += *item.get<std::string_view>();
  }
  return call.arena.string(std::move(out));
}

/// `reverse` of text by code points or of a list.
Value reverse(const Call& call) {
  const std::int64_t size = list_size(call.args[0]);
  if (size >= 0) {
    std::vector<Value> items;
    for (std::int64_t i = size; i-- > 0;) items.push_back(list_item(call.args[0], i, call.arena));
    return call.arena.list(std::move(items));
  }
  const auto* text = call.text(0);
  if (text == nullptr) return call.no_overload();
  std::string out;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t step = *offset_of(rest, 1);
    out.insert(0, rest.substr(0, step));
    rest.remove_prefix(step);
  }
  return call.arena.string(std::move(out));
}

Value quote(const Call& call) {
  return call.text(0) == nullptr ? call.no_overload() : call.arena.string(quoted(*call.text(0)));
}

/// One argument by one verb of `format`; an empty optional when they do not go together.
std::optional<std::string> formatted(char verb, int precision, const Value& value) {
  const auto whole = whole_number(value);
  const auto* real = value.get<double>();
  const double number = real != nullptr ? *real : static_cast<double>(whole.value_or(0));
  switch (verb) {
    case 's':
      return plain_text(value);
    case 'd':
      return whole ? std::optional(fmt::format("{}", *whole)) : std::nullopt;
    case 'b':
      return whole ? std::optional(fmt::format("{:b}", *whole)) : std::nullopt;
    case 'o':
      return whole ? std::optional(fmt::format("{:o}", *whole)) : std::nullopt;
    case 'x':
    case 'X': {
      if (const auto* text = value.get<std::string_view>()) {
        std::string hex;
        for (const char c : *text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
        return verb == 'x' ? hex : str::upper(hex);
      }
      if (!whole) return std::nullopt;
      return verb == 'x' ? fmt::format("{:x}", *whole) : fmt::format("{:X}", *whole);
    }
    case 'f':
      return fmt::format("{:.{}f}", number, precision);
    case 'e':
      return fmt::format("{:.{}e}", number, precision);
    default:
      return std::nullopt;
  }
}

Value format(const Call& call) {
  const auto* pattern = call.text(0);
  if (pattern == nullptr || list_size(call.args[1]) < 0) return call.no_overload();
  std::string out;
  std::int64_t next = 0;
  for (std::size_t i = 0; i < pattern->size(); ++i) {
    if ((*pattern)[i] != '%') {
      out += (*pattern)[i];
      continue;
    }
    if (++i < pattern->size() && (*pattern)[i] == '%') {
      out += '%';
      continue;
    }
    int precision = 6;
    if (i < pattern->size() && (*pattern)[i] == '.') {
      precision = 0;
      for (++i; i < pattern->size() && (*pattern)[i] >= '0' && (*pattern)[i] <= '9'; ++i) {
        precision = std::min(precision * 10 + ((*pattern)[i] - '0'), 1000);
      }
    }
    if (i >= pattern->size()) return call.arena.error("the format ends in `%`");
    if (next >= list_size(call.args[1]))
      return call.arena.error("the format has more verbs than arguments");
    const Value item = list_item(call.args[1], next++, call.arena);
    const auto text = formatted((*pattern)[i], precision, item);
    if (!text)
      return call.arena.error(
          fmt::format("`%{}` does not take {}", (*pattern)[i], type_name(item)));
    out += *text;
  }
  return call.arena.string(std::move(out));
}

Value find_all_matches(const Call& call, std::int64_t limit) {
  const auto* text = call.text(0);
  const auto* expression = call.text(1);
  if (text == nullptr || expression == nullptr) return call.no_overload();
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 regex(re2::StringPiece(expression->data(), expression->size()), options);
  if (!regex.ok())
    return call.arena.error(fmt::format("`{}` is not a regular expression", *expression));
  std::vector<Value> found;
  const re2::StringPiece input(text->data(), text->size());
  re2::StringPiece hit;
  for (std::size_t at = 0; at <= text->size() && limit > 0; --limit) {
    if (!regex.Match(input, at, text->size(), RE2::UNANCHORED, &hit, 1)) break;
    const auto begin = static_cast<std::size_t>(hit.data() - text->data());
    found.emplace_back(text->substr(begin, hit.size()));
    at = begin + std::max<std::size_t>(hit.size(), 1);
  }
  return call.arena.list(std::move(found));
}

Value find(const Call& call) {
  const Value all = find_all_matches(call, 1);
  if (all.is_error()) return all;
  return list_size(all) == 0 ? Value(std::string_view()) : list_item(all, 0, call.arena);
}

Value find_all(const Call& call) {
  const auto* limit = call.arg<std::int64_t>(2);
  return find_all_matches(call, limit == nullptr || *limit < 0 ? INT64_MAX : *limit);
}

constexpr std::array kStrings = {
    Function{"charAt", true, 1, 1, char_at},
    Function{"substring", true, 1, 2, substring},
    Function{"indexOf", true, 1, 2, first_index},
    Function{"lastIndexOf", true, 1, 2, last_index},
    Function{"lowerAscii", true, 0, 0, lower},
    Function{"upperAscii", true, 0, 0, upper},
    Function{"trim", true, 0, 0, trim},
    Function{"replace", true, 2, 3, replace},
    Function{"split", true, 1, 2, split},
    Function{"join", true, 0, 1, join},
    Function{"reverse", true, 0, 0, reverse},
    Function{"format", true, 1, 1, format},
    Function{"strings.quote", false, 1, 1, quote},
    Function{"find", true, 1, 1, find},
    Function{"findAll", true, 1, 2, find_all},
};

}  // namespace

std::span<const Function> string_functions() { return kStrings; }

}  // namespace meshfn::schema::cel
