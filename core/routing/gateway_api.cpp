#include "routing/gateway_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "base/str.h"
#include "routing/attachment.h"
#include "routing/gateway_api_route.h"
#include "routing/gateway_listeners.h"
#include "routing/host.h"
#include "routing/istio_route.h"
#include "routing/service_routes.h"

namespace meshfn::routing {

namespace {

namespace api = resource::gateway_api;

const Match kEverything;

const Match& only_match(const Route& route) {
  return route.matches.empty() ? kEverything : route.matches.front();
}

void rank(std::vector<Route>& routes) {
  std::stable_sort(routes.begin(), routes.end(), [](const Route& a, const Route& b) {
    return gateway_api_precedes(only_match(a), only_match(b));
  });
}

/// Of TLS that is passed on a gateway sees the name in the handshake and nothing else.
Condition server_name(std::string_view name, source::Location where) {
  const bool wild = is_wildcard(name);
  const auto kind = wild ? StringMatch::Kind::suffix : StringMatch::Kind::exact;
  return {Subject::sni, {}, {{kind, std::string(name.substr(wild ? 1 : 0))}}, false, where};
}

/// Builds the listeners of Gateways.
class Gateways {
 public:
  Gateways(const resource::Mesh& mesh, Table& table)
      : mesh_(mesh), table_(table), routes_(by_age(mesh)) {}

  void add() {
    for (const api::Gateway& gateway : mesh_.all<api::Gateway>()) add(gateway);
    for (const api::Route* route : routes_) {
      for (const api::Reference& parent : route->parents) add_unknown(*route, parent);
    }
  }

 private:
  struct Bound {
    const api::Route* route;
    Attachment attachment;
  };

  static bool refers_to(const api::Reference& parent, const api::Gateway& gateway) {
    return parent.is(gateway.group(), *gateway.kind) && parent.name == *gateway.name &&
           parent.scope == gateway.scope;
  }

  void add(const api::Gateway& gateway) {
    std::vector<Bound> bound;
    for (const api::Route* route : routes_) {
      for (const api::Reference& parent : route->parents) {
        if (refers_to(parent, gateway)) bound.push_back(bind(*route, parent, gateway));
      }
    }
    for (std::size_t i = 0; i < gateway.listeners.size(); ++i) {
      Listener listener = empty(gateway, gateway.listeners[i]);
      for (const Bound& one : bound) attach_to(listener, one.attachment.listeners[i], *one.route);
      for (VirtualHost& host : listener.virtual_hosts) rank(host.routes);
      table_.listeners.push_back(std::move(listener));
    }
  }

  Bound bind(const api::Route& route, const api::Reference& parent, const api::Gateway& gateway) {
    const resource::Object* const home = mesh_.find("Namespace", "", route.scope);
    resource::Labels labels;
    if (home != nullptr) labels = resource::labels(home->metadata.find("labels"));
    Bound out{&route, attach(route, parent, gateway, home == nullptr ? nullptr : &labels)};
    if (out.attachment.reason == AttachReason::namespace_unknown) {
      table_.notes.push_back(
          {fmt::format("{} is taken as attached to {}: the input does not show the labels of its "
                       "namespace",
                       resource_name(route), resource_name(gateway)),
           parent.where()});
    } else if (!out.attachment.accepted()) {
      table_.notes.push_back(
          {fmt::format("{} attaches to no listener of {}: {}", resource_name(route),
                       resource_name(gateway), condition_reason(out.attachment.reason)),
           parent.where()});
    }
    return out;
  }

  static Listener empty(const api::Gateway& gateway, const api::Listener& from) {
    Listener out;
    // A ListenerSet adds listeners to its Gateway.
    out.gateway = gateway.is_listener_set ? gateway_name(gateway.parent.name, gateway.parent.scope)
                                          : gateway_name(*gateway.name, gateway.scope);
    out.resource = resource_name(gateway);
    if (from.port) out.port = static_cast<std::uint32_t>(*from.port);
    out.protocol = std::string(*from.protocol_name);
    out.hosts = {from.hostname->empty() ? std::string("*") : std::string(*from.hostname)};
    out.where = from.node.where();
    return out;
  }

  void attach_to(Listener& listener, const ListenerAttachment& answer, const api::Route& route) {
    const bool taken =
        answer.reason == AttachReason::accepted || answer.reason == AttachReason::namespace_unknown;
    if (taken) add_hosts(listener, answer.hostnames, route);
  }

  void add_hosts(Listener& listener, std::vector<std::string> names, const api::Route& route) {
    if (route.route_kind == api::RouteKind::udp) return;
    if (names.empty()) names = {"*"};
    for (const std::string& name : names) {
      VirtualHost& host = host_of(listener, name, route.where());
      // Of several TCPRoutes on one listener the oldest has all connections.
      if (route.route_kind == api::RouteKind::tcp && !host.routes.empty()) continue;
      std::vector<Route> added = gateway_api_routes(mesh_, route, notes_once(route));
      if (route.route_kind == api::RouteKind::tls && name != "*") {
        for (Route& one : added) require(one, server_name(name, route.where()));
      }
      std::move(added.begin(), added.end(), std::back_inserter(host.routes));
    }
  }

