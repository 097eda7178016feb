#include "diagnostic/suppression.h"

#include "catch.h"

namespace meshfn::diagnostic {

namespace {

constexpr Rule kWeights = {
    .id = "MF1101", .name = "route-weights", .group = "istio", .aliases = "KIA1104 IST0999"};
constexpr Rule kSyntax = {.id = "MF0001", .name = "yaml-syntax", .group = "yaml"};

std::vector<const Rule*> catalogue() {
  std::vector<const Rule*> rules = {&kWeights, &kSyntax};
  for (const Rule& rule : suppression_rules()) rules.push_back(&rule);
  return rules;
}

/// A finding of `rule` at byte `at` of `file`.
Diagnostic finding(const Rule& rule, const source::File& file, std::uint32_t at) {
  std::vector<Diagnostic> list;
  Findings(rule, list).add({&file, {at, at + 1}}, "wrong");
  return list.front();
}

}  // namespace

TEST_CASE("a suppression comment says what, where and why", "[suppression]") {
  struct Row {
    std::string_view comment;
    Directive::Kind kind;
    std::vector<std::string> codes;
    std::string reason;
  };

  using Kind = Directive::Kind;
  const Row rows[] = {
      {"# meshfn: ignore[MF1101] legacy", Kind::ignore, {"MF1101"}, "legacy"},
      {"#meshfn:ignore[MF1101]", Kind::ignore, {"MF1101"}, ""},
      {"# meshfn: ignore[MF1101, route-weights ,KIA1104]  two  words ",
       Kind::ignore,
       {"MF1101", "route-weights", "KIA1104"},
       "two  words"},
      {"## meshfn: disable[istio] generated", Kind::disable, {"istio"}, "generated"},
      {"# meshfn: enable[istio]", Kind::enable, {"istio"}, ""},
      {"# meshfn: ignore-file[istio] vendored", Kind::ignore_file, {"istio"}, "vendored"},
  };
  for (const Row& row : rows) {
    INFO(row.comment);
    const auto directive = parse_directive(row.comment);
    REQUIRE(directive);
    CHECK(directive->problem.empty());
    CHECK(directive->kind == row.kind);
    CHECK(directive->reason == row.reason);
    std::vector<std::string> codes;
    for (const Code& code : directive->codes) {
      codes.push_back(code.text);
      CHECK(row.comment.substr(code.span.begin, code.span.size()) == code.text);
    }
    CHECK(codes == row.codes);
  }
}

TEST_CASE("a comment that is not understood says why", "[suppression]") {
  const std::string_view wrong[] = {"# meshfn:",
                                    "# meshfn: ignore",
                                    "# meshfn: ignore[]",
                                    "# meshfn: ignore MF1101",
                                    "# meshfn: ignroe[MF1101]",
                                    "# meshfn: ignore[MF1101"};
  for (const std::string_view comment : wrong) {
    INFO(comment);
    const auto directive = parse_directive(comment);
    REQUIRE(directive);
    CHECK(!directive->problem.empty());
  }
  CHECK(parse_directive("# meshfn: ignroe[MF1101]")->problem.find("`ignore`") != std::string::npos);
  for (const std::string_view other : {"# a comment", "#", "# see meshfn: it is good"}) {
    CHECK(!parse_directive(other));
  }
}

TEST_CASE("a suppression marks what it covers and nothing else", "[suppression]") {
  const source::File file("a.yaml", std::string(100, 'x'));
  const auto rules = catalogue();
  const auto run = [&](const std::string& code, std::uint32_t at, const Rule& rule) {
    std::vector<Diagnostic> findings = {finding(rule, file, at)};
    const Silencer silencer{
        Suppressed::By::comment, "why", {{code, {90, 91}}}, &file, {{&file, {10, 20}}}};
    suppress({&silencer, 1}, rules, rules, findings);
    return findings;
  };
  for (const char* code : {"MF1101", "route-weights", "istio", "KIA1104", "IST0999"}) {
    const auto findings = run(code, 10, kWeights);
    REQUIRE(findings.size() == 1);
    REQUIRE(findings[0].suppressed);
    CHECK(findings[0].suppressed->reason == "why");
  }
  const auto outside = run("MF1101", 20, kWeights);
  REQUIRE(outside.size() == 2);
  CHECK(!outside[0].suppressed);
  CHECK(outside[1].rule->name == "suppression-unused");
  CHECK(outside[1].where.span == source::Span{90, 91});
  const auto unknown = run("MF110", 10, kWeights);
  REQUIRE(unknown.size() == 2);
  CHECK(unknown[1].rule->name == "suppression-unknown-code");
  CHECK(unknown[1].help.find("`MF1101`") != std::string::npos);
  CHECK(!run("MF0001", 10, kSyntax)[0].suppressed);
}

TEST_CASE("two suppressions of one finding are both used", "[suppression]") {
  const source::File file("a.yaml", std::string(100, 'x'));
  std::vector<Diagnostic> findings = {finding(kWeights, file, 5)};
  const Silencer silencers[] = {
      {Suppressed::By::comment, "first", {{"MF1101", {}}}, &file, {{&file, {0, 9}}}},
      {Suppressed::By::config, "second", {{"istio", {}}}, &file, {{&file, {0, 99}}}}};
  suppress(silencers, catalogue(), catalogue(), findings);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].suppressed->reason == "first");
}

}  // namespace meshfn::diagnostic
