#pragma once

// What a calling proxy applies to one destination: the DestinationRule that counts, its subset,
// and the blocks of policy that win. Blocks are whole in Istio: a subset's connectionPool replaces
// the rule's, and an entry of portLevelSettings replaces all blocks of its port (pilot
// cluster_traffic_policy.go, MergeTrafficPolicy).

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "resource/mesh.h"
#include "routing/action.h"

namespace meshfn::routing {

/// One value with its name in the API: "connectionPool.http.maxRetries" "3".
struct Setting {
  std::string name;
  std::string value;
  source::Location where;  ///< none for a default
};

/// The blocks that apply; null: the mesh's defaults. Pointers into the mesh.
struct Policy {
  const resource::istio::DestinationRule* rule = nullptr;  ///< first of those that count
  const resource::istio::Subset* subset = nullptr;
  /// The subset was asked for and no rule that counts defines it: the proxy answers 503.
  bool subset_missing = false;
  const resource::istio::LoadBalancer* load_balancer = nullptr;
  const resource::istio::ConnectionPool* connection_pool = nullptr;
  const resource::istio::OutlierDetection* outlier_detection = nullptr;
  const resource::istio::ClientTls* tls = nullptr;
  yaml::Node retry_budget;
};

/// The DestinationRules that count for `host` (a complete name) called from `client_namespace`:
/// those of the client's namespace, else of the service's, else of the root namespace; in each the
/// most specific host, and all rules of that host in the order in which Istio merges them.
std::vector<const resource::istio::DestinationRule*> destination_rules(
    const resource::Mesh& mesh, std::string_view host, std::string_view client_namespace);

/// The policy of calls to `host`, its `subset` (empty: none) and `port`.
Policy effective_policy(const resource::Mesh& mesh, std::string_view host, std::string_view subset,
                        std::optional<std::uint32_t> port, std::string_view client_namespace);

/// Answers the same two questions for many hosts, without looking at every rule each time. The mesh
/// outlives it.
class RuleIndex {
 public:
  explicit RuleIndex(const resource::Mesh& mesh);

  /// As `destination_rules`.
  std::vector<const resource::istio::DestinationRule*> rules(
      std::string_view host, std::string_view client_namespace) const;
  /// As `effective_policy`.
  Policy policy(std::string_view host, std::string_view subset, std::optional<std::uint32_t> port,
                std::string_view client_namespace) const;

 private:
  using Rules = std::vector<const resource::istio::DestinationRule*>;

  /// Lets a host be looked up without a copy of it.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  const resource::Mesh& mesh_;
  std::unordered_map<std::string, Rules, Hash, std::equal_to<>> exact_;  ///< by complete host
  Rules wildcards_;
};

/// Every value of the policy as written, and Istio's default for the ones people ask about first.
std::vector<Setting> settings_of(const Policy& policy);

}  // namespace meshfn::routing
