// What is set for a service before DestinationRules speak: the mesh-wide MeshConfig as a cluster
// keeps it, the traffic distribution of a Service, and retry budgets of the Gateway API.

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "routing/host.h"
#include "simulate/from_mesh.h"
#include "source/file.h"
#include "yaml/reader.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

namespace {

namespace kubernetes = resource::kubernetes;

constexpr std::string_view kExperimental = "gateway.networking.x-k8s.io";

/// The ConfigMap in which istiod keeps its MeshConfig; null when it is not in the input.
const resource::Object* mesh_config_of(const resource::Mesh& mesh) {
  for (const resource::Object* object : mesh.of_kind("", "ConfigMap")) {
    if (*object->name == "istio" && object->scope == mesh.settings().istio_namespace) return object;
  }
  return nullptr;
}

/// MeshConfig changes what every service starts from.
void set_mesh_config(const resource::Object& object, Scenario& scenario) {
  source::Store store;
  std::vector<diagnostic::Diagnostic> problems;
  const std::string text(object.root.find("data").find("mesh").text());
  const auto tree = yaml::read(store.add("mesh", text), problems);
  if (tree->documents().empty() || !tree->documents().front().root.is_mapping()) return;
  const yaml::Node root = tree->documents().front().root;
  const auto timeout = parse_duration(root.find("connectTimeout").text());
  const yaml::Node locality = root.find("localityLbSetting");
  const bool nearest = yaml::to_bool(locality.find("enabled").text()).value_or(true);
  for (ServiceSpec& service : scenario.services) {
    if (timeout && timeout->count() > 0) service.policy.connect_timeout = timeout->count();
    service.policy.locality.enabled = nearest;
  }
  for (const yaml::Entry entry : root.entries()) {
    for (const std::string_view field : {"defaultTrafficPolicy", "defaultHttpRetryPolicy"}) {
      if (entry.key.text() != field) continue;
      scenario.not_modelled.push_back(
          fmt::format("{}: ConfigMap `istio`: mesh.{}", line_of(object.root), field));
    }
  }
  if (locality.find("distribute") || locality.find("failover")) {
    scenario.not_modelled.push_back(
        fmt::format("{}: ConfigMap `istio`: mesh.localityLbSetting", line_of(object.root)));
  }
}

/// `trafficDistribution: PreferClose` and its like: the nearest endpoints, detection or not.
bool prefers_near(const kubernetes::Service& service) {
  std::string_view wanted = service.spec.find("trafficDistribution").text();
  const auto annotation = service.annotation("networking.istio.io/traffic-distribution");
  if (annotation) wanted = *annotation;
  return wanted.starts_with("Prefer");
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

}  // namespace

void add_defaults_of(Scenario& scenario, const resource::Mesh& mesh) {
  if (scenario.plane() != DataPlane::istio) return;
  if (const resource::Object* config = mesh_config_of(mesh)) set_mesh_config(*config, scenario);
  for (ServiceSpec& service : scenario.services) {
    const std::string full = full_name(service.name, mesh);
    for (const kubernetes::Service& from : mesh.all<kubernetes::Service>()) {
      if (routing::fqdn(*from.name, from.scope) != full) continue;
      service.policy.force_locality = prefers_near(from);
    }
    for (const resource::Object* policy : mesh.of_kind(kExperimental, "XBackendTrafficPolicy")) {
      const yaml::Node constraint = policy->spec.find("retryConstraint");
      if (constraint && targets(*policy, full)) set_budget(constraint, service.policy.breaker);
    }
  }
}

}  // namespace meshfn::simulate
