#pragma once

// Routes as Linkerd reads them: its own HTTPRoute (policy.linkerd.io) and the four kinds of the
// Gateway API, with the parents and backends that it understands. Kinds and groups compare without
// case, as the policy controller does.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/rules/linkerd_objects.h"

namespace meshfn::lint::linkerd {

enum class RouteKind { policy_http, http, grpc, tls, tcp };

inline bool is_http(RouteKind kind) {
  return kind == RouteKind::policy_http || kind == RouteKind::http;
}

/// What kind of route an object is; nothing when it is none.
std::optional<RouteKind> route_kind(const resource::Object& object);

enum class ParentKind { server, service, egress_network, other };

/// A reference from a route, defaults filled in.
struct Reference {
  yaml::Node node;
  std::string_view group;
  std::string_view kind;
  std::string_view name;
  std::string_view scope;  ///< effective namespace
  resource::Integer port;
  ParentKind target = ParentKind::other;

  /// The name, or the whole reference when it has none.
  source::Location where() const { return objects::place(node, "name"); }
};

/// `spec.parentRefs`. An absent kind is Gateway, and an absent group is the route's own (the CRDs'
/// defaults).
std::vector<Reference> parents(const resource::Object& route);

/// `backendRefs` of a rule; an absent kind is Service and an absent group is core.
std::vector<Reference> backends(const resource::Object& route, yaml::Node rule);

/// A reference as policies write it (`targetRef`, `requiredAuthenticationRefs`): an absent group
/// is core, an absent namespace is `scope`.
Reference policy_reference(yaml::Node node, std::string_view scope);

/// "kind `Service` of group `core`", for messages.
std::string describe(const Reference& reference);

/// Whether a reference names this group and kind, case aside.
bool refers_to(const Reference& reference, std::string_view group, std::string_view kind);

/// Whether a route has a parent of this kind.
bool has_parent(const resource::Object& route, ParentKind kind);

/// A Service or an EgressNetwork: what outbound requests are sent to.
bool is_destination(const resource::Object& object);

/// Tells the routes that Linkerd programs from those of other implementations. A Service is also
/// what other meshes attach to, so such a route counts only where the input speaks of Linkerd.
class RouteFilter {
 public:
  explicit RouteFilter(const resource::Mesh& mesh) : mesh_(mesh) {}

  bool operator()(const resource::Object& route) const;

 private:
  const resource::Mesh& mesh_;
};

/// Calls `visit(object, kind)` for every object of a kind that Linkerd reads as a route.
template <class Visit>
void each_possible_route(const resource::Mesh& mesh, Visit visit) {
  for (const auto& [group_kind, objects] : mesh.kinds()) {
    const auto kind = route_kind(*objects.front());
    if (!kind) continue;
    for (const resource::Object* object : objects) visit(*object, *kind);
  }
}

/// Calls `visit(route, kind)` for every route of Linkerd that is to be judged.
template <class Visit>
void each_route(const resource::Mesh& mesh, Visit visit) {
  const RouteFilter belongs(mesh);
  each_possible_route(mesh, [&](const resource::Object& object, RouteKind kind) {
    if (!object.context && belongs(object)) visit(object, kind);
  });
}

/// Calls `visit(route, kind, backend)` for every backend of every such route.
template <class Visit>
void each_backend(const resource::Mesh& mesh, Visit visit) {
  each_route(mesh, [&](const resource::Object& route, RouteKind kind) {
    for (const yaml::Node rule : route.spec.find("rules").items()) {
      for (const Reference& backend : backends(route, rule)) visit(route, kind, backend);
    }
  });
}

}  // namespace meshfn::lint::linkerd
