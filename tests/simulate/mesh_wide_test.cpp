// What holds beyond one Service: MeshConfig, ServiceEntries and WorkloadEntries, autoscalers, and
// annotations of pods and Services.

#include <algorithm>

#include "catch.h"
#include "simulate/mesh_inputs.h"

namespace meshfn::simulate {

namespace {

std::string mesh_config(const std::string& settings) {
  std::string text =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
      "data:\n  mesh: |-\n";
  for (std::size_t at = 0; at < settings.size();) {
    const std::size_t end = std::min(settings.find('\n', at), settings.size());
    text += "    " + settings.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return text;
}

}  // namespace

TEST_CASE("MeshConfig's traffic policy holds where a rule has no such block", "[simulate][mesh]") {
  const std::string config = mesh_config(R"(connectTimeout: 3s
defaultTrafficPolicy:
  connectionPool: {tcp: {maxConnections: 7}}
  outlierDetection: {consecutive5xxErrors: 2, maxEjectionPercent: 60}
defaultHttpRetryPolicy: {attempts: 4, retryOn: "5xx", perTryTimeout: 1s}
localityLbSetting:
  distribute: [{from: "eu/a/*", to: {"eu/a/*": 90, "eu/b/*": 10}}])");
  const Scenario plain = completed(calls("shop"), {kShop, config});
  const TrafficPolicy& policy = service(plain, "shop").policy;
  CHECK(policy.connect_timeout == 3 * kSecond);
  CHECK(policy.breaker.max_connections == 7);
  CHECK(policy.outlier.consecutive_5xx == 2);
  CHECK(policy.panic_threshold == 0);
  REQUIRE(policy.locality.distribute.size() == 1);
  CHECK(policy.locality.distribute[0].to.size() == 2);
  CHECK(plain.load[0].route->retry.retries == 4);
  CHECK(plain.load[0].route->retry.on == kRetry5xx);
  CHECK(plain.load[0].route->retry.per_try_timeout == kSecond);
  CHECK_FALSE(is_listed(plain, "ConfigMap"));

  const Scenario ruled = completed(calls("shop"), {kShop, config, R"(
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: shop}
spec:
  host: shop
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 9}
    portLevelSettings: [{port: {number: 81}, loadBalancer: {simple: RANDOM}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec: {hosts: [shop], http: [{route: [{destination: {host: shop}}], retries: {attempts: 1}}]}
)"});
  const TrafficPolicy& own = service(ruled, "shop").policy;
  CHECK(own.outlier.consecutive_5xx == 9);
  CHECK(own.outlier.max_ejection_percent == 10);  // the block as a whole
  CHECK(own.breaker.max_connections == 7);
  CHECK(ruled.load[0].route->retry.retries == 1);
}

TEST_CASE("how long connections live, and what budgets count, is read", "[simulate][mesh]") {
  const auto completed_with = [](const std::string& policy) {
    return completed(calls("shop"), {kShop,
                                     "apiVersion: networking.istio.io/v1\n"
                                     "kind: DestinationRule\nmetadata: {name: shop}\n"
                                     "spec: {host: shop, trafficPolicy: " +
                                         policy + "}\n"});
  };
  const auto breaker = [&](const std::string& policy) {
    return service(completed_with(policy), "shop").policy.breaker;
  };
  CHECK(breaker("{connectionPool: {http: {idleTimeout: 5s}}}").idle_timeout == 5 * kSecond);
  CHECK(breaker("{connectionPool: {tcp: {idleTimeout: 6s}}}").idle_timeout == 6 * kSecond);
  CHECK(
      breaker("{connectionPool: {tcp: {idleTimeout: 6s}, http: {idleTimeout: 5s}}}").idle_timeout ==
      5 * kSecond);
  CHECK(breaker("{connectionPool: {http: {idleTimeout: 0s}}}").idle_timeout > 3600 * kSecond);
  CHECK(breaker("{connectionPool: {http: {maxRetries: 3}}}").idle_timeout == 3600 * kSecond);
  CHECK(breaker("{connectionPool: {tcp: {maxConnectionDuration: 9s}}}").connection_age ==
        9 * kSecond);
  const std::string all =
      "{connectionPool: {tcp: {maxConnectionDuration: 9s, idleTimeout: 6s}, http: {idleTimeout: "
      "5s}}, retryBudget: {percent: 10, budgetInterval: 7s}}";
  CHECK(breaker(all).retry_budget_interval == 7 * kSecond);
  CHECK(completed_with(all).not_modelled.empty());
}

TEST_CASE("session affinity counts for clients without a mesh only", "[simulate][mesh]") {
  std::string sticky = kShop;
  sticky.replace(sticky.find("selector:"), 9, "sessionAffinity: ClientIP, selector:");
  Scenario plain = calls("shop");
  plain.data_plane = DataPlane::kube_proxy;
  const Scenario without_mesh = completed(plain, {sticky});
  CHECK(service(without_mesh, "shop").policy.settings.affinity == 10'800 * kSecond);
  CHECK_FALSE(is_listed(without_mesh, "sessionAffinity"));
  const Scenario with_mesh = completed(calls("shop"), {sticky});
  CHECK(service(with_mesh, "shop").policy.settings.affinity == 0);
  CHECK(is_listed(with_mesh, "sessionAffinity"));
  sticky.replace(sticky.find("selector:"), 9,
                 "sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}, selector:");
  CHECK(service(completed(plain, {sticky}), "shop").policy.settings.affinity == 60 * kSecond);
}

TEST_CASE("rules of one mesh are nothing to the clients of another", "[simulate][mesh]") {
  const std::vector<std::string> texts = {kShop, R"(
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: shop}
spec: {host: shop, trafficPolicy: {connectionPool: {http: {maxRetries: 9}}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec: {hosts: [shop], http: [{route: [{destination: {host: shop}}], timeout: 3s}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: shop}]
  rules: [{backendRefs: [{name: shop, port: 80}]}]
)"};
  const auto with = [&](DataPlane plane) {
    Scenario scenario = calls("shop");
    scenario.data_plane = plane;
    return completed(std::move(scenario), texts);
  };
  const Scenario istio = with(DataPlane::istio);
  CHECK(service(istio, "shop").policy.breaker.max_retries == 9);
  CHECK(istio.load[0].route->timeout == 3 * kSecond);
  CHECK_FALSE(is_listed(istio, "DestinationRule"));
  for (const DataPlane plane : {DataPlane::linkerd, DataPlane::grpc, DataPlane::kube_proxy}) {
    const Scenario other = with(plane);
    CHECK(service(other, "shop").policy.breaker.max_retries == CircuitBreaker::kUnlimited);
    CHECK(other.load[0].route->timeout == 0);
    CHECK(is_listed(other, "DestinationRule `shop`"));
    CHECK(is_listed(other, "VirtualService `shop`"));
    CHECK(is_listed(other, "HTTPRoute `shop`") == (plane != DataPlane::linkerd));
  }
}

TEST_CASE("HTTP/2 shares connections, where the port or the mesh says so", "[simulate][mesh]") {
  const std::string rule = R"(
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: shop}
spec:
  host: shop
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}, http: {maxConcurrentStreams: 9}}}
)";
  const auto breaker = [](const std::vector<std::string>& texts) {
    return service(completed(calls("shop"), texts), "shop").policy.breaker;
  };
  CHECK(breaker({kShop, rule}).streams() == 1);
  CHECK(breaker({kShop, rule, mesh_config("h2UpgradePolicy: UPGRADE")}).streams() == 9);
  std::string grpc = kShop;
  grpc.replace(grpc.find("name: http,"), 11, "name: grpc-web-1, ");
  CHECK(breaker({grpc}).streams() == 1024);
  CHECK(breaker({grpc, rule}).streams() == 9);
  CHECK_FALSE(is_listed(completed(calls("shop"), {kShop, rule}), "maxConcurrentStreams"));
}

