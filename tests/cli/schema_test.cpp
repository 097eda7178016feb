// Every schema that `meshfn schema` offers is there and is JSON.

#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "cli/app.h"
#include "cli/catalogue.h"
#include "render/route_expect.h"

namespace meshfn::cli {

TEST_CASE("every schema on offer is embedded and is a JSON Schema", "[schema]") {
  const Command* command = find_command(program(), "schema");
  REQUIRE(command != nullptr);
  for (const std::string_view name : command->operands.front().choices) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Terminal terminal{.in = in, .out = out, .err = err};
    MemoryFiles files;
    Context context{terminal, files, ".", {}};
    INFO(name);
    REQUIRE(run(context, {"schema", std::string(name)}) == kOk);
    const auto schema = nlohmann::json::parse(out.str(), nullptr, false);
    REQUIRE(schema.is_object());
    CHECK(schema.value("$schema", "") == "http://json-schema.org/draft-07/schema#");
    CHECK(schema.contains("description"));
  }
}

TEST_CASE("the schema of route tests has every kind of expectation", "[schema]") {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal{.in = in, .out = out, .err = err};
  MemoryFiles files;
  Context context{terminal, files, ".", {}};
  REQUIRE(run(context, {"schema", "route-test"}) == kOk);
  const auto schema = nlohmann::json::parse(out.str());
  const auto& expect = schema["definitions"]["expect"]["properties"];
  CHECK(expect.size() == render::expectation_kinds().size());
  for (const render::ExpectationKind& kind : render::expectation_kinds()) {
    INFO(kind.name);
    CHECK(expect.contains(std::string(kind.name)));
  }
}

}  // namespace meshfn::cli
