#pragma once

// Everything that may refer across namespaces in the Gateway API, and the grants that permit it.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/rules/gateway_api.h"

namespace meshfn::lint::gateways {

using resource::gateway_api::ReferenceGrant;

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
