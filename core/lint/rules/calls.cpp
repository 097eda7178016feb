#include "lint/rules/calls.h"

#include "base/str.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using resource::Mesh;
using resource::Object;
using resource::kubernetes::Service;
using resource::kubernetes::Workload;

constexpr std::size_t kFew = 3;

std::string host_of(const Service& service) {
  return routing::fqdn(service.name.value, service.scope);
}

}  // namespace

Calls::Calls(const Mesh& mesh) : services_(mesh.derived<ServiceIndex>()) {
  for (const Object* sidecar : mesh.of_kind("networking.istio.io", "Sidecar")) {
    read_sidecar(*sidecar);
  }
  const auto& policies = mesh.of_kind("security.istio.io", "AuthorizationPolicy");
  if (!policies.empty()) {
    for (const Workload& workload : mesh.all<Workload>()) {
      by_account_[{workload.scope, workload.service_account.value_or("default")}].push_back(
          &workload);
    }
  }
  for (const Object* policy : policies) read_policy(*policy);
  for (const auto& service : mesh.all<resource::istio::VirtualService>()) read_routes(service);
}

const std::set<std::string>& Calls::from(const std::string& host) const {
  static const std::set<std::string> none;
  const auto found = callees_.find(host);
  return found == callees_.end() ? none : found->second;
}

void Calls::add(const ServiceIndex::Services& callers, const std::string& callee) {
  for (const Service* caller : callers) callees_[host_of(*caller)].insert(callee);
}

void Calls::read_sidecar(const Object& sidecar) {
  const auto labels = resource::labels(sidecar.spec.at("workloadSelector", "labels"));
  if (labels.empty()) return;
  const auto callers = services_.of(sidecar.scope, labels);
  for (const yaml::Node listener : sidecar.spec.find("egress").items()) {
    for (const yaml::Node entry : listener.find("hosts").items()) {
      const std::string_view host = entry.text().substr(entry.text().find('/') + 1);
      if (host.find('*') == std::string_view::npos) {
        add(callers, routing::fqdn(host, sidecar.scope));
      }
    }
  }
}

void Calls::read_policy(const Object& policy) {
  const std::string_view action = policy.spec.find("action").text();
  const auto labels = resource::labels(policy.spec.at("selector", "matchLabels"));
  if (labels.empty() || (!action.empty() && action != "ALLOW")) return;
  const auto callees = services_.of(policy.scope, labels);
  for (const yaml::Node rule : policy.spec.find("rules").items()) {
    for (const yaml::Node from : rule.find("from").items()) {
      for (const yaml::Node principal : from.find("source").find("principals").items()) {
        const auto parts = str::split(principal.text(), '/');
        if (parts.size() != 5) continue;
        const auto pods = by_account_.find({parts[2], parts[4]});
        // An account that many pods share does not tell which of them calls.
        if (pods == by_account_.end() || pods->second.size() > kFew) continue;
        for (const Workload* pod : pods->second) {
          for (const Service* callee : callees) add(services_.of(*pod), host_of(*callee));
        }
      }
    }
  }
}

void Calls::read_routes(const resource::istio::VirtualService& service) {
  for (const auto& route : service.http) {
    for (const auto& match : route.match) {
      if (match.source_labels.empty()) continue;
      const std::string_view scope = match.source_namespace.value_or(service.scope);
      const auto callers = services_.of(scope, match.source_labels);
      for (const auto& host : service.hosts) {
        add(callers, routing::fqdn(host.value, service.scope));
      }
    }
  }
}

}  // namespace meshfn::lint