TEST_CASE("one HTTP/2 connection carries what HTTP/1 makes wait", "[simulate][mesh]") {
  Scenario scenario = station(1, 100, 500);
  scenario.duration = 20 * kSecond;
  scenario.services[0].workloads[0].service_time = Distribution::constant(10 * kMillisecond);
  CircuitBreaker& limits = scenario.services[0].policy.breaker;
  limits.max_connections = 1;
  limits.max_pending = 1;
  const Counts one = entry_tally(run(*world_of(scenario), 1)).counts;
  CHECK(one.causes[static_cast<std::size_t>(Cause::overflow)] > 5000);
  limits.http2 = true;
  limits.concurrent_streams = 50;
  const Counts many = entry_tally(run(*world_of(scenario), 1)).counts;
  CHECK(many.causes[static_cast<std::size_t>(Cause::overflow)] < 5);
  // No more than the streams at once.
  limits.concurrent_streams = 2;
  const auto world = world_of(scenario);
  CHECK(run(*world, 1).endpoints[0].most_busy == 2);
}

TEST_CASE("a route that says nothing of retries has the mesh's", "[simulate][mesh]") {
  const Scenario scenario =
      completed(calls("shop"), {kShop, mesh_config("defaultHttpRetryPolicy: {attempts: 0}"), R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec: {hosts: [shop], http: [{route: [{destination: {host: shop}}], timeout: 2s}]}
)"});
  CHECK(scenario.load[0].route->retry.retries == 0);
  CHECK(completed(calls("shop"), {kShop}).load[0].route->retry.retries == 2);
}

TEST_CASE("a ServiceEntry is a service with its endpoints", "[simulate][mesh]") {
  const Scenario scenario = completed(calls("api.example.com"), {R"(
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api}
spec:
  hosts: [api.example.com, "*.wild.example.com"]
  ports: [{number: 8443, name: http, protocol: HTTP}]
  resolution: STATIC
  endpoints:
  - {address: 10.0.0.1, locality: eu/a, weight: 3}
  - {address: 10.0.0.2, locality: eu/b}
  - {address: 10.0.0.3, locality: eu/b}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api}
spec: {host: api.example.com, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}}
)"});
  const ServiceSpec& api = service(scenario, "api.example.com");
  CHECK(api.port == 8443);
  CHECK(api.policy.balancer == &kRoundRobin);
  REQUIRE(api.workloads.size() == 2);
  CHECK(is_listed(scenario, "*.wild.example.com"));
  // Weights 3, 1 and 1: the first one gets three of five.
  const auto world = world_of(scenario);
  const Recording record = run(*world, 1);
  std::vector<double> requests;
  double all = 0;
  for (std::size_t e = 0; e < world->endpoints.size(); ++e) {
    requests.push_back(static_cast<double>(record.endpoints[e].requests));
    all += requests.back();
  }
  CHECK(*std::max_element(requests.begin(), requests.end()) / all == Approx(0.6).margin(0.01));
}

