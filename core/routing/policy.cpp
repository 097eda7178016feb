#include "routing/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/str.h"
#include "routing/host.h"
#include "routing/istio.h"

namespace meshfn::routing {

namespace {

namespace istio = resource::istio;

using Rules = std::vector<const istio::DestinationRule*>;

/// Those of `candidates` in namespace `scope` for `host`, of the most specific host among them,
/// oldest first.
Rules rules_in(const Rules& candidates, std::string_view scope, std::string_view host,
               std::string_view client) {
  Rules found;
  std::string best;
  for (const istio::DestinationRule* rule : candidates) {
    if (rule->scope != scope) continue;
    std::string own = fqdn(*rule->host, rule->scope);
    if (!covers_host(own, host)) continue;
    if (!is_visible(rule->export_to, rule->scope, client)) continue;
    if (!found.empty() && own != best && !more_specific(own, best)) continue;
    if (own != best) found.clear();
    best = std::move(own);
    found.push_back(rule);
  }
  if (found.size() < 2) return found;
  const auto key = [](const istio::DestinationRule* one) {
    return std::tuple(one->metadata.find("creationTimestamp").text(), *one->name);
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const auto* a, const auto* b) { return key(a) < key(b); });
  return found;
}

template <class T>
void replace(const T*& block, const std::optional<T>& by) {
  if (by) block = &*by;
}

/// Puts the blocks of `from` over those of `policy`; for a port with its own entry, that entry's
/// blocks are all there is.
void apply(Policy& policy, const istio::TrafficPolicy& from, std::optional<std::uint32_t> port) {
  replace(policy.load_balancer, from.load_balancer);
  replace(policy.connection_pool, from.connection_pool);
  replace(policy.outlier_detection, from.outlier_detection);
  replace(policy.tls, from.tls);
  if (from.retry_budget) policy.retry_budget = from.retry_budget;
  const auto own = std::find_if(from.ports.begin(), from.ports.end(), [&](const auto& entry) {
    return port && entry.port && *entry.port == static_cast<std::int64_t>(*port);
  });
  if (own == from.ports.end()) return;
  policy.load_balancer = own->load_balancer ? &*own->load_balancer : nullptr;
  policy.connection_pool = own->connection_pool ? &*own->connection_pool : nullptr;
  policy.outlier_detection = own->outlier_detection ? &*own->outlier_detection : nullptr;
  policy.tls = own->tls ? &*own->tls : nullptr;
}

Rules all_rules(const resource::Mesh& mesh) {
  Rules all;
  for (const auto& rule : mesh.all<istio::DestinationRule>()) all.push_back(&rule);
  return all;
}

/// Those of `candidates` that count for `host`, as `destination_rules` describes.
Rules rules_that_count(const Rules& candidates, const resource::Mesh& mesh, std::string_view host,
                       std::string_view client_namespace) {
  const std::optional<ServiceName> service = service_of(host);
  const std::string_view owner = service ? service->name_space : std::string_view();
  // Without a known caller, the service's own namespace speaks for it.
  const std::string_view client = client_namespace.empty() ? owner : client_namespace;
  const std::string_view root = mesh.settings().istio_namespace;
  for (const std::string_view scope : {client, owner, root}) {
    auto found = rules_in(candidates, scope, host, client);
    if (!found.empty()) return found;
  }
  // Hosts outside Kubernetes have no namespace of their own: any exported rule is taken.
  if (service) return {};
  for (const istio::DestinationRule* rule : candidates) {
    auto found = rules_in(candidates, rule->scope, host, client);
    if (!found.empty()) return found;
  }
  return {};
}

/// The policy that `rules`, which count for one host, make together.
Policy merge(const Rules& rules, std::string_view subset, std::optional<std::uint32_t> port) {
  Policy policy;
  if (!rules.empty()) policy.rule = rules.front();
  const auto with_policy = std::find_if(rules.begin(), rules.end(), [](const auto* rule) {
    return rule->traffic_policy.has_value();
  });
  if (with_policy != rules.end()) apply(policy, *(*with_policy)->traffic_policy, port);
  if (subset.empty()) return policy;
  for (const istio::DestinationRule* rule : rules) {
    policy.subset = rule->subset(subset);
    if (policy.subset == nullptr) continue;
    policy.rule = rule;
    if (policy.subset->traffic_policy) apply(policy, *policy.subset->traffic_policy, port);
    return policy;
  }
  policy.subset_missing = true;
  return policy;
}

/// Adds every scalar below `node`, named by its path.
void add_scalars(std::vector<Setting>& out, const std::string& name, yaml::Node node) {
  if (node.is_mapping()) {
    for (const yaml::Entry entry : node.entries()) {
      add_scalars(out, fmt::format("{}.{}", name, entry.key.text()), entry.value);
    }
  } else if (node.is_sequence()) {
    std::size_t index = 0;
    for (const yaml::Node item : node.items()) {
      add_scalars(out, fmt::format("{}[{}]", name, index++), item);
    }
  } else if (node) {
    out.push_back({name, std::string(node.text()), node.where()});
  }
}

void add_default(std::vector<Setting>& out, std::string name, std::string value) {
  const bool written = std::any_of(out.begin(), out.end(), [&](const Setting& setting) {
    return setting.name == name || setting.name.starts_with(name + ".");
  });
  if (!written) out.push_back({std::move(name), std::move(value), {}});
}

}  // namespace

