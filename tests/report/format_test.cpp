// What each format owes its readers: required properties, limits, escaping.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/str.h"
#include "base/xml.h"
#include "catch.h"
#include "report/fingerprint.h"
#include "report/sample.h"

namespace meshfn::report {

namespace {

using Json = nlohmann::json;

/// A report with `count` findings of one rule and severity, each on its own line.
std::unique_ptr<Sample> crowd(std::size_t count) {
  auto all = sample();
  const diagnostic::Diagnostic one = all->report.findings[1];
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("weight: {}\n", i);
  const source::File& file = all->store.add("crowd.yaml", text);
  all->report.findings.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    diagnostic::Diagnostic next = one;
    next.related.clear();
    next.fix.reset();
    next.where = {&file, {file.line_start(i + 1), file.line_start(i + 1) + 6}};
    next.severity = i % 2 == 0 ? diagnostic::Severity::warning : diagnostic::Severity::error;
    all->report.findings.push_back(next);
  }
  return all;
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

/// Whether tags open and close in order; enough to catch a missing escape.
bool is_balanced_xml(std::string_view xml) {
  std::vector<std::string> open;
  for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
    const std::size_t end = xml.find('>', at);
    if (end == std::string_view::npos) return false;
    const std::string_view tag = xml.substr(at + 1, end - at - 1);
    if (tag.starts_with('?') || tag.ends_with('/')) continue;
    const std::string name(tag.substr(0, tag.find(' ')));
    if (!name.starts_with('/')) {
      open.push_back(name);
    } else if (open.empty() || "/" + open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

}  // namespace

TEST_CASE("sarif has what the standard and GitHub require", "[report]") {
  const auto all = sample();
  const Json log = Json::parse(written("sarif", all->report));
  CHECK(log["version"] == "2.1.0");
  CHECK(log.contains("$schema"));
  REQUIRE(log["runs"].size() == 1);
  const Json& run = log["runs"][0];
  CHECK(run["columnKind"] == "unicodeCodePoints");
  CHECK(run["invocations"][0]["executionSuccessful"] == true);
  const Json& driver = run["tool"]["driver"];
  CHECK(driver["name"] == "meshfn");
  for (const Json& rule : driver["rules"]) {
    CHECK(!rule["id"].get<std::string>().empty());
    for (const char* text : {"shortDescription", "fullDescription", "help"}) {
      const auto said = rule[text]["text"].get<std::string>();
      CHECK(!said.empty());
      CHECK(said.size() <= 1024);
    }
  }
  REQUIRE(run["results"].size() == all->report.findings.size());
  for (const Json& result : run["results"]) {
    CHECK(driver["rules"][result["ruleIndex"].get<std::size_t>()]["id"] == result["ruleId"]);
    CHECK(!result["message"]["text"].get<std::string>().empty());
    CHECK(result["partialFingerprints"].contains("primaryLocationLineHash"));
    const Json& place = result["locations"][0]["physicalLocation"];
    CHECK(place["artifactLocation"].contains("uri"));
    for (const char* number : {"startLine", "startColumn", "endLine", "endColumn"}) {
      CHECK(place["region"][number].get<int>() >= 1);
    }
  }
}

TEST_CASE("sarif percent-encodes paths and marks suppressions", "[report]") {
  const auto all = sample();
  const Json results = Json::parse(written("sarif", all->report))["runs"][0]["results"];
  const Json& place = results[1]["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "shop/a%20b.yaml");
  CHECK(results[3]["suppressions"][0]["kind"] == "inSource");
  CHECK(results[3]["suppressions"][0]["justification"] == "known");
  CHECK(
      results[1]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"] ==
      "50");
}

TEST_CASE("sarif keeps the worst 5000 results and says so", "[report]") {
  const auto all = crowd(6000);
  const Json run = Json::parse(written("sarif", all->report))["runs"][0];
  CHECK(run["results"].size() == 5000);
  CHECK(run["results"][2999]["level"] == "error");
  CHECK(run["results"][3000]["level"] == "warning");
  CHECK(run["invocations"][0]["toolExecutionNotifications"].size() == 1);
}

TEST_CASE("a clean run has an empty list of sarif results", "[report]") {
  const Json run = Json::parse(written("sarif", clean_sample()->report))["runs"][0];
  CHECK(run["results"] == Json::array());
}

TEST_CASE("github gets at most ten annotations of a kind, escaped", "[report]") {
  const auto all = crowd(60);
  const std::string text = written("github", all->report);
  CHECK(occurrences(text, "::error ") == 10);
  CHECK(occurrences(text, "::warning ") == 10);
  CHECK(occurrences(text, "%0Aand 20 more") == 2);
  const std::string escaped = written("github", sample()->report);
  CHECK(escaped.find("100%25 no label") != std::string::npos);
  CHECK(escaped.find("nothing") < escaped.find("100%25"));
}

TEST_CASE("gitlab fingerprints differ and do not depend on lines", "[report]") {
  const auto all = crowd(30);
  std::vector<std::string> before;
  for (const Json& issue : Json::parse(written("gitlab", all->report))) {
    before.push_back(issue["fingerprint"]);
  }
  for (auto& finding : all->report.findings) {
    finding.where.span = {0, 1};
  }
  std::vector<std::string> after;
  for (const Json& issue : Json::parse(written("gitlab", all->report))) {
    after.push_back(issue["fingerprint"]);
  }
  CHECK(before == after);
  std::sort(after.begin(), after.end());
  CHECK(std::unique(after.begin(), after.end()) == after.end());
}

TEST_CASE("xml formats stay well-formed whatever the text", "[report]") {
  const auto all = sample();
  all->report.findings[1].message = "<b> & \"quotes\" \x01 \xff \n end";
  for (const char* name : {"junit", "checkstyle"}) {
    const std::string xml = written(name, all->report);
    CHECK(is_balanced_xml(xml));
    CHECK(str::is_utf8(xml));
    CHECK(xml.find('\x01') == std::string::npos);
  }
  CHECK(xml_escape("<a b='c'>\n") == "&lt;a b=&apos;c&apos;&gt;&#10;");
}

TEST_CASE("json survives bytes that are no UTF-8", "[report]") {
  const auto all = sample();
  all->report.findings[1].message = "odd \xff";
  for (const char* name : {"json", "sarif", "gitlab", "rdjson"}) {
    CHECK(!Json::parse(written(name, all->report), nullptr, false).is_discarded());
  }
}

TEST_CASE("junit and tap list what passed too", "[report]") {
  const auto all = sample();
  const std::string junit = written("junit", all->report);
  CHECK(occurrences(junit, "<testcase ") == 4);
  CHECK(occurrences(junit, "<failure ") == 3);
  const std::string tap = written("tap", all->report);
  CHECK(tap.find("1..4\n") != std::string::npos);
  CHECK(occurrences(tap, "\nok ") == 1);
}

TEST_CASE("more than twenty of one rule in a file are counted", "[report]") {
  const std::string text = written("text", crowd(25)->report);
  CHECK(occurrences(text, "-->") == 3);
  CHECK(text.find("22 more of MF1101 in crowd.yaml") != std::string::npos);
}

TEST_CASE("long lines are cut around the caret", "[report]") {
  auto all = clean_sample();
  const std::string line = std::string(3000, 'a') + "WRONG" + std::string(200000, 'b');
  const source::File& file = all->store.add("long.yaml", line);
  diagnostic::Diagnostic finding = sample()->report.findings[1];
  finding.related.clear();
  finding.where = {&file, {3000, 3005}};
  all->report.findings = {finding};
  const std::string text = written("text", all->report);
  for (const std::string_view shown : str::lines(text)) CHECK(str::display_width(shown) <= 110);
  const auto lines = str::lines(text);
  const std::size_t at = lines[3].find("WRONG");
  REQUIRE(at != std::string_view::npos);
  // The cut sign is three bytes and one column.
  CHECK(lines[4].find("^^^^^ ") == at - 2);
}

TEST_CASE("line hashes are those of GitHub's upload action", "[report]") {
  // The published value for an empty file.
  CHECK(line_hashes("") == std::vector<std::string>{"c129715d7a2bc9a3:1"});
  CHECK(line_hashes("a\nb\n").size() == 3);
  CHECK(line_hashes("a b\n")[0] == line_hashes("\tab\r\n")[0]);
  const std::string twice = std::string(200, 'x') + "\n" + std::string(200, 'x') + "\n";
  CHECK(line_hashes(twice)[1] == str::replace_all(line_hashes(twice)[0], ":1", ":2"));
}

TEST_CASE("the summary counts in words", "[report]") {
  CHECK(one_line(sample()->report.summary) ==
        "2 errors, 1 warning in 2 files (3 resources), 1 suppressed");
  CHECK(one_line(clean_sample()->report.summary) == "no findings in 1 file (0 resources)");
}

}  // namespace meshfn::report