TEST_CASE("a DNS name is one endpoint, and that is said", "[simulate][mesh]") {
  const Scenario scenario = completed(calls("db.example.com"), {R"(
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db}
spec: {hosts: [db.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
)"});
  CHECK(world_of(scenario)->endpoints.size() == 1);
  CHECK(std::any_of(scenario.assumptions.begin(), scenario.assumptions.end(), [](const auto& line) {
    return line.find("db.example.com") != std::string::npos;
  }));
}

TEST_CASE("WorkloadEntries stand beside the pods of a Service", "[simulate][mesh]") {
  const Scenario scenario = completed(calls("shop"), {kShop, R"(
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: old-machine}
spec: {address: 10.1.1.1, labels: {app: shop}, locality: eu/c, weight: 2}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: other}
spec: {address: 10.1.1.2, labels: {app: other}}
)"});
  const ServiceSpec& shop = service(scenario, "shop");
  REQUIRE(shop.workloads.size() == 2);
  CHECK(shop.workloads[1].endpoints[0].zone == "eu/c");
  CHECK(shop.workloads[1].weight == 2);
  CHECK(world_of(scenario)->endpoints.size() == 4);
}

TEST_CASE("a HorizontalPodAutoscaler scales its Deployment", "[simulate][mesh]") {
  const std::string scaler = R"(
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  minReplicas: 2
  maxReplicas: 9
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 55}}}]
  behavior:
    scaleDown: {stabilizationWindowSeconds: 60, policies: [{type: Pods, value: 1, periodSeconds: 30}]}
    scaleUp: {selectPolicy: Min}
)";
  Scenario scenario = calls("shop");
  ServiceSpec shop;
  shop.name = "shop";
  WorkloadSpec workload;
  workload.name = "shop";
  workload.concurrency = 4;
  workload.service_time = Distribution::exponential(20e6);
  shop.workloads.push_back(workload);
  scenario.services.push_back(shop);
  const Scenario done = completed(scenario, {kShop, scaler});
  const WorkloadSpec& made = done.services[0].workloads[0];
  REQUIRE(made.autoscale);
  CHECK(made.autoscale->least == 2);
  CHECK(made.autoscale->most == 9);
  CHECK(made.autoscale->target == Approx(0.55));
  CHECK(made.autoscale->down.window == 60 * kSecond);
  REQUIRE(made.autoscale->down.limits.size() == 1);
  CHECK(made.autoscale->down.limits[0].count == 1);
  CHECK(made.autoscale->up.select == ScalingRules::Select::least);
  CHECK(made.concurrency == 4);
  CHECK(made.drain == 7 * kSecond);
  CHECK(world_of(done)->endpoints.size() == 9);
  // Without a limit of what an endpoint can do there is no utilization, and that is said.
  CHECK(is_listed(completed(calls("shop"), {kShop, scaler}), "HorizontalPodAutoscaler `shop`"));
}

