#pragma once

// Everything that was read, typed and indexed: what rules, routing, render and simulate look at.
// The mesh holds views into the trees it was loaded from, which outlive it.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/config.h"
#include "resource/derived.h"
#include "resource/gateway_api/gateway.h"
#include "resource/gateway_api/reference_grant.h"
#include "resource/gateway_api/route.h"
#include "resource/istio/destination_rule.h"
#include "resource/istio/gateway.h"
#include "resource/istio/service_entry.h"
#include "resource/istio/virtual_service.h"
#include "resource/kubernetes/service.h"
#include "resource/kubernetes/workload.h"
#include "resource/object.h"

namespace meshfn::resource {

/// What the input does not say by itself.
struct MeshSettings {
  std::string default_namespace;                 ///< for objects that name none; empty: unknown
  std::string istio_namespace = "istio-system";  ///< the root namespace
  std::string cluster_domain = "cluster.local";
  config::Assumptions assume;                 ///< what exists although the input does not show it
  bool closed_world = false;                  ///< beside that, only what the input shows exists
  std::optional<config::IstioRelease> istio;  ///< of the cluster; absent: the newest known
  yaml::Node mesh_config;                     ///< Istio's MeshConfig; absent: its defaults
  yaml::Node mesh_networks;                   ///< Istio's MeshNetworks; absent: none
  /// As of when certificates are judged, in seconds since 1970-01-01 UTC; absent: their dates are
  /// not.
  std::optional<std::int64_t> now;

  /// Whether the cluster is known to run an Istio from before 1.`minor`.
  bool istio_before(std::uint16_t minor) const {
    return istio && *istio < config::IstioRelease{minor};
  }
};

class Mesh {
 public:
  /// What objects are typed as, beside the plain Object that each of them is.
  using Typed = std::tuple<std::deque<istio::VirtualService>, std::deque<istio::DestinationRule>,
                           std::deque<istio::Gateway>, std::deque<istio::ServiceEntry>,
                           std::deque<kubernetes::Service>, std::deque<kubernetes::Workload>,
                           std::deque<gateway_api::Gateway>, std::deque<gateway_api::Route>,
                           std::deque<gateway_api::ReferenceGrant>>;

  explicit Mesh(MeshSettings settings = {}) : settings_(std::move(settings)) {}

  Mesh(const Mesh&) = delete;
  Mesh& operator=(const Mesh&) = delete;

  /// Objects that are read, and not yet part of a mesh.
  struct Batch {
    std::vector<Object> objects;
    Typed typed;
  };

  /// Every object of `tree`, the items of `kind: List` objects included. `context` objects are
  /// there to be referred to. Needs no mesh, so that trees can be decoded beside each other.
  static Batch decode(const yaml::Tree& tree, std::string_view default_namespace,
                      bool context = false);

  /// Adds what was decoded; the tree outlives the mesh. Of a remote `cluster` only what clusters
  /// share: its Services, pods, Nodes and Namespaces. Its rules hold for its own clients.
  void load(Batch batch, std::string_view cluster = {});

  /// Decodes and adds.
  void load(const yaml::Tree& tree, bool context = false) {
    load(decode(tree, settings_.default_namespace, context));
  }

  const MeshSettings& settings() const { return settings_; }

  /// Everything, in the order it was read; typed objects are here too.
  const std::deque<Object>& objects() const { return objects_; }

  using Objects = std::vector<const Object*>;
  using GroupKind = std::pair<std::string_view, std::string_view>;  ///< API group and kind

  /// The objects of one kind, in the order read. Most rules are about one kind, and looking at all
  /// objects for it is what would make many rules slow.
  const Objects& of_kind(std::string_view group, std::string_view kind) const;

  /// All objects by API group and kind.
  const std::map<GroupKind, Objects>& kinds() const { return kinds_; }

  /// All of one type, in the order read: Object, VirtualService, DestinationRule, Istio's Gateway,
  /// ServiceEntry, Service, Workload, and the Gateway API's Gateway, Route and ReferenceGrant.
  template <class T>
  const std::deque<T>& all() const {
    if constexpr (std::is_same_v<T, Object>) {
      return objects_;
    } else {
      return std::get<std::deque<T>>(typed_);
    }
  }

  /// The first object of `kind` with this effective namespace and name; null when there is none.
  const Object* find(std::string_view kind, std::string_view scope, std::string_view name) const;

  /// The object of type T with this effective namespace and name; null when there is none.
  template <class T>
  const T* find(std::string_view scope, std::string_view name) const {
    for (const T& object : all<T>()) {
      if (object.name.value == name && object.scope == scope) return &object;
    }
    return nullptr;
  }

  const kubernetes::Service* service(std::string_view scope, std::string_view name) const;

  /// Whether the Services of a namespace are known, so that one that is not among them is missing:
  /// at least one is there, or what is not in the input does not exist.
  bool has_services_in(std::string_view scope) const;

  /// Workloads of `scope` whose pod labels contain `selector`; none for an empty selector.
  std::vector<const kubernetes::Workload*> workloads(std::string_view scope,
                                                     const Labels& selector) const;

  /// The T that is made from this mesh, the same one for everybody who asks (resource/derived.h).
  /// REQUIRES: everything is loaded.
  template <class T>
  const T& derived() const {
    return derived_->get<T>(*this);
  }

 private:
  template <class T>
  void append(std::deque<T>& batch, std::string_view cluster);
  void list(const Object& object);
  void list(const kubernetes::Service& service);
  void list(const kubernetes::Workload& workload);

  using ServiceKey = std::pair<std::string_view, std::string_view>;
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;

  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      const std::hash<std::string_view> hash;
      return (hash(std::get<0>(key)) * 31 + hash(std::get<1>(key))) * 31 + hash(std::get<2>(key));
    }

    std::size_t operator()(const ServiceKey& key) const {
      const std::hash<std::string_view> hash;
      return hash(key.first) * 31 + hash(key.second);
    }
  };

  MeshSettings settings_;
  std::set<std::string, std::less<>> clusters_;  ///< remote ones, whose names objects point to
  std::deque<Object> objects_;
  std::map<GroupKind, Objects> kinds_;
  Typed typed_;
  std::unordered_map<ServiceKey, const kubernetes::Service*, KeyHash> services_;
  std::unordered_set<std::string_view> service_namespaces_;  ///< those that have Services
  /// Workloads by namespace, label key and label value, in the order read.
  std::unordered_map<Key, std::vector<const kubernetes::Workload*>, KeyHash> labelled_;
  std::unordered_map<Key, const Object*, KeyHash> index_;  ///< by kind, namespace and name
  std::unique_ptr<Derived> derived_ = std::make_unique<Derived>();
};

/// The number of T among the types of `Mesh::all`: 0 for Object, then as in `Mesh::Typed`.
template <class T, std::size_t I = 0>
constexpr std::size_t subject_of() {
  if constexpr (std::is_same_v<T, Object>) {
    return 0;
  } else if constexpr (std::is_same_v<std::deque<T>, std::tuple_element_t<I, Mesh::Typed>>) {
    return I + 1;
  } else {
    return subject_of<T, I + 1>();
  }
}

}  // namespace meshfn::resource
