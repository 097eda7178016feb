#include "invoke/json_check.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/str.h"

namespace meshfn::invoke {

namespace {

constexpr std::size_t kMostDifferences = 10;
constexpr int kDeepest = 64;  // a schema may refer to itself

std::string brief(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 120) text = text.substr(0, 117) + "…";
  return text;
}

// JSONPath

/// One step of a path: a name, an index, a slice, a wildcard; below at any depth when `deep`.
struct Step {
  enum class Kind { name, index, slice, all } kind = Kind::name;
  std::string name = {};
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool deep = false;
};

class PathReader {
 public:
  explicit PathReader(std::string_view path) : path_(path) {}

  Result<std::vector<Step>> read() {
    if (!take('$')) return broken("a path begins with $");
    std::vector<Step> steps;
    while (at_ < path_.size()) {
      auto step = next();
      if (!step) return tl::unexpected(step.error());
      steps.push_back(std::move(*step));
    }
    return steps;
  }

 private:
  Result<Step> next() {
    Step step;
    if (take('.')) {
      step.deep = take('.');
      if (!(step.deep && at_ < path_.size() && path_[at_] == '[')) return dotted(std::move(step));
    }
    if (!take('[')) return broken("`.name` or `[…]` was expected");
    return bracketed(std::move(step));
  }

  Result<Step> dotted(Step step) {
    if (take('*')) {
      step.kind = Step::Kind::all;
      return step;
    }
    const std::size_t end = std::min(path_.find_first_of(".[", at_), path_.size());
    step.name = std::string(path_.substr(at_, end - at_));
    at_ = end;
    if (step.name.empty()) return broken("a name was expected");
    return step;
  }

  Result<Step> bracketed(Step step) {
    if (take('*')) {
      step.kind = Step::Kind::all;
    } else if (at_ < path_.size() && (path_[at_] == '\'' || path_[at_] == '"')) {
      const char quote = path_[at_++];
      const std::size_t end = path_.find(quote, at_);
      if (end == std::string_view::npos) return broken("a quote is not closed");
      step.name = std::string(path_.substr(at_, end - at_));
      at_ = end + 1;
    } else {
      const std::optional<std::int64_t> from = number();
      step.kind = Step::Kind::index;
      step.from = from.value_or(0);
      if (take(':')) {
        step.kind = Step::Kind::slice;
        step.to = number().value_or(std::numeric_limits<std::int64_t>::max());
      } else if (!from) {
        return broken("a name, a number or * was expected");
      }
    }
    if (!take(']')) return broken("`]` was expected");
    return step;
  }

  std::optional<std::int64_t> number() {
    std::int64_t value = 0;
    const char* const begin = path_.data() + at_;
    const auto [end, problem] = std::from_chars(begin, path_.data() + path_.size(), value);
    if (problem != std::errc()) return std::nullopt;
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  bool take(char c) {
    if (at_ >= path_.size() || path_[at_] != c) return false;
    ++at_;
    return true;
  }

  tl::unexpected<Error> broken(std::string_view why) const {
    return usage_error(fmt::format("`{}` is no JSONPath: {} at column {}", path_, why, at_ + 1));
  }

  std::string_view path_;
  std::size_t at_ = 0;
};

void below(const Json& value, std::vector<const Json*>& found) {
  found.push_back(&value);
  if (!value.is_structured()) return;
  for (const Json& child : value) below(child, found);
}

void apply(const Step& step, const Json& value, std::vector<const Json*>& found) {
  if (step.kind == Step::Kind::name) {
    if (value.is_object() && value.contains(step.name)) found.push_back(&value[step.name]);
    return;
  }
  if (step.kind == Step::Kind::all) {
    if (value.is_structured()) {
      for (const Json& child : value) found.push_back(&child);
    }
    return;
  }
  if (!value.is_array()) return;
  const auto size = static_cast<std::int64_t>(value.size());
  const auto from_end = [&](std::int64_t index) { return index < 0 ? index + size : index; };
  const std::int64_t first = from_end(step.from);
  const std::int64_t last = step.kind == Step::Kind::index ? first + 1 : from_end(step.to);
  for (std::int64_t i = std::max<std::int64_t>(first, 0); i < std::min(last, size); ++i) {
    if (i >= first) found.push_back(&value[static_cast<std::size_t>(i)]);
  }
}

// JSON Schema

class SchemaChecker {
 public:
  explicit SchemaChecker(const Json& root) : root_(root) {}

