#pragma once

// What the rules about the Gateway API share: the parents of routes, and which of their listeners
// take a route.

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lint/references.h"
#include "resource/mesh.h"
#include "routing/attachment.h"

namespace meshfn::lint::gateways {

using resource::gateway_api::Gateway;
using resource::gateway_api::Listener;
using resource::gateway_api::Reference;
using resource::gateway_api::Route;

/// Gateways and ListenerSets by kind, namespace and name; the mesh outlives it.
class Parents {
 public:
  explicit Parents(const resource::Mesh& mesh);

  /// The Gateway or ListenerSet that is meant; null when it is neither or not in the input.
  const Gateway* find(const Reference& reference) const;
  /// Missing only when the input shows others of the kind in that namespace.
  Found found(const Reference& reference) const;
  /// "did you mean …?"; may be empty.
  std::string hint(const Reference& reference) const;
  /// Labels of a namespace; null when the input does not show it.
  const resource::Labels* labels(std::string_view scope) const;
  /// The class of a Gateway, or of the Gateway that a ListenerSet belongs to; may be empty.
  std::string_view class_of(const Gateway& gateway) const;

 private:
  const resource::Mesh& mesh_;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, const Gateway*>
      gateways_;
  std::map<std::string_view, resource::Labels> labels_;
};

/// A reference of a route to a Gateway or ListenerSet of the input, and what came of it.
struct RouteAttachment {
  const Route* route = nullptr;
  const Reference* parent = nullptr;
  const Gateway* gateway = nullptr;
  routing::Attachment attachment;
};

/// All of them, those of routes that are context too; one for all rules (resource/derived.h).
class Attachments {
 public:
  explicit Attachments(const resource::Mesh& mesh);

  const std::vector<RouteAttachment>& all() const { return all_; }

 private:
  std::vector<RouteAttachment> all_;
};

/// Calls `visit(route, parent, gateway, attachment)` for each.
template <class Visit>
void each_attachment(const resource::Mesh& mesh, Visit visit) {
  for (const RouteAttachment& one : mesh.derived<Attachments>().all()) {
    visit(*one.route, *one.parent, *one.gateway, one.attachment);
  }
}

/// Whether Istio programs what is attached to a Gateway of this class.
bool is_istio_class(std::string_view class_name);

/// Whether the route has a parent of kind Service or ServiceEntry: it is for clients in a mesh.
bool is_mesh_route(const Route& route);

/// "ProtocolConflict" or "HostnameConflict" when two listeners cannot both be served; else empty.
std::string_view conflict_between(const Listener& a, const Listener& b);

/// "no hostname" or "hostname `a.example.com`", for messages.
std::string describe_hostname(const Listener& listener);

}  // namespace meshfn::lint::gateways
