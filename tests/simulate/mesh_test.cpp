// The deployed YAML in a simulation: replicas, policies, routes, and what is not modelled.

#include <algorithm>

#include "catch.h"
#include "simulate/from_mesh.h"
#include "simulate/scenario_reader.h"
#include "simulate/support.h"
#include "yaml/reader.h"

namespace meshfn::simulate {

namespace {

constexpr const char* kKubernetes = R"(
apiVersion: v1
kind: Service
metadata: {name: reviews}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews-v1}
spec: {replicas: 4, template: {metadata: {labels: {app: reviews, version: v1}}, spec: {containers: []}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews-v2}
spec: {replicas: 2, template: {metadata: {labels: {app: reviews, version: v2}}, spec: {containers: []}}}
)";

constexpr const char* kIstio = R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - match: [{headers: {end-user: {exact: jason}}}]
    route: [{destination: {host: reviews, subset: v2}}]
  - route:
    - {destination: {host: reviews, subset: v1}, weight: 80}
    - {destination: {host: reviews, subset: v2}, weight: 20}
    timeout: 2s
    retries: {attempts: 3, perTryTimeout: 500ms, retryOn: "5xx,418"}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer: {simple: ROUND_ROBIN, warmup: {duration: 10s}}
    connectionPool: {http: {useClientProtocol: true}}
    outlierDetection: {consecutive5xxErrors: 3, interval: 5s, maxEjectionPercent: 50}
  subsets:
  - {name: v1, labels: {version: v1}}
  - name: v2
    labels: {version: v2}
    trafficPolicy: {loadBalancer: {simple: RANDOM}}
)";

Scenario reviews_load() {
  Scenario scenario;
  scenario.name = "reviews";
  LoadSpec load;
  load.zone = "eu/a";
  load.call.to = "reviews";
  load.arrivals.rate = 500;
  scenario.load.push_back(load);
  ServiceSpec service;
  service.name = "reviews";
  service.port = 9080;
  WorkloadSpec workload;
  workload.name = "reviews";
  workload.service_time = Distribution::exponential(5e6);
  service.workloads.push_back(workload);
  scenario.services.push_back(service);
  return scenario;
}

const ServiceFigures& subset(const Answer& answer, const std::string& name) {
  for (const ServiceFigures& s : answer.services) {
    if (s.subset == name) return s;
  }
  FAIL("no subset " + name);
  return answer.services[0];
}

}  // namespace

TEST_CASE("Kubernetes fills in workloads, replicas and labels", "[simulate][mesh]") {
  const MeshOf input({kKubernetes});
  Scenario scenario = reviews_load();
  complete_from_mesh(scenario, input.mesh);
  REQUIRE(scenario.services.size() == 1);
  REQUIRE(scenario.services[0].workloads.size() == 2);
  CHECK(scenario.services[0].workloads[0].endpoints[0].count == 4);
  CHECK(scenario.services[0].workloads[1].labels.at("version") == "v2");
  CHECK(scenario.services[0].workloads[1].service_time.mean() == Approx(5e6));
}

TEST_CASE("routes and policies come from the mesh", "[simulate][mesh]") {
  const MeshOf input({kKubernetes, kIstio});
  Scenario scenario = reviews_load();
  complete_from_mesh(scenario, input.mesh);
  const ServiceSpec& service = scenario.services[0];
  CHECK(service.policy.balancer == &kRoundRobin);
  CHECK(service.policy.outlier.consecutive_5xx == 3);
  CHECK(service.policy.outlier.interval == 5 * kSecond);
  CHECK(service.policy.panic_threshold == 0);
  REQUIRE(service.subsets.size() == 2);
  CHECK(service.subsets[0].policy.balancer == &kRoundRobin);
  CHECK(service.subsets[1].policy.balancer == &kRandom);
  CHECK(service.subsets[1].policy.outlier.consecutive_5xx == 3);
  const Route& route = *scenario.load[0].route;
  CHECK(route.timeout == 2 * kSecond);
  CHECK(route.retry.retries == 3);
  CHECK(route.retry.per_try_timeout == 500 * kMillisecond);
  CHECK(route.retry.status_codes == std::vector<std::uint16_t>{418});
  CHECK(route.where.find("mesh-2.yaml:") == 0);
}

TEST_CASE("weights and header matches decide the subset", "[simulate][mesh]") {
  const MeshOf input({kKubernetes, kIstio});
  Scenario scenario = reviews_load();
  SECTION("by weight") {
    complete_from_mesh(scenario, input.mesh);
    const auto world = world_of(scenario);
    const Answer answer = answer_of(*world);
    const double v1 = static_cast<double>(subset(answer, "v1").totals.counts.ok);
    const double v2 = static_cast<double>(subset(answer, "v2").totals.counts.ok);
    CHECK(v1 / (v1 + v2) == Approx(0.8).margin(0.01));
  }
  SECTION("by header") {
    scenario.load[0].call.headers = {{"End-User", "jason"}};
    complete_from_mesh(scenario, input.mesh);
    const auto world = world_of(scenario);
    const Answer answer = answer_of(*world);
    REQUIRE(answer.services.size() == 1);
    CHECK(answer.services[0].subset == "v2");
  }
}

