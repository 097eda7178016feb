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

constexpr const char* kManifests = R"(apiVersion: v1
kind: Node
metadata: {name: n1, labels: {topology.kubernetes.io/region: eu, topology.kubernetes.io/zone: a}}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {topology.kubernetes.io/region: eu, topology.kubernetes.io/zone: b}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {topology.kubernetes.io/region: eu, topology.kubernetes.io/zone: a}
      containers:
        - name: web
          image: web
          env: [{name: CART_URL, value: "http://cart:8080/items"}, {name: MODE, value: fast}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 3, maxReplicas: 9}
---
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart}, ports: [{port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  replicas: 5
  selector: {matchLabels: {app: cart}}
  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: cart, image: cart}]}}
)";

constexpr const char* kDurations = R"({"status":"success","data":{"result":[
  {"metric":{"destination_service_name":"cart","le":"1"},"value":[1,"0"]},
  {"metric":{"destination_service_name":"cart","le":"5"},"value":[1,"6"]},
  {"metric":{"destination_service_name":"cart","le":"10"},"value":[1,"8"]},
  {"metric":{"destination_service_name":"cart","le":"+Inf"},"value":[1,"8"]},
  {"metric":{"destination_service_name":"nobody","le":"1"},"value":[1,"3"]}]}})";

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

TEST_CASE("Kubernetes manifests bring replicas, zones and ports", "[simulate][topology]") {
  const std::string text = scenario_of(kManifests);
  INFO(text);
  CHECK(holds(text, "  web:\n    port: 80\n"));
  CHECK(holds(text, "port: 8080"));
  CHECK(holds(text, "eu/a: 3\n"));  // pinned by its node selector
  CHECK(holds(text, "eu/b: 2\n"));  // five in two zones: three and two
  CHECK(holds(text, "calls:\n      - to: cart\n"));
  CHECK(holds(text, "calls are guessed from environment variables"));
  const Ran ran = meshfn({"simulate", "-"}, text);
  INFO(ran.err);
  CHECK(ran.code == 0);
}

TEST_CASE("durations of Prometheus become service times", "[simulate][topology]") {
  auto topology = read_topology(kPrometheus, "input");
  REQUIRE(topology);
  REQUIRE(add_durations(*topology, kDurations, "input"));
  const auto& cart = topology->details.at("cart");
  REQUIRE(cart.durations.size() == 8);  // two buckets in four parts; the empty ones are left out
  CHECK(cart.durations.front().milliseconds == Approx(1 + 4.0 / 8));
  CHECK(cart.durations.back().milliseconds == Approx(5 + 5.0 * 7 / 8));
  const std::string text = to_scenario(*topology, "imported", 100);
  CHECK(holds(text, "empirical:"));
  CHECK_FALSE(holds(text, "# endpoints and concurrency are assumed"));  // web has no durations
  CHECK_FALSE(add_durations(*topology, "[]", "input"));
}

TEST_CASE("what is no topology is refused", "[simulate][topology]") {
  for (const char* text : {"", " ", "{", "[]", "{}", "{\"data\":[]}", "services: {}", "a: [",
                           "{\"data\":{\"result\":3}}", "x", "{\"data\":[{\"parent\":1}]}"}) {
    INFO(text);
    CHECK_FALSE(read_topology(text, "input"));
  }
}

TEST_CASE("what cannot be read says where", "[simulate][topology]") {
  const auto topology = read_topology("services:\n  web: [\n", "input");
  REQUIRE_FALSE(topology);
  INFO(topology.error().message);
  CHECK(topology.error().message.starts_with("input:"));
}

}  // namespace meshfn::simulate
