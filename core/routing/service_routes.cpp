#include "routing/service_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "routing/gateway_api.h"
#include "routing/host.h"
#include "routing/istio_route.h"

namespace meshfn::routing {

namespace {

namespace api = resource::gateway_api;

Condition condition(Subject subject, std::string text, bool negated, source::Location where) {
  return {subject, {}, {{StringMatch::Kind::exact, std::move(text)}}, negated, where};
}

}  // namespace

std::vector<AttachedService> attached_services(const resource::Mesh& mesh) {
  std::vector<AttachedService> out;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> index;
  for (const api::Route* route : by_age(mesh)) {
    if (route->route_kind == api::RouteKind::udp) continue;
    for (const api::Reference& parent : route->parents) {
      if (!parent.is_service()) continue;
      const auto [at, added] = index.try_emplace({parent.scope, parent.name}, out.size());
      if (added) out.push_back({parent.scope, parent.name, {}, parent.where()});
      ServiceRoute one{route, std::nullopt};
      if (parent.port) one.port = static_cast<std::uint32_t>(*parent.port);
      out[at->second].routes.push_back(one);
    }
  }
  return out;
}

void require(Route& route, const Condition& wanted) {
  if (route.matches.empty()) route.matches.push_back({{}, {}, route.where});
  for (Match& match : route.matches) match.conditions.push_back(wanted);
}

Deciders::Deciders(const resource::Mesh& mesh, const AttachedService& service,
                   const IstioOptions& options)
    : service_(service), options_(options) {
  if (const auto* known = mesh.service(service.scope, service.name)) {
    for (const auto& port : known->ports) {
      if (port.port) ports_.push_back(static_cast<std::uint32_t>(*port.port));
    }
  } else if (std::all_of(service.routes.begin(), service.routes.end(),
                         [](const ServiceRoute& one) { return one.port.has_value(); })) {
    std::set<std::uint32_t> named;
    for (const ServiceRoute& one : service.routes) named.insert(*one.port);
    ports_.assign(named.begin(), named.end());
  }
  for (const ServiceRoute& one : service.routes) {
    if (is_foreign(one)) continue;
    Ports& ports = is_consumer(one) ? consumers_[one.route->scope] : producers_;
    const auto port = port_of(one);
    port ? static_cast<void>(ports.named.insert(*port)) : static_cast<void>(ports.all = true);
  }
}

std::optional<std::uint32_t> Deciders::port_of(const ServiceRoute& attached) const {
  // The only port there is need not be asked for.
  const bool only = ports_.size() == 1 && attached.port == ports_.front();
  return only ? std::nullopt : attached.port;
}

bool Deciders::is_consumer(const ServiceRoute& attached) const {
  return attached.route->scope != service_.scope;
}

bool Deciders::is_foreign(const ServiceRoute& attached) const {
  return is_consumer(attached) && !options_.client_namespace.empty() &&
         attached.route->scope != options_.client_namespace;
}

bool Deciders::has_only(const std::set<std::uint32_t>& ports) const {
  return !ports_.empty() && std::all_of(ports_.begin(), ports_.end(),
                                        [&](std::uint32_t port) { return ports.contains(port); });
}

Condition Deciders::from(std::string_view name_space, bool negated) const {
  return condition(Subject::source_namespace, std::string(name_space), negated, service_.where);
}

Condition Deciders::at(std::uint32_t port, bool negated) const {
  return condition(Subject::port, fmt::format("{}", port), negated, service_.where);
}

void Deciders::narrow(std::vector<Route>& routes, const ServiceRoute& attached) const {
  if (is_foreign(attached)) routes.clear();
  const auto port = port_of(attached);
  std::vector<Route> out;
  for (Route& route : routes) {
    if (port) require(route, at(*port, false));
    if (is_consumer(attached)) {
      require(route, from(attached.route->scope, false));
      out.push_back(std::move(route));
      continue;
    }
    Route others = route;
    std::vector<Route> theirs;
    for (const auto& [client, ports] : consumers_) {
      if (port && !ports.all && !ports.named.contains(*port)) continue;
      require(others, from(client, true));
      if (ports.all || port || has_only(ports.named)) continue;
      Route& own = theirs.emplace_back(route);
      require(own, from(client, false));
      for (const std::uint32_t taken : ports.named) require(own, at(taken, true));
    }
    out.push_back(std::move(others));
    std::move(theirs.begin(), theirs.end(), std::back_inserter(out));
  }
  routes = std::move(out);
}

void Deciders::add_default(const std::set<std::uint32_t>& but, std::vector<Route>& routes) const {
  if (has_only(but)) return;
  Route& made =
      routes.emplace_back(default_route(fqdn(service_.name, service_.scope), service_.where));
  for (const std::uint32_t port : but) require(made, at(port, true));
}

std::vector<Route> Deciders::defaults() const {
  std::vector<Route> out;
  if (producers_.all) return out;
  add_default(producers_.named, out);
  for (Route& one : out) {
    for (const auto& [client, ports] : consumers_) require(one, from(client, true));
  }
  for (const auto& [client, ports] : consumers_) {
    if (ports.all) continue;
    std::set<std::uint32_t> decided = producers_.named;
    decided.insert(ports.named.begin(), ports.named.end());
    const std::size_t before = out.size();
    add_default(decided, out);
    if (out.size() > before) require(out.back(), from(client, false));
  }
  return out;
}

void Deciders::set_routes(std::vector<Route> routes, Table& table) const {
  const std::string host = fqdn(service_.name, service_.scope);
  std::vector<Route> rest = defaults();
  std::move(rest.begin(), rest.end(), std::back_inserter(routes));
  VirtualHost made{mesh_domains(host, service_.scope, options_), host, ports_, std::move(routes),
                   service_.where};
  auto& all = table.mesh().virtual_hosts;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const VirtualHost& one) { return one.host == host; });
  if (found == all.end()) {
    all.push_back(std::move(made));
  } else {
    *found = std::move(made);
  }
}

}  // namespace meshfn::routing
