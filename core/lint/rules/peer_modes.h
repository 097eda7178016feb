#pragma once

// Which mode of mutual TLS the pods of a mesh accept: Istio's PeerAuthentications, from the mesh
// over the namespace to the workload and its port.

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "resource/mesh.h"

namespace meshfn::lint {

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
  };

  const resource::Mesh& mesh_;
  std::map<std::string_view, std::vector<Policy>> by_namespace_;
};

}  // namespace meshfn::lint
