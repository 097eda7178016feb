// Dependency graphs that people have, as scenarios that run.

#include "simulate/topology.h"

#include "catch.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

constexpr const char* kJaeger = R"({"data":[
  {"parent":"web","child":"cart","callCount":1000},
  {"parent":"web","child":"ads","callCount":250},
  {"parent":"cart","child":"db","callCount":2500},
  {"parent":"db","child":"web","callCount":1}]})";

constexpr const char* kPrometheus = R"({"status":"success","data":{"resultType":"vector","result":[
  {"metric":{"source_workload":"unknown","destination_service_name":"web"},"value":[1,"40"]},
  {"metric":{"source_workload":"web","destination_service":"cart.shop.svc.cluster.local"},
   "value":[1,"10"]},
  {"metric":{"source_workload":"web","destination_service_name":"idle"},"value":[1,"NaN"]}]}})";

constexpr const char* kCompose = R"(services:
  web: {image: web, depends_on: [cart, ads]}
  cart:
    image: cart
    depends_on: {db: {condition: service_started}}
  ads: {image: ads}
  db: {image: postgres}
)";

std::string scenario_of(const char* text) {
  const auto topology = read_topology(text, "input");
  REQUIRE(topology);
  return to_scenario(*topology, "imported", 100);
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("Jaeger's dependencies become calls for each request", "[simulate][topology]") {
  // The rarest edge of the cycle goes, and so web is where requests enter.
  const std::string text = scenario_of(kJaeger);
  CHECK(holds(text, "db -> web would close a cycle and is left out"));
  CHECK(holds(text, "to: web"));
  CHECK(holds(text, "probability: 25%"));
  const auto topology = read_topology(kJaeger, "input");
  CHECK(topology->services == std::vector<std::string>{"ads", "cart", "db", "web"});
  CHECK_FALSE(topology->rates);
}

TEST_CASE("a Prometheus answer brings the load too", "[simulate][topology]") {
  const std::string text = scenario_of(kPrometheus);
  CHECK(holds(text, "poisson: 40/s"));
  CHECK(holds(text, "probability: 25%"));
  CHECK_FALSE(holds(text, "idle"));
}

TEST_CASE("imported scenarios run", "[simulate][topology]") {
  for (const char* text : {kJaeger, kPrometheus, kCompose}) {
    const Ran imported = meshfn({"topology", "import", "-"}, text);
    INFO(imported.err);
    REQUIRE(imported.code == 0);
    INFO(imported.out);
    const Ran ran = meshfn({"simulate", "-", "-o", "json"}, imported.out);
    INFO(ran.err);
    CHECK(ran.code == 0);
    CHECK(holds(ran.out, "\"successRate\": 1"));
  }
}

TEST_CASE("what is no topology is refused", "[simulate][topology]") {
  for (const char* text : {"", " ", "{", "[]", "{}", "{\"data\":[]}", "services: {}", "a: [",
                           "{\"data\":{\"result\":3}}", "x", "{\"data\":[{\"parent\":1}]}"}) {
    INFO(text);
    CHECK_FALSE(read_topology(text, "input"));
  }
}

}  // namespace meshfn::simulate