  static VirtualHost& host_of(Listener& listener, const std::string& name, source::Location where) {
    auto& all = listener.virtual_hosts;
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const VirtualHost& one) { return one.host == name; });
    if (found != all.end()) return *found;
    return all.emplace_back(VirtualHost{{name}, name, {}, {}, where});
  }

  /// Notes about backends are told once, however many listeners a route is attached to.
  std::vector<Note>& notes_once(const api::Route& route) {
    if (noted_.insert(&route).second) return table_.notes;
    discarded_.clear();
    return discarded_;
  }

  /// A Gateway that the input does not show takes what refers to it.
  void add_unknown(const api::Route& route, const api::Reference& parent) {
    if (!parent.is(api::kGroup, "Gateway")) return;
    const auto& known = mesh_.all<api::Gateway>();
    if (std::any_of(known.begin(), known.end(),
                    [&](const api::Gateway& one) { return refers_to(parent, one); })) {
      return;
    }
    const std::string name = gateway_name(parent.name, parent.scope);
    auto& all = table_.listeners;
    auto found = std::find_if(all.begin(), all.end(),
                              [&](const Listener& one) { return one.gateway == name; });
    if (found == all.end()) {
      table_.notes.push_back(
          {fmt::format("gateway `{}` is not in the input; its ports and hosts are unknown", name),
           parent.where()});
      Listener listener;
      listener.gateway = name;
      listener.hosts = {"*"};
      listener.where = parent.where();
      found = all.insert(all.end(), std::move(listener));
    }
    std::vector<std::string> names;
    for (const resource::Text& one : route.hostnames) names.push_back(str::lower(*one));
    add_hosts(*found, names, route);
    for (VirtualHost& host : found->virtual_hosts) rank(host.routes);
  }

  const resource::Mesh& mesh_;
  Table& table_;
  std::vector<const api::Route*> routes_;
  std::set<const api::Route*> noted_;
  std::vector<Note> discarded_;
};

/// The VirtualService that sidecars use for `host`; null when there is none.
const resource::istio::VirtualService* owner_of(const resource::Mesh& mesh, std::string_view host,
                                                const IstioOptions& options) {
  for (const auto* service : in_merge_order(mesh)) {
    if (!service->is_for_mesh()) continue;
    if (!is_visible(service->export_to, service->scope, options.client_namespace)) continue;
    for (const resource::Text& written : service->hosts) {
      if (fqdn(*written, service->scope) == host) return service;
    }
  }
  return nullptr;
}

std::tuple<std::string_view, std::string_view> age(const resource::Object& object) {
  return {object.metadata.find("creationTimestamp").text(), *object.name};
}

/// Istio turns routes of Services into VirtualServices and uses one of each host.
bool istio_comes_first(const resource::Mesh& mesh, const AttachedService& service,
                       const IstioOptions& options, Table& table) {
  const std::string host = fqdn(service.name, service.scope);
  const auto* owner = owner_of(mesh, host, options);
  if (owner == nullptr) return false;
  const api::Route& route = *service.routes.front().route;
  const bool first = age(*owner) <= age(route);
  const std::string winner = first ? resource_name(*owner) : resource_name(route);
  const std::string loser = first ? resource_name(route) : resource_name(*owner);
  table.notes.push_back(
      {fmt::format("{} is ignored by sidecars for `{}`: {} comes first", loser, host, winner),
       first ? service.where : owner->where()});
  return first;
}

void add_service(const resource::Mesh& mesh, const AttachedService& service,
                 const IstioOptions& options, Table& table) {
  if (mesh.service(service.scope, service.name) == nullptr && mesh.has_services_in(service.scope)) {
    table.notes.push_back({fmt::format("Service `{}` is not in the input; routes attached to it "
                                       "are shown as if it were",
                                       service.name),
                           service.where});
  }
  if (istio_comes_first(mesh, service, options, table)) return;
  const Deciders deciders(mesh, service, options);
  std::vector<Route> routes;
  for (const ServiceRoute& attached : service.routes) {
    std::vector<Route> added = gateway_api_routes(mesh, *attached.route, table.notes);
    deciders.narrow(added, attached);
    std::move(added.begin(), added.end(), std::back_inserter(routes));
  }
  rank(routes);
  deciders.set_routes(std::move(routes), table);
}

}  // namespace

std::vector<const api::Route*> by_age(const resource::Mesh& mesh) {
  std::vector<const api::Route*> out;
  for (const api::Route& route : mesh.all<api::Route>()) out.push_back(&route);
  const auto key = [](const api::Route* one) {
    return std::tuple(one->metadata.find("creationTimestamp").text(), one->scope, *one->name);
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const auto* a, const auto* b) { return key(a) < key(b); });
  return out;
}

void add_gateway_api(const resource::Mesh& mesh, const IstioOptions& options, bool services,
                     Table& table) {
  if (services) {
    for (const AttachedService& service : attached_services(mesh)) {
      add_service(mesh, service, options, table);
    }
  }
  Gateways(mesh, table).add();
}

}  // namespace meshfn::routing
