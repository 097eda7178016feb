// One kind of a table, read into a KindSchema.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/str.h"
#include "schema/table.h"
#include "schema/table_lines.h"

namespace meshfn::schema::table {

namespace {

struct Word {
  std::string_view name;
  Base base;
  Format format = Format::none;
};

constexpr std::array kWords = {
    Word{"any", Base::any},
    Word{"object", Base::object},
    Word{"map", Base::map},
    Word{"list", Base::list},
    Word{"string", Base::string},
    Word{"int", Base::integer},
    Word{"int32", Base::integer, Format::int32},
    Word{"int64", Base::integer, Format::int64},
    Word{"uint32", Base::integer, Format::uint32},
    Word{"port", Base::integer, Format::int32},
    Word{"number", Base::number},
    Word{"bool", Base::boolean},
    Word{"int-or-string", Base::int_or_string},
    Word{"quantity", Base::int_or_string, Format::quantity},
};

std::string_view without(std::string_view text, char last) {
  return text.ends_with(last) ? text.substr(0, text.size() - 1) : text;
}

bool is_name(std::string_view word) { return !word.empty() && word[0] >= 'A' && word[0] <= 'Z'; }

/// The outermost and innermost type of a shape: `list of string` is both a list and a string.
struct Shape {
  Type* outer = nullptr;
  Type* inner = nullptr;
  bool shared = false;  ///< the innermost is a named type, which others use too
};

class Reader {
 public:
  Reader(const Index& index, KindSchema& schema, Channel channel,
         std::vector<std::string>* mistakes)
      : index_(index), schema_(schema), channel_(channel), mistakes_(mistakes) {}

  void read_root(Cursor cursor) {
    Type& root = schema_.store.type();
    root.base = Base::object;
    root.fields.push_back({"apiVersion", &plain("string"), true, {}, {}});
    root.fields.push_back({"kind", &plain("string"), true, {}, {}});
    root.fields.push_back({"metadata", named("ObjectMeta"), false, {}, {}});
    const std::size_t indent = cursor.indent();
    for (cursor.next(); cursor.line().starts_with("version ");) cursor.next();
    Shape whole{&root, &root};
    children(cursor, indent, whole);
    root.index_fields();
    schema_.root = &root;
  }

 private:
  void mistake(std::string text) {
    if (mistakes_ != nullptr) mistakes_->push_back(std::move(text));
  }

  Type& plain(std::string_view word) {
    std::string_view rest = word;
    return *shape(rest, nullptr).outer;
  }

  /// The type called `name`; read when first asked for, so that it may contain itself.
  const Type* named(std::string_view name) {
    const auto known = named_.find(name);
    if (known != named_.end()) return known->second;
    Type& type = schema_.store.type();
    named_[name] = &type;
    const auto place = index_.types.find(name);
    if (place == index_.types.end()) {
      mistake(fmt::format("no type `{}`", name));
      return &type;
    }
    Cursor cursor(place->second.text, place->second.offset);
    std::string_view rest = cursor.line();
    take_word(rest);
    take_word(rest);
    Shape read = shape(rest, nullptr);
    cursor.next();
    children(cursor, 0, read);
    type = *read.outer;
    type.name = name;
    read.outer->validations.clear();  // the copy has them
    return &type;
  }

  Shape shape(std::string_view& rest, Field* field) {
    const std::string_view word = take_word(rest);
    Type& type = schema_.store.type();
    if (is_name(word)) {
      const Type& shared = *named(word);
      Type* type_of_all = const_cast<Type*>(&shared);
      if (rest.empty()) return {type_of_all, type_of_all, true};
      type = shared;
    } else if (!base(word, type)) {
      mistake(fmt::format("`{}` is no shape", word));
    }
    Shape result{&type, &type};
    while (!rest.empty()) {
      if (rest.starts_with("of ")) {
        take_word(rest);
        const Shape element = shape(rest, field);
        type.element = element.outer;
        return {&type, element.inner, element.shared};
      }
      if (!modifier(rest, type, field)) break;
    }
    return result;
  }

  /// Gives a shape a copy of its own of a named type, so that more may be said about it.
  void own(Shape& shape) {
    if (!shape.shared) return;
    Type& copy = schema_.store.type();
    copy = *shape.inner;
    if (shape.outer == shape.inner) {
      shape.outer = &copy;
    } else {
      Type* list = shape.outer;
      while (list->element != shape.inner) list = const_cast<Type*>(list->element);
      list->element = &copy;
    }
    shape.inner = &copy;
    shape.shared = false;
  }

