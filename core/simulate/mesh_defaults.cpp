// What is set for a service before DestinationRules speak: the mesh-wide MeshConfig as a cluster
// keeps it, the traffic distribution or session affinity of a Service, and retry budgets of the
// Gateway API.

#include <algorithm>

#include "base/units.h"
#include "resource/istio/mesh_config.h"
#include "routing/host.h"
#include "simulate/from_mesh.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

namespace {

namespace kubernetes = resource::kubernetes;

constexpr std::string_view kExperimental = "gateway.networking.x-k8s.io";

/// MeshConfig changes what every service starts from.
void set_mesh_config(yaml::Node config, Scenario& scenario) {
  if (!config.is_mapping()) return;
  TrafficPolicy base;
  const auto timeout = parse_duration(config.find("connectTimeout").text());
  if (timeout && timeout->count() > 0) base.connect_timeout = timeout->count();
  base.breaker.http2 = config.find("h2UpgradePolicy").text() == "UPGRADE";
  if (const yaml::Node own = config.find("localityLbSetting")) set_locality(own, base.locality);
  if (const yaml::Node own = config.find("defaultTrafficPolicy")) {
    apply(resource::istio::decode_traffic_policy(own), base);
    base.where.clear();
  }
  for (ServiceSpec& service : scenario.services) service.policy = base;
}

/// `trafficDistribution: PreferClose` and its like: the nearest endpoints, detection or not. The
/// annotation is Istio's alone.
bool prefers_near(const kubernetes::Service& service, DataPlane plane) {
  std::string_view wanted = service.spec.find("trafficDistribution").text();
  const auto annotation = service.annotation("networking.istio.io/traffic-distribution");
  if (annotation && plane == DataPlane::istio) wanted = *annotation;
  return wanted.starts_with("Prefer");
}

/// Whether the port is HTTP/2 by its appProtocol, or by the first part of its name.
bool speaks_http2(const kubernetes::Service& service, std::uint16_t number) {
  constexpr std::string_view kHttp2[] = {"http2", "grpc", "grpc-web", "h2c", "kubernetes.io/h2c"};
  for (const kubernetes::ServicePort& port : service.ports) {
    if (!port.port || *port.port != number) continue;
    const std::string_view name = *port.name;
    const std::string_view word =
        port.app_protocol ? *port.app_protocol : name.substr(0, name.find('-'));
    return std::find(std::begin(kHttp2), std::end(kHttp2), word) != std::end(kHttp2);
  }
  return false;
}

bool targets(const resource::Object& policy, const std::string& full_service) {
  for (const yaml::Node target : policy.spec.find("targetRefs").items()) {
    if (target.find("kind").text() != "Service") continue;
    if (routing::fqdn(target.find("name").text(), policy.scope) == full_service) return true;
  }
  return false;
}

/// Istio uses the count as concurrency and passes over both intervals.
void set_budget(yaml::Node constraint, CircuitBreaker& out) {
  const auto percent = yaml::to_double(constraint.find("budget").find("percent").text());
  const auto count = yaml::to_int(constraint.find("minRetryRate").find("count").text());
  out.retry_budget_percent = percent.value_or(20);
  out.retry_budget_minimum = static_cast<std::uint32_t>(std::max<std::int64_t>(
      0, std::min<std::int64_t>(count.value_or(10), CircuitBreaker::kUnlimited)));
}

/// `sessionAffinity: ClientIP` for three hours, or as long as the Service says. Only clients
/// without a mesh heed it.
Time affinity_of(const kubernetes::Service& service) {
  if (service.spec.find("sessionAffinity").text() != "ClientIP") return 0;
  const yaml::Node own = service.spec.find("sessionAffinityConfig").find("clientIP");
  return yaml::to_int(own.find("timeoutSeconds").text()).value_or(10'800) * kSecond;
}

/// What clients without a mesh heed of a Service.
void add_plain_settings(Scenario& scenario, const resource::Mesh& mesh) {
  for (ServiceSpec& service : scenario.services) {
    const std::string full = full_name(service.name, mesh);
    for (const kubernetes::Service& from : mesh.all<kubernetes::Service>()) {
      if (routing::fqdn(*from.name, from.scope) != full) continue;
      service.policy.settings.affinity = affinity_of(from);
      service.policy.force_locality = prefers_near(from, DataPlane::kube_proxy);
    }
  }
}

}  // namespace

void add_defaults_of(Scenario& scenario, const resource::Mesh& mesh) {
  if (scenario.plane() == DataPlane::kube_proxy) add_plain_settings(scenario, mesh);
  if (scenario.plane() != DataPlane::istio) return;
  set_mesh_config(mesh.derived<resource::istio::MeshConfig>().node(), scenario);
  for (ServiceSpec& service : scenario.services) {
    const std::string full = full_name(service.name, mesh);
    for (const kubernetes::Service& from : mesh.all<kubernetes::Service>()) {
      if (routing::fqdn(*from.name, from.scope) != full) continue;
      service.policy.force_locality = prefers_near(from, DataPlane::istio);
      if (speaks_http2(from, service.port)) service.policy.breaker.http2 = true;
    }
    for (const resource::Object* policy : mesh.of_kind(kExperimental, "XBackendTrafficPolicy")) {
      const yaml::Node constraint = policy->spec.find("retryConstraint");
      if (constraint && targets(*policy, full)) set_budget(constraint, service.policy.breaker);
    }
  }
}

}  // namespace meshfn::simulate
