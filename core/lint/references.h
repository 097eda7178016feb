#pragma once

// Does what a resource refers to exist? Three answers, because the input is seldom everything: a
// namespace whose Services were not given says nothing about a Service being missing. What is not
// knowable is at most worth an info.

#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "resource/mesh.h"
#include "routing/host.h"

namespace meshfn::lint {

enum class Found { yes, missing, unknown };

/// What a host name stands for.
struct HostLookup {
  Found found = Found::unknown;
  const resource::kubernetes::Service* service = nullptr;
  std::vector<const resource::istio::ServiceEntry*> entries;  ///< wildcard ones included
  bool hidden = false;  ///< it exists, but is not exported to the namespace that asks
  std::string hint;     ///< why it is missing, or what was meant; may be empty

  /// Port numbers that it offers; empty when they are not known.
  std::vector<std::int64_t> ports() const;
};

class References {
 public:
  /// The mesh outlives it.
  explicit References(const resource::Mesh& mesh);

  /// Looks up `host` as a resource of namespace `scope` writes it. It is visible when it is
  /// exported to one of `viewers`; without viewers, to `scope`. The answer lives as long as this:
  /// dozens of rules ask for the same few hosts.
  const HostLookup& host(std::string_view host, std::string_view scope,
                         const std::vector<resource::Text>& viewers = {}) const;

  /// An Istio Gateway or a Gateway API Gateway.
  struct GatewayLookup {
    Found found = Found::unknown;
    const resource::istio::Gateway* istio = nullptr;
    const resource::Object* gateway_api = nullptr;
    std::string hint;
  };

  /// Looks up a gateway as `spec.gateways` of a resource of namespace `scope` writes it.
  GatewayLookup gateway(std::string_view reference, std::string_view scope) const;

  /// DestinationRules whose host covers the fully qualified `fqdn`, the most specific first.
  std::vector<const resource::istio::DestinationRule*> rules_for(std::string_view fqdn) const;

 private:
  HostLookup look_up(std::string_view host, std::string_view scope,
                     const std::vector<resource::Text>& viewers) const;
  void look_up_service(std::string_view fqdn, HostLookup& lookup,
                       const std::vector<std::string>& viewers) const;
  void look_up_entries(std::string_view fqdn, HostLookup& lookup,
                       const std::vector<std::string>& viewers) const;
  /// A Service's name without the cluster's domain.
  void look_up_cut(const routing::ServiceName& service, HostLookup& lookup) const;
  bool is_assumed(std::string_view fqdn) const;
  std::string suggest_service(std::string_view host, std::string_view name_space) const;

  using Rules = std::vector<const resource::istio::DestinationRule*>;

  /// Lets names be looked up without a copy of them.
  struct NameHash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  using RulesByName = std::unordered_map<std::string, Rules, NameHash, std::equal_to<>>;

  const resource::Mesh& mesh_;
  std::map<std::string, std::vector<const resource::istio::ServiceEntry*>, std::less<>> exact_;
  std::map<std::string_view, std::vector<const resource::Object*>> gateways_;  ///< by namespace
  std::map<std::pair<std::string_view, std::string_view>, const resource::istio::Gateway*> istio_;
  RulesByName rules_by_host_;
  RulesByName rules_by_service_;  ///< by name without namespace
  Rules wildcard_rules_;
  std::vector<std::pair<std::string, const resource::istio::ServiceEntry*>> wildcards_;
  mutable std::shared_mutex asked_mutex_;
  /// By scope, host and viewers; the nodes of the map stay where they are.
  mutable std::unordered_map<std::string, HostLookup> asked_;
};

}  // namespace meshfn::lint
