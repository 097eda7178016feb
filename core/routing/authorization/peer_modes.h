#pragma once

// Which mode of mutual TLS the pods of a mesh accept: Istio's PeerAuthentications, from the mesh
// over the namespace to the workload and its port.

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "resource/mesh.h"

namespace meshfn::routing {

/// A mode with the place that decides it.
struct PeerMode {
  std::string_view mode = "PERMISSIVE";      ///< never UNSET
  const resource::Object* policy = nullptr;  ///< null: Istio's default
  yaml::Node node;                           ///< the deciding `mode`

  bool is_default() const { return policy == nullptr; }
};

class PeerModes {
 public:
  /// The mesh outlives it.
  explicit PeerModes(const resource::Mesh& mesh);

  /// Of the whole mesh: the root namespace's policy.
  PeerMode of_mesh() const;
  /// Of a namespace, where no selector says otherwise.
  PeerMode of_namespace(std::string_view scope) const;
  /// Of pods with `labels`, at the container port `port` if one is given.
  PeerMode of(std::string_view scope, const resource::Labels& labels,
              std::optional<std::int64_t> port) const;

 private:
  struct Policy {
    const resource::Object* object = nullptr;
    resource::Labels selector;
    std::size_t order = 0;  ///< in which they were read
  };

  /// Namespace, and the first label of the selector.
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;

  /// The first policy with a selector for pods with `labels`; null when there is none.
  const Policy* selected(std::string_view scope, const resource::Labels& labels) const;

  const resource::Mesh& mesh_;
  std::map<std::string_view, std::vector<const resource::Object*>> wide_;  ///< without selector
  std::map<Key, std::vector<Policy>> selected_;
};

}  // namespace meshfn::routing
