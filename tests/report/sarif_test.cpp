// The shape that SARIF 2.1.0 prescribes for what we write: which properties an object may and must
// have, and of what type. A table of facts of the standard, for the objects that appear here.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/str.h"
#include "catch.h"
#include "report/sample.h"

namespace meshfn::report {

namespace {

using Json = nlohmann::json;

/// One property. A type is `string`, `uri`, `boolean`, `integer MINIMUM`, `any`, `enum A|B`, or
/// `object T`, `array T` and `map T` of another type of object.
struct Row {
  std::string_view object;
  std::string_view property;
  std::string_view type;
  bool required = false;
};

constexpr Row kRows[] = {
    {"sarifLog", "$schema", "uri"},
    {"sarifLog", "version", "enum 2.1.0", true},
    {"sarifLog", "runs", "array run", true},
    {"run", "tool", "object tool", true},
    {"run", "columnKind", "enum utf16CodeUnits|unicodeCodePoints"},
    {"run", "automationDetails", "object runAutomationDetails"},
    {"run", "originalUriBaseIds", "map artifactLocation"},
    {"run", "invocations", "array invocation"},
    {"run", "results", "array result"},
    {"tool", "driver", "object toolComponent", true},
    {"toolComponent", "name", "string", true},
    {"toolComponent", "semanticVersion", "string"},
    {"toolComponent", "informationUri", "uri"},
    {"toolComponent", "rules", "array reportingDescriptor"},
    {"reportingDescriptor", "id", "string", true},
    {"reportingDescriptor", "name", "string"},
    {"reportingDescriptor", "shortDescription", "object multiformatMessageString"},
    {"reportingDescriptor", "fullDescription", "object multiformatMessageString"},
    {"reportingDescriptor", "help", "object multiformatMessageString"},
    {"reportingDescriptor", "helpUri", "uri"},
    {"reportingDescriptor", "defaultConfiguration", "object reportingConfiguration"},
    {"reportingDescriptor", "properties", "any"},
    {"multiformatMessageString", "text", "string", true},
    {"multiformatMessageString", "markdown", "string"},
    {"reportingConfiguration", "level", "enum none|note|warning|error"},
    {"runAutomationDetails", "id", "string"},
    {"artifactLocation", "uri", "uri"},
    {"artifactLocation", "uriBaseId", "string"},
    {"artifactLocation", "description", "object message"},
    {"message", "text", "string"},
    {"message", "markdown", "string"},
    {"invocation", "executionSuccessful", "boolean", true},
    {"invocation", "toolExecutionNotifications", "array notification"},
    {"notification", "level", "enum none|note|warning|error"},
    {"notification", "message", "object message", true},
    {"result", "ruleId", "string"},
    {"result", "ruleIndex", "integer 0"},
    {"result", "level", "enum none|note|warning|error"},
    {"result", "message", "object message", true},
    {"result", "locations", "array location"},
    {"result", "partialFingerprints", "map string"},
    {"result", "relatedLocations", "array location"},
    {"result", "fixes", "array fix"},
    {"result", "suppressions", "array suppression"},
    {"result", "properties", "any"},
    {"location", "id", "integer 0"},
    {"location", "physicalLocation", "object physicalLocation"},
    {"location", "logicalLocations", "array logicalLocation"},
    {"location", "message", "object message"},
    {"physicalLocation", "artifactLocation", "object artifactLocation"},
    {"physicalLocation", "region", "object region"},
    {"region", "startLine", "integer 1", true},
    {"region", "startColumn", "integer 1", true},
    {"region", "endLine", "integer 1", true},
    {"region", "endColumn", "integer 1", true},
    {"logicalLocation", "fullyQualifiedName", "string"},
    {"logicalLocation", "kind", "string"},
    {"fix", "description", "object message"},
    {"fix", "artifactChanges", "array artifactChange", true},
    {"artifactChange", "artifactLocation", "object artifactLocation", true},
    {"artifactChange", "replacements", "array replacement", true},
    {"replacement", "deletedRegion", "object region", true},
    {"replacement", "insertedContent", "object artifactContent"},
    {"artifactContent", "text", "string"},
    {"suppression", "kind", "enum inSource|external", true},
    {"suppression", "justification", "string"},
};

const Row* find_row(std::string_view object, std::string_view property) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& each) {
    return each.object == object && each.property == property;
  });
  return row == std::end(kRows) ? nullptr : row;
}

