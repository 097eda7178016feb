#include <fmt/format.h>

#include <algorithm>

#include "resource/kubernetes/traffic.h"
#include "routing/authorization/caller.h"
#include "routing/host.h"
#include "routing/policy.h"
#include "yaml/scalar.h"

namespace meshfn::routing {

namespace {

using resource::Mesh;
using resource::kubernetes::Service;
using resource::kubernetes::ServicePort;
using resource::kubernetes::Workload;

/// The number of the container port that a Service's port leads to.
std::optional<std::uint32_t> container_port(const ServicePort& port, const Workload* workload) {
  if (!port.target_port) return static_cast<std::uint32_t>(port.port.value);
  if (const auto number = yaml::to_int(port.target_port.value)) {
    return static_cast<std::uint32_t>(*number);
  }
  if (workload == nullptr) return std::nullopt;
  for (const auto* containers : {&workload->containers, &workload->init_containers}) {
    for (const auto& container : *containers) {
      for (const auto& own : container.ports) {
        if (own.name.value == port.target_port.value) {
          return static_cast<std::uint32_t>(own.port.value);
        }
      }
    }
  }
  return std::nullopt;
}

bool carries_requests(const ServicePort* port, const Request& request) {
  if (request.protocol != Protocol::http) return false;
  if (port == nullptr) return true;
  // What does not say what it carries is looked at.
  return !resource::kubernetes::is_opaque(resource::kubernetes::traffic_of(*port));
}

const ServicePort* port_of(const Service& service, std::optional<std::uint32_t> port) {
  if (port) return service.port(*port);
  return service.ports.size() == 1 ? &service.ports.front() : nullptr;
}

void set_workload(Target& target, const Workload& workload) {
  target.workload = &workload;
  target.scope = std::string(workload.scope);
  target.labels = workload.pod_labels;
}

Target base_of(const Destination& destination, const Service& service, const ServicePort* port,
               const Request& request) {
  Target out;
  out.host = destination.host;
  out.subset = destination.subset;
  out.scope = std::string(service.scope);
  out.labels = service.selector;
  out.service = &service;
  out.http = carries_requests(port, request);
  if (port != nullptr) {
    out.service_port = static_cast<std::uint32_t>(port->port.value);
    out.port = container_port(*port, nullptr);
  }
  return out;
}

}  // namespace

std::string Caller::describe() const {
  if (name_space.empty()) return ip.empty() ? "a caller outside the mesh" : ip;
  const std::string name = account.empty() ? name_space : name_space + "/" + account;
  return plain ? name + " (plain)" : name;
}

std::string Target::describe() const {
  if (workload != nullptr) {
    return fmt::format("{} {}/{}", workload->kind.value, workload->scope, workload->name.value);
  }
  return gateway.empty() ? host : "gateway " + gateway;
}

std::string_view to_string(Channel channel) {
  switch (channel) {
    case Channel::mutual_tls:
      return "mutual TLS";
    case Channel::plain:
      return "plain";
    case Channel::tls:
      return "TLS";
  }
  return {};
}

std::vector<Target> targets_of(const Mesh& mesh, const Destination& destination,
                               std::optional<std::uint32_t> port, const Request& request) {
  const auto name = service_of(destination.host);
  const Service* service = name ? mesh.service(name->name_space, name->name) : nullptr;
  if (service == nullptr || !service->external_name.value.empty()) {
    Target out;
    out.host = destination.host;
    out.subset = destination.subset;
    out.http = request.protocol == Protocol::http;
    out.outside = true;
    return {out};
  }
  const ServicePort* own = port_of(*service, port);
  const Target base = base_of(destination, *service, own, request);
  const Policy policy =
      effective_policy(mesh, destination.host, destination.subset, port, request.source_namespace);
  std::vector<Target> out;
  for (const Workload* workload : mesh.workloads(service->scope, service->selector)) {
    const bool meant =
        policy.subset == nullptr || resource::selects(policy.subset->labels, workload->pod_labels);
    if (!meant) continue;
    out.push_back(base);
    set_workload(out.back(), *workload);
    if (own != nullptr) out.back().port = container_port(*own, workload);
  }
  if (out.empty()) {
    out.push_back(base);
    if (policy.subset != nullptr) {
      auto& labels = out.back().labels;
      labels.insert(labels.end(), policy.subset->labels.begin(), policy.subset->labels.end());
    }
  }
  return out;
}

std::vector<Target> gateway_targets(const Mesh& mesh, std::string_view gateway,
                                    std::optional<std::uint32_t> port, const Request& request) {
  const std::size_t slash = gateway.find('/');
  Target base;
  base.gateway = std::string(gateway);
  base.service_port = port;
  base.port = port;
  base.http = request.protocol == Protocol::http;
  base.scope = mesh.settings().istio_namespace;
  const auto* found = mesh.find<resource::istio::Gateway>(
      slash == gateway.npos ? "" : gateway.substr(0, slash),
      slash == gateway.npos ? gateway : gateway.substr(slash + 1));
  if (found == nullptr) return {base};
  base.labels = found->selector;
  std::vector<Target> out;
  for (const Workload& workload : mesh.all<Workload>()) {
    if (found->selector.empty() || !resource::selects(found->selector, workload.pod_labels)) {
      continue;
    }
    out.push_back(base);
    set_workload(out.back(), workload);
  }
  if (out.empty()) out.push_back(base);
  return out;
}

}  // namespace meshfn::routing
