#pragma once

// What every Kubernetes object has: its kind, its name, its node. Kinds that the routing model
// needs are typed further (istio/, kubernetes/); rules about others read the node.

#include <cstdint>
#include <string_view>

#include "resource/located.h"

namespace meshfn::resource {

struct Object {
  Text api_version;
  Text kind;
  Text name;
  Text name_space;         ///< as written; see `scope` for the effective one
  std::string_view scope;  ///< effective namespace: written, or the default, or "" when unknown
  yaml::Node root;
  yaml::Node metadata;
  yaml::Node spec;
  std::uint32_t document = 0;
  bool context = false;      ///< given to resolve references against, not to be judged
  std::string_view cluster;  ///< the remote cluster that it is in; empty: the one that is judged

  /// API group: "networking.istio.io"; "" for the core group.
  std::string_view group() const;
  /// API version without the group: "v1beta1".
  std::string_view version() const;
  /// Where to point for the object as a whole: its name, or its kind, or its root.
  source::Location where() const;
  /// Value of a label or annotation; absent when there is none.
  Text label(std::string_view key) const;
  Text annotation(std::string_view key) const;
};

/// Reads the common part. Absent fields stay absent; a root that is no mapping gives an object
/// without a kind. `default_namespace` is the scope of objects that name none.
Object decode_object(yaml::Node root, std::uint32_t document, std::string_view default_namespace);

/// Whether objects of this kind live outside namespaces (Namespace, Node, GatewayClass, …).
bool is_cluster_scoped(std::string_view group, std::string_view kind);

}  // namespace meshfn::resource