  std::vector<std::string> check(const Json& value, const Json& schema, const std::string& at,
                                 int depth = 0) {
    std::vector<std::string> faults;
    if (schema == Json(false)) faults.push_back(at + ": nothing is allowed here");
    if (!schema.is_object() || depth > kDeepest) return faults;
    const auto fault = [&](const std::string& text) { faults.push_back(at + ": " + text); };
    if (schema.contains("$ref")) add(faults, check(value, target(schema["$ref"]), at, depth + 1));
    if (schema.contains("type") && !fits_type(value, schema["type"])) {
      fault(fmt::format("{} is not of type {}", brief(value), brief(schema["type"])));
    }
    if (schema.contains("const") && value != schema["const"]) {
      fault(fmt::format("{} is not {}", brief(value), brief(schema["const"])));
    }
    if (schema.contains("enum")) {
      const Json& list = schema["enum"];
      if (std::find(list.begin(), list.end(), value) == list.end()) {
        fault(fmt::format("{} is none of {}", brief(value), brief(list)));
      }
    }
    check_bounds(value, schema, fault);
    check_combined(value, schema, at, depth, faults);
    if (value.is_object()) check_object(value, schema, at, depth, faults);
    if (value.is_array()) check_array(value, schema, at, depth, faults);
    return faults;
  }

 private:
  static void add(std::vector<std::string>& faults, std::vector<std::string> more) {
    faults.insert(faults.end(), more.begin(), more.end());
  }

  Json target(const Json& reference) const {
    const std::string text = reference.is_string() ? reference.get<std::string>() : "";
    if (text != "#" && !text.starts_with("#/")) return Json(true);
    const auto pointer = Json::json_pointer(text.substr(1));
    return root_.contains(pointer) ? root_.at(pointer) : Json(false);
  }

  static bool fits_type(const Json& value, const Json& types) {
    if (types.is_array()) {
      return std::any_of(types.begin(), types.end(),
                         [&](const Json& one) { return fits_type(value, one); });
    }
    const bool whole = value.is_number_integer() ||
                       (value.is_number_float() &&
                        value.get<double>() == static_cast<double>(value.get<std::int64_t>()));
    return (types == "object" && value.is_object()) || (types == "array" && value.is_array()) ||
           (types == "string" && value.is_string()) || (types == "integer" && whole) ||
           (types == "number" && value.is_number()) || (types == "boolean" && value.is_boolean()) ||
           (types == "null" && value.is_null());
  }

  /// The number of a keyword; nothing when the schema has none.
  static std::optional<double> bound(const Json& schema, const char* keyword) {
    if (!schema.contains(keyword) || !schema[keyword].is_number()) return std::nullopt;
    return schema[keyword].get<double>();
  }

  template <class Fault>
  static void check_size(double size, const Json& schema, const std::string& noun, Fault fault) {
    if (const auto least = bound(schema, ("min" + noun).c_str()); least && size < *least) {
      fault(fmt::format("{} are fewer than min{} {}", size, noun, *least));
    }
    if (const auto most = bound(schema, ("max" + noun).c_str()); most && size > *most) {
      fault(fmt::format("{} are more than max{} {}", size, noun, *most));
    }
  }

  template <class Fault>
  static void check_bounds(const Json& value, const Json& schema, Fault fault) {
    if (value.is_number()) {
      const double number = value.get<double>();
      const auto least = bound(schema, "minimum");
      const auto most = bound(schema, "maximum");
      const auto above = bound(schema, "exclusiveMinimum");
      const auto under = bound(schema, "exclusiveMaximum");
      if (least && number < *least) fault(fmt::format("{} is below {}", number, *least));
      if (most && number > *most) fault(fmt::format("{} is above {}", number, *most));
      if (above && number <= *above) fault(fmt::format("{} is not above {}", number, *above));
      if (under && number >= *under) fault(fmt::format("{} is not below {}", number, *under));
    }
    if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      check_size(static_cast<double>(str::code_points(text)), schema, "Length", fault);
      if (schema.contains("pattern") && schema["pattern"].is_string() &&
          !re2::RE2::PartialMatch(text, re2::RE2(schema["pattern"].get<std::string>()))) {
        fault(fmt::format("{} does not match {}", brief(value), brief(schema["pattern"])));
      }
    }
    const auto size = static_cast<double>(value.size());
    if (value.is_array()) check_size(size, schema, "Items", fault);
    if (value.is_object()) check_size(size, schema, "Properties", fault);
  }

