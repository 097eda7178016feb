// Linkerd's part of a mesh: whether its proxies are injected, and the annotations of a Service that
// its clients act on.

#include <fmt/format.h>

#include "base/units.h"
#include "routing/host.h"
#include "simulate/from_mesh.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

namespace {

namespace kubernetes = resource::kubernetes;

constexpr std::string_view kInject = "linkerd.io/inject";
constexpr std::string_view kAccrual = "balancer.linkerd.io/failure-accrual";

bool injects(const resource::Text& value) {
  return value && (*value == "enabled" || *value == "ingress");
}

/// Where the mesh says that pods get Linkerd's proxy; nothing when it does not.
yaml::Node injected_at(const resource::Mesh& mesh) {
  for (const resource::Object& object : mesh.objects()) {
    if (*object.kind == "Namespace" && injects(object.annotation(kInject))) return object.metadata;
  }
  for (const auto& workload : mesh.all<kubernetes::Workload>()) {
    if (injects(workload.pod_annotation(kInject))) return workload.pod_metadata;
  }
  return {};
}

resource::Text setting(const kubernetes::Service& service, std::string_view name) {
  return service.annotation(fmt::format("{}-consecutive-{}", kAccrual, name));
}

void set_penalty(const resource::Text& text, Time& out) {
  const auto value = text ? parse_duration(*text) : std::nullopt;
  if (value && value->count() > 0) out = value->count();
}

/// What `unified` adds: the annotations of the success rate.
void set_success_rate(const kubernetes::Service& service, AccrualSettings& out) {
  constexpr std::string_view kPrefix = "balancer.alpha.linkerd.io/failure-accrual-success-rate-";
  const auto own = [&](std::string_view name) {
    return service.annotation(fmt::format("{}{}", kPrefix, name));
  };
  out.success_rate = 0.8;
  if (const auto text = own("threshold")) {
    out.success_rate = yaml::to_double(*text).value_or(out.success_rate);
  }
  set_penalty(own("window"), out.window);
  if (const auto text = own("min-requests")) {
    const auto n = yaml::to_int(*text);
    if (n && *n >= 0) out.minimum_requests = static_cast<std::uint32_t>(*n);
  }
}

AccrualSettings accrual_of(const kubernetes::Service& service) {
  AccrualSettings out;
  out.enabled = true;
  if (const auto text = setting(service, "max-failures")) {
    const auto n = yaml::to_int(*text);
    if (n && *n >= 0) out.failures = static_cast<std::uint32_t>(*n);
  }
  set_penalty(setting(service, "min-penalty"), out.min_penalty);
  set_penalty(setting(service, "max-penalty"), out.max_penalty);
  if (const auto text = setting(service, "jitter-ratio")) {
    out.jitter = yaml::to_double(*text).value_or(out.jitter);
  }
  return out;
}

}  // namespace

void find_data_plane(Scenario& scenario, const resource::Mesh& mesh) {
  if (scenario.data_plane) return;
  const yaml::Node where = injected_at(mesh);
  if (!where) return;
  scenario.data_plane = DataPlane::linkerd;
  scenario.assumptions.push_back(
      fmt::format("clients are Linkerd's proxies, because {} injects them", line_of(where)));
}

void add_linkerd_policies_of(Scenario& scenario, const resource::Mesh& mesh) {
  for (const auto& from : mesh.all<kubernetes::Service>()) {
    const auto mode = from.annotation(kAccrual);
    if (!mode || (*mode != "consecutive" && *mode != "unified")) continue;
    const std::string host = routing::fqdn(*from.name, from.scope);
    for (ServiceSpec& service : scenario.services) {
      if (full_name(service.name, mesh) != host) continue;
      service.policy.accrual = accrual_of(from);
      if (*mode == "unified") set_success_rate(from, service.policy.accrual);
    }
  }
}

}  // namespace meshfn::simulate
