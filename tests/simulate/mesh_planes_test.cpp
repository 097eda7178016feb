// What clients of each kind make of a mesh's YAML: Linkerd's annotations and profiles, plain
// Services without a mesh, backends that cannot be used, ports below HTTP, and labels of the
// client.

#include "simulate/mesh_inputs.h"

namespace meshfn::simulate {

namespace {

/// Linkerd's pods of `shop`, whose Service has `annotations`.
std::string linkerd_shop(const std::string& annotations = "{}") {
  return "apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n  annotations: " + annotations +
         R"(
spec: {selector: {app: shop}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: shop}, annotations: {linkerd.io/inject: enabled}}
    spec: {containers: []}
)";
}

/// A profile of `shop` all of whose requests may be tried again.
std::string profile(const std::string& more) {
  return "apiVersion: linkerd.io/v1alpha2\nkind: ServiceProfile\n"
         "metadata: {name: shop.default.svc.cluster.local}\n"
         "spec:\n"
         "  routes: [{name: all, isRetryable: true, condition: {pathRegex: '/.*'}}]\n" +
         more;
}

/// Attempts of a request at 100/s that all end with 500.
double attempts_when_failing(const Scenario& completed) {
  Scenario scenario = completed;
  scenario.load[0].arrivals.rate = 100;
  scenario.duration = 200 * kSecond;
  scenario.services[0].workloads[0].errors = 1;
  const Counts counts = entry_tally(run(*world_of(scenario), 1)).counts;
  return static_cast<double>(counts.attempts) / static_cast<double>(counts.started);
}

}  // namespace

TEST_CASE("a ServiceProfile's budget bounds its retries", "[simulate][mesh]") {
  const Scenario plain = completed(calls("shop"), {linkerd_shop(), profile("")});
  const RetryBudgetSettings& budget = service(plain, "shop").policy.retry_budget;
  CHECK(budget.ratio == Approx(0.2));
  CHECK(budget.per_second == 10);
  CHECK(budget.ttl == 10 * kSecond);
  // 0.2 of a request, and 10 a second of 100.
  CHECK(attempts_when_failing(plain) == Approx(1.3).epsilon(0.02));
  const Scenario own =
      completed(calls("shop"),
                {linkerd_shop(),
                 profile("  retryBudget: {retryRatio: 0.5, minRetriesPerSecond: 0, ttl: 5s}\n")});
  CHECK(service(own, "shop").policy.retry_budget.ttl == 5 * kSecond);
  CHECK(attempts_when_failing(own) == Approx(1.5).epsilon(0.02));
}

TEST_CASE("Linkerd retries the codes of a range", "[simulate][mesh]") {
  const auto codes = [](const std::string& http) {
    const Scenario scenario =
        completed(calls("shop"), {linkerd_shop("{retry.linkerd.io/http: \"" + http + "\"}")});
    const RetryPolicy& retry = scenario.load[0].route->retry;
    CHECK(retry.retries == 1);
    CHECK((retry.on & kRetryStatusCodes) != 0);
    return retry.status_codes;
  };
  using Codes = std::vector<std::uint16_t>;
  CHECK(codes("500-503") == Codes{500, 501, 502, 503});
  CHECK(codes("500-501,429") == Codes{500, 501, 429});
  CHECK(codes("503") == Codes{503});
}

TEST_CASE("what Linkerd's annotations say in vain is listed", "[simulate][mesh]") {
  const Scenario scenario = completed(
      calls("shop"),
      {linkerd_shop(
          "{timeout.linkerd.io/request: 3s, timeout.linkerd.io/response: 2s, "
          "timeout.linkerd.io/idle: 1s, balancer.alpha.linkerd.io/penalize-failures: x}")});
  CHECK(scenario.load[0].route->timeout == 3 * kSecond);
  CHECK(scenario.not_modelled.size() == 3);
  CHECK(is_listed(
      scenario, "mesh-1.yaml:5: Service `shop`: metadata.annotations.timeout.linkerd.io/response"));
  CHECK(is_listed(scenario, "metadata.annotations.timeout.linkerd.io/idle"));
  CHECK(is_listed(scenario, "penalize-failures"));
}

TEST_CASE("clients without a mesh keep to their zone where the Service says so",
          "[simulate][mesh]") {
  std::string near = kShop;
  near.replace(near.find("selector:"), 9, "trafficDistribution: PreferClose, selector:");
  const auto played = [&](const std::string& text, DataPlane plane) {
    Scenario scenario = calls("shop");
    scenario.data_plane = plane;
    ServiceSpec shop;
    shop.name = "shop";
    WorkloadSpec workload;
    workload.name = "shop";
    workload.endpoints = {{"eu/a", 1}, {"eu/b", 3}};
    shop.workloads.push_back(workload);
    scenario.services.push_back(shop);
    return completed(scenario, {text});
  };
  const auto served = [](const Scenario& scenario) {
    const auto world = world_of(scenario);
    const Recording record = run(*world, 1);
    std::uint64_t elsewhere = 0;
    for (std::size_t e = 0; e < world->endpoints.size(); ++e) {
      const bool here = world->zones[world->endpoints[e].zone] == scenario.load[0].zone;
      if (!here) elsewhere += record.endpoints[e].requests;
    }
    return elsewhere;
  };
  Scenario scenario = played(near, DataPlane::kube_proxy);
  CHECK(served(scenario) == 0);
  CHECK_FALSE(is_listed(scenario, "trafficDistribution"));
  CHECK(served(played(kShop, DataPlane::kube_proxy)) > 0);
  // A zone without endpoints has those of all zones.
  scenario.load[0].zone = "eu/c";
  CHECK(entry_tally(run(*world_of(scenario), 1)).counts.failed == 0);
  CHECK(is_listed(played(near, DataPlane::grpc), "Service `shop`: spec.trafficDistribution"));
}

