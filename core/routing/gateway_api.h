#pragma once

// The Gateway API's half of the table: every listener of every Gateway with the routes attached to
// it, and the routes attached to Services (GAMMA) on the listener `mesh`. Host names become virtual
// hosts, as in Istio and every other implementation on Envoy: the most specific name takes a
// request and nothing falls through to a wider one.

#include <optional>
#include <string_view>
#include <vector>

#include "resource/mesh.h"
#include "routing/istio.h"
#include "routing/table.h"

namespace meshfn::routing {

/// Appends the listeners of Gateways, and gives Services of the listener `mesh` the routes that are
/// attached to them, unless Istio's own come first. `services` is false where Linkerd reads these.
void add_gateway_api(const resource::Mesh& mesh, const IstioOptions& options, bool services,
                     Table& table);

/// A route attached to a Service, and for which port of it.
struct ServiceRoute {
  const resource::gateway_api::Route* route = nullptr;
  std::optional<std::uint32_t> port;  ///< absent: all
};

/// What is attached to one Service.
struct AttachedService {
  std::string_view scope;
  std::string_view name;
  std::vector<ServiceRoute> routes;  ///< oldest first
  source::Location where;            ///< the first reference to it
};

/// Every Service that routes attach to, in the order of the routes' age.
std::vector<AttachedService> attached_services(const resource::Mesh& mesh);

/// `routes` of the Gateway API by age: creation time where the input has one, then namespace and
/// name.
std::vector<const resource::gateway_api::Route*> by_age(const resource::Mesh& mesh);

/// Narrows routes of `attached` to the port and, when they are of another namespace than the
/// Service, to the clients they are for.
void narrow(std::vector<Route>& routes, const ServiceRoute& attached,
            const AttachedService& service, const IstioOptions& options);

/// Puts `routes` in place of the default of `service` on the listener `mesh`. Ports that no route
/// names keep the default; the last route of a port that is named decides there.
void set_service_routes(const resource::Mesh& mesh, const AttachedService& service,
                        std::vector<Route> routes, const IstioOptions& options, Table& table);

}  // namespace meshfn::routing