  void check_combined(const Json& value, const Json& schema, const std::string& at, int depth,
                      std::vector<std::string>& faults) {
    const auto fits = [&](const Json& one) { return check(value, one, at, depth + 1).empty(); };
    if (schema.contains("allOf")) {
      for (const Json& one : schema["allOf"]) add(faults, check(value, one, at, depth + 1));
    }
    if (schema.contains("anyOf")) {
      const Json& list = schema["anyOf"];
      if (std::none_of(list.begin(), list.end(), fits)) faults.push_back(at + ": no anyOf fits");
    }
    if (schema.contains("oneOf")) {
      const auto count = std::count_if(schema["oneOf"].begin(), schema["oneOf"].end(), fits);
      if (count != 1) faults.push_back(fmt::format("{}: {} of oneOf fit", at, count));
    }
    if (schema.contains("not") && fits(schema["not"])) faults.push_back(at + ": `not` fits");
  }

  void check_object(const Json& value, const Json& schema, const std::string& at, int depth,
                    std::vector<std::string>& faults) {
    if (schema.contains("required")) {
      for (const Json& name : schema["required"]) {
        if (name.is_string() && !value.contains(name.get<std::string>())) {
          faults.push_back(fmt::format("{}: {} is missing", at, brief(name)));
        }
      }
    }
    const Json none = Json::object();
    const Json& properties = schema.contains("properties") ? schema["properties"] : none;
    for (const auto& [name, child] : value.items()) {
      const std::string place = at + "/" + name;
      if (properties.contains(name)) {
        add(faults, check(child, properties[name], place, depth + 1));
      } else if (schema.contains("additionalProperties")) {
        add(faults, check(child, schema["additionalProperties"], place, depth + 1));
      }
    }
  }

  void check_array(const Json& value, const Json& schema, const std::string& at, int depth,
                   std::vector<std::string>& faults) {
    const std::size_t prefix = schema.contains("prefixItems") ? schema["prefixItems"].size() : 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string place = fmt::format("{}/{}", at, i);
      if (i < prefix) {
        add(faults, check(value[i], schema["prefixItems"][i], place, depth + 1));
      } else if (schema.contains("items")) {
        add(faults, check(value[i], schema["items"], place, depth + 1));
      }
    }
    if (!schema.contains("uniqueItems") || schema["uniqueItems"] != true) return;
    for (std::size_t i = 1; i < value.size(); ++i) {
      const auto end = value.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find(value.begin(), end, value[i]) != end) {
        faults.push_back(fmt::format("{}/{}: the item occurs twice", at, i));
      }
    }
  }

  const Json& root_;
};

/// Objects are equal whatever the order of their members.
nlohmann::json unordered(const Json& value) { return parse_json<nlohmann::json>(value.dump()); }

void compare(const Json& wanted, const Json& actual, const std::string& at,
             std::vector<std::string>& found) {
  if (found.size() >= kMostDifferences || unordered(wanted) == unordered(actual)) return;
  if (wanted.is_object() && actual.is_object()) {
    for (const auto& [name, value] : wanted.items()) {
      const std::string place = at + "/" + name;
      if (actual.contains(name)) {
        compare(value, actual[name], place, found);
      } else {
        found.push_back(fmt::format("{}: {} is missing", place, brief(value)));
      }
    }
    for (const auto& [name, value] : actual.items()) {
      if (!wanted.contains(name)) {
        found.push_back(fmt::format("{}/{}: {} was not expected", at, name, brief(value)));
      }
    }
    return;
  }
  if (wanted.is_array() && actual.is_array() && wanted.size() == actual.size()) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      compare(wanted[i], actual[i], fmt::format("{}/{}", at, i), found);
    }
    return;
  }
  found.push_back(
      fmt::format("{}: {}, not {}", at.empty() ? "/" : at, brief(wanted), brief(actual)));
}

}  // namespace

Result<std::vector<Json>> json_path(const Json& document, std::string_view path) {
  const auto steps = PathReader(path).read();
  if (!steps) return tl::unexpected(steps.error());
  std::vector<const Json*> current = {&document};
  for (const Step& step : *steps) {
    std::vector<const Json*> next;
    for (const Json* value : current) {
      std::vector<const Json*> from = {value};
      if (step.deep) {
        from.clear();
        below(*value, from);
      }
      for (const Json* one : from) apply(step, *one, next);
    }
    current = std::move(next);
  }
  std::vector<Json> found;
  for (const Json* value : current) found.push_back(*value);
  return found;
}

std::vector<std::string> schema_faults(const Json& value, const Json& schema) {
  return SchemaChecker(schema).check(value, schema, "");
}

std::vector<std::string> differences(const Json& wanted, const Json& actual) {
  std::vector<std::string> found;
  compare(wanted, actual, "", found);
  return found;
}

}  // namespace meshfn::invoke
