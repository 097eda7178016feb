#pragma once

// What the rules about the Gateway API share: parents of routes, everything that refers across
// namespaces, and the grants that permit it.

#include <map>
#include <optional>
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
using resource::gateway_api::ReferenceGrant;
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

/// Calls `visit(route, parent, gateway, attachment)` for every reference of a route to a Gateway
/// or ListenerSet of the input; routes that are context too.
template <class Visit>
void each_attachment(const resource::Mesh& mesh, const Parents& parents, Visit visit) {
  for (const Route& route : mesh.all<Route>()) {
    for (const Reference& parent : route.parents) {
      const Gateway* const gateway = parents.find(parent);
      if (gateway == nullptr) continue;
      visit(route, parent, *gateway,
            routing::attach(route, parent, *gateway, parents.labels(route.scope)));
    }
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

/// What a reference is for.
enum class Purpose { backend, mirror, authorization, certificate, client_certificate, client_ca };

/// "a backend", "the target of a mirror", …
std::string_view describe(Purpose purpose);

/// A reference that needs a grant when it leaves its namespace.
struct Use {
  const resource::Object* from = nullptr;
  const Reference* to = nullptr;
  Purpose purpose = Purpose::backend;
};

/// `spec.tls.backend.clientCertificateRef` of a Gateway.
std::optional<Reference> client_certificate(const Gateway& gateway);
/// The CA references of `spec.tls.frontend`, default and per port.
std::vector<Reference> client_authorities(const Gateway& gateway);

/// Calls `visit(use)` for every such reference of routes, Gateways and ListenerSets; those of
/// context too.
template <class Visit>
void each_use(const resource::Mesh& mesh, Visit visit) {
  const auto visit_filters = [&](const Route& route, const auto& filters) {
    for (const auto& filter : filters) {
      if (!filter.backend) continue;
      const bool mirror = filter.type.value == "RequestMirror";
      visit(Use{&route, &*filter.backend, mirror ? Purpose::mirror : Purpose::authorization});
    }
  };
  for (const Route& route : mesh.all<Route>()) {
    for (const auto& rule : route.rules) {
      visit_filters(route, rule.filters);
      for (const auto& backend : rule.backends) {
        visit(Use{&route, &backend, Purpose::backend});
        visit_filters(route, backend.filters);
      }
    }
  }
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    for (const Listener& listener : gateway.listeners) {
      for (const Reference& certificate : listener.certificates) {
        visit(Use{&gateway, &certificate, Purpose::certificate});
      }
    }
    if (const auto own = client_certificate(gateway)) {
      visit(Use{&gateway, &*own, Purpose::client_certificate});
    }
    for (const Reference& authority : client_authorities(gateway)) {
      visit(Use{&gateway, &authority, Purpose::client_ca});
    }
  }
}

/// The ReferenceGrants of the input by namespace; the mesh outlives it.
class Grants {
 public:
  explicit Grants(const resource::Mesh& mesh);

  /// Whether an entry permits `from` to refer to `to`.
  bool permit(const resource::Object& from, const Reference& to) const;

  /// The grant that comes closest, and what keeps it from permitting.
  struct Near {
    source::Location where;
    std::string why;
  };

  std::optional<Near> nearest(const resource::Object& from, const Reference& to) const;

  /// Whether the input shows grants of a namespace.
  bool shows(std::string_view scope) const { return grants_.contains(scope); }

 private:
  std::map<std::string_view, std::vector<const ReferenceGrant*>> grants_;
};

}  // namespace meshfn::lint::gateways
