// The command line as users type it, against a catalogue of the test's own.

#include "cli/parser.h"

#include <string>
#include <vector>

#include "catch.h"

namespace meshfn::cli {

namespace {

using Words = std::vector<std::string>;

constexpr std::string_view kFormats[] = {"text", "json", "sarif"};
constexpr std::string_view kLanguages[] = {"python", "node"};

constexpr Option kLintOptions[] = {
    {.name = "output",
     .letter = 'o',
     .value = "FORMAT[:FILE]",
     .fallback = "text",
     .choices = kFormats,
     .repeatable = true},
    {.name = "event", .letter = 'e', .value = "JSON"},
    {.name = "strict"},
};
constexpr Operand kPaths[] = {{.name = "PATH", .repeatable = true}};
constexpr Operand kMakeOperands[] = {{.name = "LANGUAGE", .required = true, .choices = kLanguages}};

Result<ExitCode> succeed(Context&, const Args&) { return kOk; }

constexpr Command kLint = {.name = "lint",
                           .alias = "validate",
                           .operands = kPaths,
                           .options = kLintOptions,
                           .run = succeed};
constexpr Command kMake = {.name = "make", .operands = kMakeOperands, .run = succeed};
constexpr const Command* kEventCommands[] = {&kMake};
constexpr Command kEvent = {.name = "event", .subcommands = kEventCommands};

constexpr Option kGlobals[] = {
    {.name = "color", .value = "WHEN", .fallback = "auto"},
    {.name = "quiet", .letter = 'q'},
    {.name = "help", .letter = 'h'},
    {.name = "version", .letter = 'V'},
};
constexpr const Command* kCommands[] = {&kLint, &kEvent};
constexpr Command kProgram = {.name = "meshfn", .options = kGlobals, .subcommands = kCommands};

Invocation parsed(const Words& words) {
  Result<Invocation> result = parse(kProgram, words);
  INFO((result ? std::string() : result.error().message));
  REQUIRE(result);
  return *std::move(result);
}

/// "message / hint" of the usage error that `words` must be.
std::string refused(const Words& words) {
  const Result<Invocation> result = parse(kProgram, words);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == Failure::usage);
  return result.error().message + " / " + result.error().hint;
}

}  // namespace

TEST_CASE("flags stand before, between and after operands", "[parser]") {
  for (const Words& words :
       {Words{"lint", "a", "-o", "json", "b", "-q"}, Words{"-q", "lint", "--output=json", "a", "b"},
        Words{"--color", "always", "lint", "a", "b", "-qo", "json"},
        Words{"validate", "-ojson", "a", "--quiet", "b"}}) {
    const Invocation invocation = parsed(words);
    CHECK(invocation.path.back() == &kLint);
    CHECK(invocation.args.value("output") == "json");
    CHECK(invocation.args.has("quiet"));
    CHECK(invocation.args.operands() == Words{"a", "b"});
  }
}

TEST_CASE("an option that was not given has its fallback", "[parser]") {
  const Invocation invocation = parsed({"lint"});
  CHECK_FALSE(invocation.args.has("output"));
  CHECK(invocation.args.value("output") == "text");
  CHECK(invocation.args.values("output") == Words{"text"});
  CHECK(invocation.args.values("event").empty());
  CHECK(invocation.args.value("event").empty());
}

TEST_CASE("a repeated option keeps every value in order", "[parser]") {
  const Invocation invocation = parsed({"lint", "-o", "text", "x", "-o", "sarif:a:b.sarif"});
  CHECK(invocation.args.values("output") == Words{"text", "sarif:a:b.sarif"});
  CHECK(invocation.args.value("output") == "sarif:a:b.sarif");
  CHECK(invocation.args.operands() == Words{"x"});
}

TEST_CASE("values reach the command as they were typed", "[parser]") {
  for (const std::string value :
       {"{}", "[]", "[1,2]", "{\"a\": [1, 2]}", "a,b", "-", "\"quoted\"", "p99 < 250ms", "%%"}) {
    CHECK(parsed({"lint", "--event", value}).args.values("event") == Words{value});
    CHECK(parsed({"lint", "--event=" + value}).args.values("event") == Words{value});
    CHECK(parsed({"lint", value}).args.operands() == Words{value});
  }
  CHECK(parsed({"lint", "--event=-5"}).args.value("event") == "-5");
}

TEST_CASE("after -- everything is an operand", "[parser]") {
  CHECK(parsed({"lint", "-q", "--", "-o", "--strict", "--"}).args.operands() ==
        Words{"-o", "--strict", "--"});
}

TEST_CASE("a lone dash is an operand", "[parser]") {
  CHECK(parsed({"lint", "-"}).args.operands() == Words{"-"});
}

TEST_CASE("subcommands nest", "[parser]") {
  const Invocation invocation = parsed({"event", "-q", "make", "node"});
  CHECK(invocation.path == std::vector<const Command*>{&kProgram, &kEvent, &kMake});
  CHECK(invocation.args.has("quiet"));
  CHECK(parsed({"event"}).path.back() == &kEvent);
  CHECK(parsed({}).path.back() == &kProgram);
}

TEST_CASE("a word that is nearly right is suggested", "[parser]") {
  CHECK(refused({"lnt"}) == "unknown command `lnt` / did you mean `lint`? See `meshfn --help`");
  CHECK(refused({"event", "mkae"}) ==
        "unknown event command `mkae` / did you mean `make`? See `meshfn event --help`");
  CHECK(refused({"lint", "--outptu=json"}) ==
        "unknown flag `--outptu` / did you mean `--output`? See `meshfn lint --help`");
  CHECK(refused({"lint", "--output", "jsno"}) ==
        "unknown value `jsno` for `--output` / did you mean `json`?");
  CHECK(refused({"lint", "--output", "srif:x.sarif"}) ==
        "unknown value `srif` for `--output` / did you mean `sarif`?");
  CHECK(refused({"event", "make", "pyton"}) ==
        "unknown value `pyton` for LANGUAGE / did you mean `python`?");
}

TEST_CASE("a word that is like nothing gets the way to help", "[parser]") {
  CHECK(refused({"frobnicate"}) == "unknown command `frobnicate` / see `meshfn --help`");
  CHECK(refused({"lint", "-x"}) == "unknown flag `-x` / see `meshfn lint --help`");
  CHECK(refused({"lint", "-o", "pdf"}) ==
        "unknown value `pdf` for `--output` / it is one of text, json, sarif");
}

TEST_CASE("what is missing or too much is named", "[parser]") {
  CHECK(refused({"event", "make"}) ==
        "`meshfn event make` needs LANGUAGE / it is one of python, node");
  CHECK(refused({"event", "make", "node", "python"}) ==
        "unexpected argument `python` / see `meshfn event make --help`");
  CHECK(refused({"lint", "--output"}) ==
        "`--output` needs a value: FORMAT[:FILE] / see `meshfn lint --help`");
  CHECK(refused({"lint", "--strict=yes"}) ==
        "`--strict` takes no value / see `meshfn lint --help`");
}

TEST_CASE("with --help nothing is required", "[parser]") {
  const Invocation invocation = parsed({"event", "make", "-h"});
  CHECK(invocation.path.back() == &kMake);
  CHECK(invocation.args.has("help"));
}

}  // namespace meshfn::cli