TEST_CASE("a sidecar has the workers that its pod asks for", "[simulate][mesh]") {
  CHECK(service(completed(calls("shop"), {kShop}), "shop").workers == 4U);
  std::string limited = kShop;
  const std::string_view own = "proxy.istio.io/config: \"concurrency: 4\"";
  limited.replace(limited.find(own), own.size(), "sidecar.istio.io/proxyCPULimit: 2500m");
  CHECK(service(completed(calls("shop"), {limited}), "shop").workers == 3U);
  limited.replace(limited.find("sidecar.istio.io"), 37, "a: b");
  CHECK_FALSE(service(completed(calls("shop"), {limited}), "shop").workers);
  CHECK(service(completed(calls("shop"), {limited, mesh_config("defaultConfig: {concurrency: 6}")}),
                "shop")
            .workers == 6U);
}

TEST_CASE("Linkerd's unified accrual is read with its success rate", "[simulate][mesh]") {
  const Scenario scenario = completed(calls("shop"), {R"(apiVersion: v1
kind: Service
metadata:
  name: shop
  annotations:
    balancer.linkerd.io/failure-accrual: unified
    balancer.alpha.linkerd.io/failure-accrual-success-rate-threshold: "0.6"
    balancer.alpha.linkerd.io/failure-accrual-success-rate-window: 20s
    balancer.alpha.linkerd.io/failure-accrual-success-rate-min-requests: "9"
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
)"});
  const AccrualSettings& accrual = service(scenario, "shop").policy.accrual;
  CHECK(accrual.enabled);
  CHECK(accrual.success_rate == Approx(0.6));
  CHECK(accrual.window == 20 * kSecond);
  CHECK(accrual.minimum_requests == 9);
  CHECK_FALSE(is_listed(scenario, "success rate"));
}

TEST_CASE("every mirror gets its copies", "[simulate][mesh]") {
  const char* const extra = R"(
apiVersion: v1
kind: Service
metadata: {name: copy}
spec: {selector: {app: copy}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: copy}
spec: {replicas: 1, template: {metadata: {labels: {app: copy}}, spec: {containers: []}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop]
  http:
  - route: [{destination: {host: shop}}]
    mirrors:
    - {destination: {host: copy}, percentage: {value: 50}}
    - {destination: {host: shop}}
    retries: {attempts: 3, retryRemoteLocalities: true}
)";
  const Scenario scenario = completed(calls("shop"), {kShop, extra});
  REQUIRE(scenario.load[0].route->mirrors.size() == 2);
  CHECK(scenario.load[0].route->mirrors[0].share == Approx(0.5));
  CHECK(scenario.load[0].route->retry.other_priorities == 2);
  const auto world = world_of(scenario);
  const Recording record = run(*world, 1);
  const auto started = static_cast<double>(entry_tally(record).counts.started);
  double shop = 0;
  double copy = 0;
  for (std::size_t e = 0; e < world->endpoints.size(); ++e) {
    const bool copied = world->services[world->endpoints[e].service].spec->name == "copy";
    (copied ? copy : shop) += static_cast<double>(record.endpoints[e].requests);
  }
  CHECK(shop / started == Approx(2).epsilon(0.01));
  CHECK(copy / started == Approx(0.5).epsilon(0.05));
}

}  // namespace meshfn::simulate
