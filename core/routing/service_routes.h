#pragma once

// Routes attached to Services (GAMMA), in Istio and in Linkerd alike. A route of the Service's own
// namespace decides for all clients (producer); one of another namespace for the clients there, in
// place of the producers' (consumer). Both may be for one port. What neither decides goes to the
// Service as without routes.

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "resource/mesh.h"
#include "routing/istio.h"
#include "routing/table.h"

namespace meshfn::routing {

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

/// Adds a condition to every match of `route`.
void require(Route& route, const Condition& wanted);

/// Which requests to one Service its routes decide. Keeps references to what it is made of.
class Deciders {
 public:
  Deciders(const resource::Mesh& mesh, const AttachedService& service, const IstioOptions& options);

  /// Narrows the rules of `attached` to the requests that are its to decide; none stay for a client
  /// that `options` rule out.
  void narrow(std::vector<Route>& routes, const ServiceRoute& attached) const;

  /// Puts `routes`, all of them narrowed and in effective order, in place of the Service's default
  /// on the listener `mesh`; the default stays for requests that no route decides.
  void set_routes(std::vector<Route> routes, Table& table) const;

 private:
  struct Ports {
    bool all = false;
    std::set<std::uint32_t> named;
  };

  std::optional<std::uint32_t> port_of(const ServiceRoute& attached) const;
  bool is_consumer(const ServiceRoute& attached) const;
  /// Whether it is for clients that `options` rule out.
  bool is_foreign(const ServiceRoute& attached) const;
  /// Whether the Service has no port but these.
  bool has_only(const std::set<std::uint32_t>& ports) const;
  Condition from(std::string_view name_space, bool negated) const;
  Condition at(std::uint32_t port, bool negated) const;
  void add_default(const std::set<std::uint32_t>& but, std::vector<Route>& routes) const;
  std::vector<Route> defaults() const;

  const AttachedService& service_;
  const IstioOptions& options_;
  std::vector<std::uint32_t> ports_;  ///< those of the Service; empty: not known
  Ports producers_;
  std::map<std::string_view, Ports> consumers_;  ///< by the namespace of the clients
};

}  // namespace meshfn::routing