Rules destination_rules(const resource::Mesh& mesh, std::string_view host,
                        std::string_view client_namespace) {
  return rules_that_count(all_rules(mesh), mesh, host, client_namespace);
}

Policy effective_policy(const resource::Mesh& mesh, std::string_view host, std::string_view subset,
                        std::optional<std::uint32_t> port, std::string_view client_namespace) {
  return merge(destination_rules(mesh, host, client_namespace), subset, port);
}

RuleIndex::RuleIndex(const resource::Mesh& mesh) : mesh_(mesh) {
  for (const istio::DestinationRule& rule : mesh.all<istio::DestinationRule>()) {
    std::string host = fqdn(*rule.host, rule.scope);
    if (is_wildcard(host)) {
      wildcards_.push_back(&rule);
    } else {
      exact_[std::move(host)].push_back(&rule);
    }
  }
}

RuleIndex::Rules RuleIndex::rules(std::string_view host, std::string_view client_namespace) const {
  Rules candidates;
  if (const auto found = exact_.find(host); found != exact_.end()) candidates = found->second;
  candidates.insert(candidates.end(), wildcards_.begin(), wildcards_.end());
  return rules_that_count(candidates, mesh_, host, client_namespace);
}

Policy RuleIndex::policy(std::string_view host, std::string_view subset,
                         std::optional<std::uint32_t> port,
                         std::string_view client_namespace) const {
  return merge(rules(host, client_namespace), subset, port);
}

std::vector<Setting> settings_of(const Policy& policy) {
  std::vector<Setting> out;
  if (policy.load_balancer != nullptr) {
    add_scalars(out, "loadBalancer", policy.load_balancer->node);
  }
  if (policy.connection_pool != nullptr) {
    add_scalars(out, "connectionPool", policy.connection_pool->node);
  }
  if (policy.outlier_detection != nullptr) {
    add_scalars(out, "outlierDetection", policy.outlier_detection->node);
  }
  if (policy.tls != nullptr) add_scalars(out, "tls", policy.tls->node);
  add_scalars(out, "retryBudget", policy.retry_budget);
  const bool hashed = policy.load_balancer != nullptr && policy.load_balancer->consistent_hash;
  if (!hashed) add_default(out, "loadBalancer.simple", "LEAST_REQUEST");
  add_default(out, "connectionPool.tcp.connectTimeout", "10s");
  if (policy.outlier_detection == nullptr) {
    add_default(out, "outlierDetection", "off");
    return out;
  }
  // Istio leaves these to Envoy (outlier_detection.proto) and turns panic off.
  add_default(out, "outlierDetection.consecutive5xxErrors", "5");
  add_default(out, "outlierDetection.interval", "10s");
  add_default(out, "outlierDetection.baseEjectionTime", "30s");
  add_default(out, "outlierDetection.maxEjectionPercent", "10");
  add_default(out, "outlierDetection.minHealthPercent", "0");
  return out;
}

}  // namespace meshfn::routing