namespace {

/// Shares of `shop` and of another backend, as a route of the Gateway API has them.
Scenario routed(const std::string& other, const std::string& more = {}) {
  return completed(calls("shop"), {kShop, R"(
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: shop}]
  rules:
  - backendRefs:
    - {name: shop, port: 80, weight: 3}
    - )" + other + "\n" + more});
}

double failed_share(const Scenario& scenario) {
  const Counts counts = entry_tally(run(*world_of(scenario), 1)).counts;
  return static_cast<double>(counts.failed) / static_cast<double>(counts.started);
}

}  // namespace

TEST_CASE("backends that cannot be used answer their share with 500", "[simulate][mesh]") {
  for (const char* other :
       {"{group: example.com, kind: Bucket, name: bucket, weight: 1}",
        "{name: missing, port: 80, weight: 1}", "{name: shop, namespace: away, port: 80}"}) {
    const Scenario scenario = routed(other);
    const Route& route = *scenario.load[0].route;
    CHECK(route.destinations.size() == 1);
    CHECK(route.abort_status == 500);
    CHECK(failed_share(scenario) == Approx(0.25).margin(0.015));
  }
  CHECK(failed_share(routed("{name: shop, port: 80, weight: 1}")) == 0);
}

TEST_CASE("a port that is no HTTP has no retries", "[simulate][mesh]") {
  const auto route = [](const std::string& name) {
    std::string text = kShop;
    text.replace(text.find("name: http"), 10, "name: " + name);
    const Scenario scenario = completed(calls("shop"), {text, R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec: {hosts: [shop], http: [{route: [{destination: {host: shop}}], timeout: 3s}]}
)"});
    const bool told = std::any_of(scenario.assumptions.begin(), scenario.assumptions.end(),
                                  [](const std::string& line) {
                                    return line.find("a request to `shop` is a connection") == 0;
                                  });
    CHECK(told == (scenario.load[0].route->retry.retries == 0));
    return *scenario.load[0].route;
  };
  for (const char* name : {"tcp", "tcp-shop", "redis", "mysql-main", "mongo"}) {
    CHECK(route(name).retry.retries == 0);
    CHECK(route(name).timeout == 0);
  }
  CHECK(route("http").retry.retries == 2);
  CHECK(route("shop").timeout == 3 * kSecond);
}

TEST_CASE("failover by labels compares those of the client's pods", "[simulate][mesh]") {
  const auto pods = [](const std::string& name, const std::string& labels) {
    return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
           "}\nspec: {template: {metadata: {labels: {" + labels + "}}, spec: {containers: []}}}\n";
  };
  Scenario scenario = calls("shop");
  scenario.load[0].from = "web";
  const Scenario done = completed(
      scenario, {R"(apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{name: http, port: 80}]}
)" + pods("shop-red", "app: shop, cell: red") +
                 pods("shop-blue", "app: shop, cell: blue") + pods("web", "app: web, cell: blue") +
                 R"(---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: shop}
spec:
  host: shop
  trafficPolicy:
    outlierDetection: {}
    loadBalancer: {localityLbSetting: {failoverPriority: [cell]}}
)"});
  CHECK(done.load[0].labels.at("cell") == "blue");
  const auto world = world_of(done);
  const Recording record = run(*world, 1);
  for (std::size_t e = 0; e < world->endpoints.size(); ++e) {
    const WorkloadSpec& workload = *world->workloads[world->endpoints[e].workload].spec;
    CHECK((record.endpoints[e].requests > 0) == (workload.labels.at("cell") == "blue"));
  }
}

TEST_CASE("ambient mode is said to be played as sidecars", "[simulate][mesh]") {
  const std::string home = R"(apiVersion: v1
kind: Namespace
metadata:
  name: default
  labels: {istio.io/dataplane-mode: ambient}
)";
  CHECK(is_listed(completed(calls("shop"), {kShop, home}),
                  "mesh-2.yaml:5: Namespace `default`: metadata.labels.istio.io/dataplane-mode"));
  Scenario plain = calls("shop");
  plain.data_plane = DataPlane::kube_proxy;
  CHECK_FALSE(is_listed(completed(plain, {kShop, home}), "Namespace"));
}

}  // namespace meshfn::simulate
