// -o FORMAT[:FILE], as every command reads it.

#include "cli/output.h"

#include <sstream>

#include "catch.h"

namespace meshfn::cli {

namespace {

Args with(std::vector<std::string> values) {
  Args args;
  args.set_fallback("output", "text");
  if (!values.empty()) args.set("output", std::move(values));
  return args;
}

}  // namespace

TEST_CASE("without -o the first format goes to standard output", "[output]") {
  const auto wanted = outputs(with({}));
  REQUIRE(wanted);
  REQUIRE(wanted->size() == 1);
  CHECK(wanted->front().format == "text");
  CHECK(wanted->front().to_stdout());
}

TEST_CASE("one run prints and writes files", "[output]") {
  const auto wanted = outputs(with({"text:-", "json:out/a.json", "sarif:c:d"}));
  REQUIRE(wanted);
  REQUIRE(wanted->size() == 3);
  CHECK(wanted->at(0).to_stdout());
  CHECK(wanted->at(1).file == "out/a.json");
  CHECK(wanted->at(2).file == "c:d");
}

TEST_CASE("results that would mix or get lost are refused", "[output]") {
  for (const std::vector<std::string>& values : {std::vector<std::string>{"text", "json"},
                                                 {"text", "json:-"},
                                                 {"json:a", "sarif:a"},
                                                 {"json:"}}) {
    const auto wanted = outputs(with(values));
    REQUIRE_FALSE(wanted);
    CHECK(wanted.error().kind == Failure::usage);
    CHECK_FALSE(wanted.error().hint.empty());
  }
}

TEST_CASE("a result goes where it was sent, coloured only on standard output", "[output]") {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal{.in = in, .out = out, .err = err, .out_colour = true};
  MemoryFiles files;
  Context context{terminal, files, ".", {}};
  REQUIRE(write_output(context, {"text", ""}, "shown"));
  REQUIRE(write_output(context, {"json", "a.json"}, "kept"));
  CHECK(out.str() == "shown");
  CHECK(files.read("a.json").value() == "kept");
  CHECK(coloured(terminal, {"text", ""}));
  CHECK_FALSE(coloured(terminal, {"json", "a.json"}));
}

}  // namespace meshfn::cli