  static bool base(std::string_view word, Type& type) {
    const auto* found = std::find_if(kWords.begin(), kWords.end(),
                                     [&](const Word& row) { return row.name == word; });
    if (found != kWords.end()) {
      type.base = found->base;
      type.format = found->format;
      if (word == "port") {
        type.minimum = 1;
        type.maximum = 65535;
      }
      if (word == "uint32") {
        type.minimum = 0;
        type.maximum = 4294967295.0;
      }
      return true;
    }
    type.base = Base::string;
    type.format = format_named(word);
    return type.format != Format::none;
  }

  bool modifier(std::string_view& rest, Type& type, Field* field) {
    std::string_view word = take_word(rest);
    if (word == "=" && field != nullptr) {
      field->fallback = schema_.store.value(std::string(rest));
      rest = {};
    } else if (word[0] == '~') {
      type.pattern = pattern(word.substr(1));
    } else if (word == "keys") {
      type.key_pattern = pattern(take_word(rest).substr(1));
    } else if (word == "in") {
      for (bool more = true; more;) {
        std::string_view values = take_word(rest);
        more = values.ends_with('|');
        for (const std::string_view value : str::split(without(values, '|'), '|'))
          type.values.push_back(value);
      }
    } else if (word == "by") {
      type.list_type = ListType::map;
      type.keys = str::split(take_word(rest), ',');
    } else if (word == "set") {
      type.list_type = ListType::set;
    } else if (word == "nullable") {
      type.nullable = true;
    } else if (word == "open") {
      type.open = true;
    } else if (word == "embedded") {
      type.embedded = true;
    } else if (word[0] != '@' && !range(word, type)) {
      mistake(fmt::format("`{}` says nothing about a shape", word));
    }
    return true;
  }

  const Pattern* pattern(std::string_view name) {
    const auto found = index_.patterns.find(name);
    if (found != index_.patterns.end()) return &schema_.store.pattern(found->second);
    mistake(fmt::format("no pattern `{}`", name));
    return nullptr;
  }

  static bool range(std::string_view word, Type& type) {
    const std::size_t dots = word.find("..");
    if (dots == std::string_view::npos) return false;
    const auto number = [](std::string_view text) -> std::optional<double> {
      double value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      return error == std::errc() ? std::optional(value) : std::nullopt;
    };
    const auto low = number(word.substr(0, dots));
    const auto high = number(word.substr(dots + 2));
    if (type.base == Base::integer || type.base == Base::number) {
      if (low) type.minimum = low;
      if (high) type.maximum = high;
      return true;
    }
    if (low) type.min_size = static_cast<std::uint32_t>(*low);
    if (high) type.max_size = static_cast<std::uint32_t>(*high);
    return true;
  }

  /// Whether a line marked `@a,b` holds for this version and channel.
  bool applies(std::string_view line) const {
    const std::size_t mark = line.find(" @");
    if (mark == std::string_view::npos ||
        line.substr(0, mark).find(" = ") != std::string_view::npos)
      return true;
    std::string_view rest = line.substr(mark + 2);
    bool version_named = false;
    bool version_fits = false;
    bool channel_fits = true;
    for (const std::string_view word : str::split(take_word(rest), ',')) {
      if (word == "standard") {
        channel_fits = channel_ == Channel::standard;
      } else if (word == "experimental") {
        channel_fits = channel_ == Channel::experimental;
      } else {
        version_named = true;
        version_fits = version_fits || word == schema_.version.name;
      }
    }
    return channel_fits && (!version_named || version_fits);
  }

  void children(Cursor& cursor, std::size_t parent, Shape& of) {
    while (!cursor.at_end() && cursor.indent() > parent) {
      const std::size_t indent = cursor.indent();
      if (!applies(cursor.line())) {
        cursor.next();
        cursor.skip_below(indent);
      } else {
        own(of);
        if (!condition(cursor, of)) field(cursor, *of.inner);
      }
    }
    if (!of.shared) of.inner->index_fields();
  }

  config::IstioRelease release(std::string_view word) {
    const auto read = config::istio_release_of(word);
    if (!read) mistake(fmt::format("`{}` is no release of Istio", word));
    return read.value_or(config::IstioRelease{});
  }

  /// Reads a line that says since when a field is there or deprecated; false for other lines.
  bool remark(std::string_view line, Field& field) {
    const std::string_view word = take_word(line);
    if (word == "deprecated") {
      if (line.starts_with("since ")) {
        take_word(line);
        field.deprecated_since = release(take_word(line));
      }
      field.deprecated = line;
      return true;
    }
    if (word != "since") return false;
    const config::IstioRelease since = release(take_word(line));
    if (line.empty()) field.since = since;
    for (const std::string_view value : words(line)) field.newer_values.push_back({value, since});
    return true;
  }