TEST_CASE("what the mesh says in vain is listed with its line", "[simulate][mesh]") {
  const MeshOf input({kKubernetes, kIstio, R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: lua}
spec: {}
)"});
  const auto listed = list_not_modelled(input.mesh, DataPlane::istio);
  REQUIRE(listed.size() == 2);
  CHECK(listed[0] ==
        "mesh-2.yaml:23: DestinationRule `reviews`: "
        "spec.trafficPolicy.connectionPool.http.useClientProtocol");
  CHECK(listed[1] == "mesh-3.yaml:1: EnvoyFilter `lua`");
}

TEST_CASE("what is read is not listed, and its other fields are", "[simulate][mesh]") {
  const MeshOf input({kKubernetes, R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default}
spec:
  egress: [{hosts: ["./*"]}]
  outboundTrafficPolicy: {mode: REGISTRY_ONLY}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: reviews}
spec:
  parentRefs: [{group: "", kind: Service, name: reviews}]
  rules:
    - backendRefs: [{name: reviews, port: 9080}]
      sessionPersistence: {sessionName: x}
)"});
  const auto listed = list_not_modelled(input.mesh, DataPlane::istio);
  REQUIRE(listed.size() == 2);
  CHECK(listed[0] == "mesh-2.yaml:6: Sidecar `default`: spec.outboundTrafficPolicy");
  CHECK(listed[1] == "mesh-2.yaml:15: HTTPRoute `reviews`: spec.rules.0.sessionPersistence");
}

TEST_CASE("settings before DestinationRules come from the YAML, too", "[simulate][mesh]") {
  const MeshOf input({kKubernetes, R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "connectTimeout: 3s\ndefaultHttpRetryPolicy: {attempts: 1}\n"}
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackendTrafficPolicy
metadata: {name: budget}
spec:
  targetRefs: [{group: "", kind: Service, name: reviews}]
  retryConstraint: {budget: {percent: 15, interval: 10s}, minRetryRate: {count: 4, interval: 1s}}
)"});
  Scenario scenario = reviews_load();
  complete_from_mesh(scenario, input.mesh);
  const TrafficPolicy& policy = scenario.services[0].policy;
  CHECK(policy.connect_timeout == 3 * kSecond);
  CHECK(policy.breaker.retry_budget_percent == 15);
  CHECK(policy.breaker.retry_budget_minimum == 4);
  CHECK(scenario.load[0].route->retry.retries == 1);
}

namespace {

/// Success during the loss of the caller's own zone, eight endpoints in two zones.
Answer zone_loss(const std::string& rule) {
  std::vector<std::string> texts = {kKubernetes};
  if (!rule.empty()) {
    texts.push_back(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
        "metadata: {name: reviews}\nspec:\n  host: reviews\n  trafficPolicy: " +
        rule + "\n");
  }
  const MeshOf input(texts);
  Scenario scenario = reviews_load();
  scenario.network.cross_zone = Distribution::constant(kMillisecond);
  scenario.network.same_zone = Distribution::constant(200 * kMicrosecond);
  WorkloadSpec& workload = scenario.services[0].workloads[0];
  workload.endpoints = {{"eu/a", 4}, {"eu/b", 4}};
  FaultSpec fault;
  fault.name = "loss";
  fault.at = 20 * kSecond;
  fault.length = 20 * kSecond;
  fault.zone = "eu/a";
  scenario.faults.push_back(fault);
  complete_from_mesh(scenario, input.mesh);
  static std::vector<std::unique_ptr<World>> kept;
  kept.push_back(world_of(scenario));
  return answer_of(*kept.back());
}

}  // namespace

TEST_CASE("outlier detection decides whether the loss of a zone is survived", "[simulate][mesh]") {
  const double without = zone_loss("").phases[1].totals.success_rate;
  const Answer capped = zone_loss("{outlierDetection: {}}");
  const Answer with = zone_loss("{outlierDetection: {maxEjectionPercent: 100, interval: 1s}}");
  CHECK(without < 0.96);
  // The default of 10 % never ejects one of eight endpoints.
  CHECK(capped.record.ejections == 0);
  CHECK(capped.record.ejections_denied > 0);
  CHECK(with.phases[1].totals.success_rate > 0.99);
  REQUIRE(with.faults[0].detection_seconds);
  CHECK(*with.faults[0].detection_seconds < 1);
}

TEST_CASE("locality priorities apply only with outlier detection", "[simulate][mesh]") {
  const auto crossing = [](const Answer& answer) {
    const auto& traffic = answer.record.traffic[0];
    const std::size_t zones = answer.world->zones.size();
    std::uint64_t same = 0;
    std::uint64_t cross = 0;
    for (std::size_t i = 0; i < traffic.size(); ++i) {
      (i / zones == i % zones ? same : cross) += traffic[i];
    }
    return static_cast<double>(cross) / static_cast<double>(same + cross);
  };
  CHECK(crossing(zone_loss("")) == Approx(0.5).margin(0.05));
  CHECK(crossing(zone_loss("{outlierDetection: {maxEjectionPercent: 100}}")) == 0);
  CHECK(crossing(zone_loss("{loadBalancer: {localityLbSetting: {distribute: [{from: eu/a/*, to: "
                           "{eu/a/*: 80, eu/b/*: 20}}]}}, outlierDetection: {}}")) ==
        Approx(0.2).margin(0.02));
}

}  // namespace meshfn::simulate
