// `meshfn lint` from the command line to the exit code, in every format.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/str.h"
#include "catch.h"
#include "cli/app.h"
#include "cli/command.h"
#include "report/report.h"

namespace meshfn::cli {

namespace {

using Json = nlohmann::json;

constexpr const char* kBroken = R"(---
# Source: shop/templates/routes.yaml
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: "é", hots: x}
      weight: 60
    - destination: {host: reviews}
      weight: 60
)";
constexpr const char* kClean = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
constexpr const char* kUnreadable = "apiVersion: v1\nkind: Service\n metadata: {}\n";

struct Ran {
  int code = 0;
  std::string out;
};

Ran run_lint(const std::string& path, const std::string& text,
             std::vector<std::string> flags = {}) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal{.in = in, .out = out, .err = err};
  MemoryFiles files(std::map<std::string, std::string>{{path, text}});
  Context context{terminal, files, "/work", {}};
  std::vector<std::string> words = {"lint", "--no-config", path};
  words.insert(words.end(), flags.begin(), flags.end());
  const int code = run(context, words);
  return {code, out.str()};
}

/// How each format that is no JSON writes a place.
std::string place_in(std::string_view format, const Json& finding) {
  const std::string path = finding["path"];
  const int line = finding["line"];
  const int column = finding["column"];
  if (format == "github")
    return fmt::format("file={},line={},endLine={},col={},", path, line, line, column);
  if (format == "checkstyle") return fmt::format("line=\"{}\" column=\"{}\"", line, column);
  if (format == "tap") {
    return fmt::format("path: \"{}\"\n      line: {}\n      column: {}\n", path, line, column);
  }
  return fmt::format("{}:{}:{}", path, line, column);
}

/// All (line, column) pairs of the objects in `json` that have both, whatever they are called.
void collect_places(const Json& json, std::vector<std::pair<int, int>>& places) {
  for (const auto& [line, column] : {std::pair("line", "column"), {"startLine", "startColumn"}}) {
    if (json.is_object() && json.contains(line) && json.contains(column)) {
      places.emplace_back(json[line], json[column]);
    }
  }
  if (!json.is_structured()) return;
  for (const auto& [key, inner] : json.items()) collect_places(inner, places);
}

bool is_json(std::string_view format) {
  return format.starts_with("json") || format == "sarif" || format == "gitlab" ||
         format == "rdjson";
}

/// The JSON texts of an output; none of other formats.
std::vector<Json> documents(std::string_view format, const std::string& out) {
  std::vector<Json> all;
  if (format == "jsonl") {
    for (const std::string_view line : str::lines(out)) all.push_back(Json::parse(line));
  } else if (is_json(format)) {
    all.push_back(Json::parse(out));
  }
  return all;
}

/// Whether every `<` of an attribute and every `&` is written as a reference.
bool is_escaped_xml(std::string_view xml) {
  for (std::size_t at = xml.find('&'); at != std::string_view::npos; at = xml.find('&', at + 1)) {
    const std::string_view rest = xml.substr(at, 8);
    if (rest.find(';') == std::string_view::npos) return false;
  }
  bool in_tag = false;
  bool quoted = false;
  for (const char c : xml) {
    if (c == '<' && in_tag) return false;
    if (c == '"' && in_tag) quoted = !quoted;
    if (c == '<') in_tag = true;
    if (c == '>' && !quoted) in_tag = false;
    if (c == '>' && quoted) return false;
  }
  return !in_tag;
}

}  // namespace

TEST_CASE("the exit code does not depend on the format", "[lint-command]") {
  for (const report::Reporter& reporter : report::reporters()) {
    const std::string format(reporter.name);
    INFO(format);
    CHECK(run_lint("a.yaml", kClean, {"-o", format}).code == kOk);
    CHECK(run_lint("a.yaml", kBroken, {"-o", format}).code == kBadAnswer);
    CHECK(run_lint("a.yaml", kBroken, {"-o", format, "--fail-on", "never"}).code == kOk);
    CHECK(run_lint("a.yaml", kBroken, {"-o", format, "--exit-zero"}).code == kOk);
    CHECK(run_lint("a.yaml", kUnreadable, {"-o", format}).code == kInput);
    CHECK(run_lint("a.yaml", "", {"-o", format}).code == kInput);
  }
}