  void field(Cursor& cursor, Type& owner) {
    const std::size_t indent = cursor.indent();
    std::string_view rest = cursor.line();
    const std::string_view name = take_word(rest);
    Field field;
    field.name = without(name, '!');
    field.required = name.ends_with('!');
    Shape read = shape(rest, &field);
    cursor.next();
    while (!cursor.at_end() && cursor.indent() > indent && remark(cursor.line(), field)) {
      cursor.next();
    }
    if (!cursor.at_end() && cursor.indent() > indent) children(cursor, indent, read);
    field.type = read.outer;
    owner.fields.push_back(std::move(field));
  }

  /// Reads a line that is a condition rather than a field.
  bool condition(Cursor& cursor, Shape of) {
    std::string_view rest = cursor.line();
    const std::string_view word = take_word(rest);
    if (word == "must") {
      must(cursor, rest, *of.inner);
      return true;
    }
    if (word == "whole") {
      take_word(rest);
      must(cursor, rest, *of.outer);
      return true;
    }
    using Kind = Constraint::Kind;
    constexpr std::array<std::pair<std::string_view, Kind>, 5> kConditions = {{
        {"at-most-one", Kind::at_most_one},
        {"exactly-one", Kind::exactly_one},
        {"variant", Kind::variant},
        {"once", Kind::once},
        {"unique", Kind::unique},
    }};
    const auto* found = std::find_if(kConditions.begin(), kConditions.end(),
                                     [&](const auto& row) { return row.first == word; });
    if (found == kConditions.end()) return false;
    const bool over_items = found->second == Kind::once || found->second == Kind::unique;
    Constraint constraint{found->second, {}};
    for (const std::string_view part : words(rest)) {
      if (part[0] == '@') continue;
      for (const std::string_view piece : str::split(part, '=')) constraint.words.push_back(piece);
    }
    (over_items ? of.outer : of.inner)->constraints.push_back(std::move(constraint));
    cursor.next();
    return true;
  }

  void must(Cursor& cursor, std::string_view expression, Type& type) {
    const std::size_t indent = cursor.indent();
    const std::size_t mark = expression.find(" @");
    std::string text(expression.substr(0, mark));
    Validation rule;
    for (cursor.next(); !cursor.at_end() && cursor.indent() > indent; cursor.next()) {
      if (cursor.line().starts_with("says ")) {
        rule.message = cursor.line().substr(5);
      } else if (cursor.line().starts_with("at ")) {
        rule.field_path = cursor.line().substr(3);
      } else {
        text += ' ';
        text += cursor.line();
      }
    }
    if (rule.message.empty()) mistake(fmt::format("`must {}` says nothing", text));
    rule.expression = schema_.store.text(std::move(text));
    type.validations.push_back(rule);
  }

  const Index& index_;
  KindSchema& schema_;
  Channel channel_;
  std::vector<std::string>* mistakes_;
  std::map<std::string_view, const Type*> named_;
};

}  // namespace

std::unique_ptr<KindSchema> read(const Index& index, std::string_view group,
                                 std::string_view version, std::string_view kind, Channel channel,
                                 std::vector<std::string>* mistakes) {
  for (const KindBlock& block : index.kinds) {
    if (block.group != group || block.kind != kind) continue;
    Cursor cursor(block.text, block.offset);
    const std::string_view head = cursor.line();
    bool here = false;
    for (cursor.next(); cursor.line().starts_with("version "); cursor.next()) {
      here = here || words(cursor.line())[1] == version;
    }
    if (!here) continue;
    auto schema = std::make_unique<KindSchema>();
    const KindInfo info = describe(index, group, kind);
    schema->group = block.group;
    schema->kind = block.kind;
    schema->versions = info.versions;
    schema->scope = info.scope;
    for (Version& each : schema->versions) {
      if (each.experimental && channel == Channel::standard) each.served = false;
      if (each.name == version) schema->version = each;
    }
    schema->status_apart = head.ends_with(" status") && !schema->version.whole;
    Reader(index, *schema, channel, mistakes).read_root(Cursor(block.text, block.offset));
    for (std::string& failure : schema->store.compile_rules()) {
      if (mistakes != nullptr) mistakes->push_back(std::move(failure));
    }
    return schema;
  }
  return nullptr;
}

}  // namespace meshfn::schema::table
