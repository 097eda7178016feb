#pragma once

// Who calls whom, as far as the input says: Sidecars name the hosts that pods are told of,
// AuthorizationPolicies the identities that may call, VirtualServices the labels of callers.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/rules/service_index.h"
#include "resource/mesh.h"

namespace meshfn::lint {

/// Calls between Services by complete name. The mesh outlives it.
class Calls {
 public:
  explicit Calls(const resource::Mesh& mesh);

  /// Whether nothing is known of any call.
  bool empty() const { return callees_.empty(); }

  /// The Services that `host` calls; empty when nothing is known.
  const std::set<std::string>& from(const std::string& host) const;

 private:
  void read_sidecar(const resource::Object& sidecar);
  void read_policy(const resource::Object& policy);
  void read_routes(const resource::istio::VirtualService& service);
  void add(const ServiceIndex::Services& callers, const std::string& callee);

  using Account = std::pair<std::string_view, std::string_view>;  ///< namespace and name

  const ServiceIndex& services_;
  std::map<Account, std::vector<const resource::kubernetes::Workload*>> by_account_;
  std::map<std::string, std::set<std::string>> callees_;
};

}  // namespace meshfn::lint