TEST_CASE("every finding in every format has path, line and column", "[lint-command]") {
  const Json all = Json::parse(run_lint("a.yaml", kBroken, {"-o", "json"}).out);
  REQUIRE(all["findings"].size() >= 3);
  for (const report::Reporter& reporter : report::reporters()) {
    const std::string format(reporter.name);
    const std::string out = run_lint("a.yaml", kBroken, {"-o", format}).out;
    INFO(format << "\n" << out);
    std::vector<std::pair<int, int>> places;
    for (const Json& json : documents(format, out)) collect_places(json, places);
    for (const Json& finding : all["findings"]) {
      if (is_json(format)) {
        // reviewdog counts bytes, and nothing but the é stands before a finding here.
        const std::pair<int, int> place(finding["line"], finding["column"]);
        const std::pair<int, int> in_bytes(place.first, place.second + 1);
        const bool there = std::find(places.begin(), places.end(), place) != places.end() ||
                           std::find(places.begin(), places.end(), in_bytes) != places.end();
        CHECK(there);
      } else {
        CHECK(out.find(place_in(format, finding)) != std::string::npos);
      }
    }
  }
}

TEST_CASE("every format says what a line was rendered from", "[lint-command]") {
  for (const report::Reporter& reporter : report::reporters()) {
    const std::string format(reporter.name);
    INFO(format);
    CHECK(run_lint("a.yaml", kBroken, {"-o", format}).out.find("shop/templates/routes.yaml") !=
          std::string::npos);
  }
}

TEST_CASE("hostile names leave XML well-formed", "[lint-command]") {
  const std::string path = "a <b> & \"c\" 'd'\x01.yaml";
  const std::string text =
      str::replace_all(kBroken, "name: reviews", "name: \"<r> & 'v' \\\"]]>\"");
  for (const char* format : {"junit", "checkstyle"}) {
    const std::string xml = run_lint(path, text, {"-o", format}).out;
    INFO(xml);
    CHECK(xml.find("&lt;b&gt;") != std::string::npos);
    CHECK(is_escaped_xml(xml));
    CHECK(xml.find('\x01') == std::string::npos);
  }
}

TEST_CASE("rules are chosen by id, name, group and another tool's code", "[lint-command]") {
  const auto rules = [](std::vector<std::string> flags) {
    flags.insert(flags.end(), {"-o", "json"});
    std::vector<std::string> found;
    const Json report = Json::parse(run_lint("a.yaml", kBroken, flags).out);
    for (const Json& finding : report["findings"]) {
      found.push_back(finding["rule"]);
    }
    return found;
  };
  using Rules = std::vector<std::string>;
  CHECK(rules({"--select", "MF0101"}) == Rules{"MF0101"});
  CHECK(rules({"--select", "unknown-field"}) == Rules{"MF0101"});
  CHECK(rules({"--select", "IST0106", "--ignore", "istio"}) == Rules{"MF0101"});
  CHECK(rules({"--select", "schema"}) == Rules{"MF0101"});
  CHECK(rules({"--ignore", "schema,istio"}).empty());
  CHECK(run_lint("a.yaml", kBroken, {"--select", "schema", "--severity", "IST0106=info"}).code ==
        kOk);
  CHECK(run_lint("a.yaml", kBroken,
                 {"--select", "schema", "--severity", "IST0106=warning", "--max-warnings", "0"})
            .code == kBadAnswer);
  CHECK(run_lint("a.yaml", kBroken, {"--select", "IST9999"}).code == kUsage);
}

}  // namespace meshfn::cli