bool is_uri(const std::string& text) {
  constexpr std::string_view kUnencoded = " <>\"{}|\\^`";
  return !text.empty() && std::none_of(text.begin(), text.end(), [&](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || static_cast<unsigned char>(c) < 0x21 ||
           kUnencoded.find(c) != std::string_view::npos;
  });
}

/// Appends what is wrong with `value` as "path: what".
class Validator {
 public:
  std::vector<std::string> validate(const Json& log) {
    object(log, "sarifLog", "");
    return std::move(mistakes_);
  }

 private:
  void object(const Json& value, std::string_view type, const std::string& path) {
    if (!value.is_object()) return wrong(path, "no object");
    for (const auto& [name, inner] : value.items()) {
      const Row* row = find_row(type, name);
      if (row == nullptr) {
        wrong(path + "/" + name, fmt::format("no property of {}", type));
      } else {
        check(inner, row->type, path + "/" + name);
      }
    }
    for (const Row& row : kRows) {
      if (row.object == type && row.required && !value.contains(std::string(row.property))) {
        wrong(path, fmt::format("no {}", row.property));
      }
    }
  }

  void check(const Json& value, std::string_view type, const std::string& path) {
    const auto words = str::split(type, ' ');
    if (words[0] == "object") return object(value, words[1], path);
    if (words[0] == "array" || words[0] == "map") return each(value, words, path);
    const bool good =
        words[0] == "any" || (words[0] == "boolean" && value.is_boolean()) ||
        (words[0] == "string" && value.is_string()) ||
        (words[0] == "uri" && value.is_string() && is_uri(value.get<std::string>())) ||
        (words[0] == "integer" && value.is_number_integer() &&
         value.get<std::int64_t>() >= std::stoll(std::string(words[1]))) ||
        (words[0] == "enum" && value.is_string() && is_among(value.get<std::string>(), words[1]));
    if (!good) wrong(path, fmt::format("`{}` is no {}", value.dump(), type));
  }

  void each(const Json& value, const std::vector<std::string_view>& words,
            const std::string& path) {
    if (words[0] == "array" ? !value.is_array() : !value.is_object()) {
      return wrong(path, fmt::format("no {}", words[0]));
    }
    for (const auto& [name, inner] : value.items()) {
      if (words[1] == "string") {
        check(inner, "string", path + "/" + name);
      } else {
        object(inner, words[1], path + "/" + name);
      }
    }
  }

  static bool is_among(const std::string& word, std::string_view choices) {
    const auto all = str::split(choices, '|');
    return std::find(all.begin(), all.end(), word) != all.end();
  }

  void wrong(const std::string& path, const std::string& what) {
    mistakes_.push_back(path + ": " + what);
  }

  std::vector<std::string> mistakes_;
};

std::vector<std::string> mistakes(const Report& report) {
  return Validator().validate(Json::parse(written("sarif", report)));
}

}  // namespace

TEST_CASE("sarif has the shape of the standard", "[report][sarif]") {
  const auto all = sample();
  for (auto& finding : all->report.findings) finding.origin = "shop/templates/vs.yaml";
  CHECK(mistakes(all->report) == std::vector<std::string>());
  CHECK(mistakes(clean_sample()->report) == std::vector<std::string>());
}

TEST_CASE("sarif places of odd files are relative URIs", "[report][sarif]") {
  for (const char* path :
       {"<stdin>", "<helm template a|b \"c\">", "./a:b/日本 100%.yaml", "../x.yaml"}) {
    const auto all = sample();
    const source::File& file = all->store.add(path, "a: 1\n");
    for (auto& finding : all->report.findings) finding.where = {&file, {0, 1}};
    INFO(path);
    CHECK(mistakes(all->report) == std::vector<std::string>());
    const Json log = Json::parse(written("sarif", all->report));
    for (const Json& result : log["runs"][0]["results"]) {
      const Json& place = result["locations"][0]["physicalLocation"]["artifactLocation"];
      CHECK(place["uri"].get<std::string>().find(':') == std::string::npos);
      CHECK(place["uriBaseId"] == "%SRCROOT%");
    }
  }
}

TEST_CASE("sarif results point at their rule and have both fingerprints", "[report][sarif]") {
  const Json run = Json::parse(written("sarif", sample()->report))["runs"][0];
  for (const Json& result : run["results"]) {
    CHECK(run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"] ==
          result["ruleId"]);
    CHECK(result["partialFingerprints"].size() == 2);
    CHECK(result["locations"].size() == 1);
  }
}

}  // namespace meshfn::report
