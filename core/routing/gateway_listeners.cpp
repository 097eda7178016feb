#include "routing/gateway_listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "base/str.h"
#include "routing/host.h"
#include "routing/istio_route.h"

namespace meshfn::routing {

namespace {

namespace istio = resource::istio;

std::string full_name(const resource::Object& object) {
  return gateway_name(*object.name, object.scope);
}

bool is_bound_to(const istio::VirtualService& service, std::string_view gateway) {
  return std::any_of(service.gateways.begin(), service.gateways.end(),
                     [&](const resource::Text& reference) {
                       return gateway_name(*reference, service.scope) == gateway;
                     });
}

/// A host of a server: "ns/host", "./host", "*/host" or "host".
struct ServerHost {
  std::string_view name_space;  ///< empty: any
  std::string_view host;
};

ServerHost server_host(std::string_view written, std::string_view gateway_namespace) {
  const std::size_t slash = written.find('/');
  if (slash == written.npos) return {{}, written};
  const std::string_view scope = written.substr(0, slash);
  return {scope == "."   ? gateway_namespace
          : scope == "*" ? std::string_view()
                         : scope,
          written.substr(slash + 1)};
}

/// The narrower of two host names that overlap.
std::string_view narrower(std::string_view a, std::string_view b) {
  return covers_host(a, b) ? b : a;
}

/// Rules that take everything go behind the others' rules when VirtualServices are merged
/// (combineVHostRoutes); of a rule with several matches only the one that takes everything moves.
void append_merged(std::vector<Route>& routes, std::vector<Route> added) {
  std::vector<Route> specific;
  std::vector<Route> catch_alls;
  const auto take = [&](std::vector<Route>& from) {
    for (Route& route : from) {
      if (!route.is_catch_all()) {
        specific.push_back(std::move(route));
        continue;
      }
      Route rest = route;
      std::erase_if(rest.matches, [](const Match& match) { return covers(match, Match()); });
      if (!rest.matches.empty()) specific.push_back(std::move(rest));
      std::erase_if(route.matches, [](const Match& match) { return !covers(match, Match()); });
      catch_alls.push_back(std::move(route));
    }
  };
  take(routes);
  take(added);
  std::move(catch_alls.begin(), catch_alls.end(), std::back_inserter(specific));
  routes = std::move(specific);
}

VirtualHost* find(Listener& listener, std::string_view host) {
  for (VirtualHost& one : listener.virtual_hosts) {
    if (one.host == host) return &one;
  }
  return nullptr;
}

void add_host(Listener& listener, const std::string& host, const std::vector<Route>& routes,
              source::Location where) {
  if (VirtualHost* present = find(listener, host)) {
    append_merged(present->routes, routes);
  } else {
    listener.virtual_hosts.push_back({{host}, host, {}, routes, where});
  }
}

/// The hosts of `service` that `listener` lets in, narrowed to what both name.
std::vector<std::pair<std::string, source::Location>> shared_hosts(
    const istio::VirtualService& service, const Listener& listener, std::string_view scope) {
  std::vector<std::pair<std::string, source::Location>> out;
  for (const resource::Text& written : service.hosts) {
    const std::string own = fqdn(*written, service.scope);
    for (const std::string& allowed : listener.hosts) {
      const ServerHost server = server_host(allowed, scope);
      const bool welcome = server.name_space.empty() || server.name_space == service.scope;
      if (!welcome || !overlaps(server.host, own)) continue;
      std::string host(narrower(server.host, own));
      const auto same = [&](const auto& other) { return other.first == host; };
      if (std::none_of(out.begin(), out.end(), same)) out.emplace_back(host, written.where());
    }
  }
  return out;
}

/// `tls.httpsRedirect` answers before any rule is looked at.
void redirect_all(Listener& listener, const istio::Server& server) {
  Route route;
  route.dialect = Dialect::istio;
  route.resource = listener.resource;
  route.name = "httpsRedirect";
  route.where = server.https_redirect.where();
  Redirect redirect;
  redirect.scheme = "https";
  redirect.where = route.where;
  route.redirect = std::move(redirect);
  for (const std::string& host : listener.hosts) {
    const std::string name(server_host(host, "").host);
    if (find(listener, name) == nullptr) {
      listener.virtual_hosts.push_back({{name}, name, {}, {}, listener.where});
    }
  }
  for (VirtualHost& host : listener.virtual_hosts) {
    host.routes.insert(host.routes.begin(), route);
  }
}

/// Whether requests of HTTP are not looked into: such a server has no HTTP routes.
bool is_below_http(const Listener& listener) {
  const std::string protocol = str::upper(listener.protocol);
  return protocol == "TCP" || protocol == "TLS" || protocol == "MONGO" || protocol == "MYSQL" ||
         protocol == "REDIS";
}

/// Builds the listeners of one gateway after the other.
class Builder {
 public:
  Builder(const resource::Mesh& mesh, const IstioOptions& options, Table& table)
      : mesh_(mesh), options_(options), table_(table), services_(in_merge_order(mesh)) {}

  void add(const istio::Gateway& gateway) {
    known_.insert(full_name(gateway));
    for (const istio::Server& server : gateway.servers) {
      Listener listener;
      listener.gateway = full_name(gateway);
      listener.resource = resource_name(gateway);
      if (server.port_number) listener.port = static_cast<std::uint32_t>(*server.port_number);
      listener.protocol = std::string(*server.protocol);
      for (const resource::Text& host : server.hosts) listener.hosts.emplace_back(*host);
      listener.where = server.node.where();
      listener.https_redirect = server.https_redirect.value_or(false);
      bind(listener, gateway.scope);
      if (listener.https_redirect) redirect_all(listener, server);
      table_.listeners.push_back(std::move(listener));
    }
  }

  /// Gateways that are referred to and not in the input: their hosts are taken as all.
  void add_unknown() {
    for (const istio::VirtualService* service : services_) {
      for (const resource::Text& reference : service->gateways) {
        const std::string name = gateway_name(*reference, service->scope);
        if (name == "mesh" || !known_.insert(name).second) continue;
        table_.notes.push_back(
            {fmt::format("gateway `{}` is not in the input; its ports and hosts are unknown", name),
             reference.where()});
        Listener listener;
        listener.gateway = name;
        listener.hosts = {"*"};
        listener.where = reference.where();
        bind(listener, {});
        table_.listeners.push_back(std::move(listener));
      }
    }
  }

 private:
  void bind(Listener& listener, std::string_view scope) {
    for (const istio::VirtualService* service : services_) {
      if (!is_bound_to(*service, listener.gateway)) continue;
      if (!scope.empty() && !is_visible(service->export_to, service->scope, scope)) continue;
      const auto hosts = shared_hosts(*service, listener, scope);
      if (hosts.empty()) {
        table_.notes.push_back(
            {fmt::format("{} shares no host with port {} of gateway `{}`", resource_name(*service),
                         listener.port.value_or(0), listener.gateway),
             service->where()});
        continue;
      }
      std::vector<Route> routes = all_routes(mesh_, *service, options_, notes_once(*service));
      if (is_below_http(listener)) {
        std::erase_if(routes, [](const Route& one) { return one.protocol == Protocol::http; });
      }
      if (routes.empty()) continue;
      for (const auto& [host, where] : hosts) add_host(listener, host, routes, where);
    }
  }

  /// Notes about a VirtualService are told once, however many listeners it is bound to.
  std::vector<Note>& notes_once(const istio::VirtualService& service) {
    if (noted_.insert(&service).second && !told_by_mesh(service)) return table_.notes;
    discarded_.clear();
    return discarded_;
  }

  static bool told_by_mesh(const istio::VirtualService& service) {
    return service.gateways.empty() || is_bound_to(service, "mesh");
  }

  const resource::Mesh& mesh_;
  const IstioOptions& options_;
  Table& table_;
  std::vector<const istio::VirtualService*> services_;
  std::set<std::string> known_;
  std::set<const istio::VirtualService*> noted_;
  std::vector<Note> discarded_;
};

}  // namespace

std::vector<const istio::VirtualService*> in_merge_order(const resource::Mesh& mesh) {
  std::vector<const istio::VirtualService*> out;
  for (const auto& service : mesh.all<istio::VirtualService>()) {
    if (!service.hosts.empty()) out.push_back(&service);
  }
  const auto key = [](const istio::VirtualService* one) {
    return std::tuple(one->metadata.find("creationTimestamp").text(), *one->name, one->scope);
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const auto* a, const auto* b) { return key(a) < key(b); });
  return out;
}

std::vector<Route> all_routes(const resource::Mesh& mesh, const istio::VirtualService& service,
                              const IstioOptions& options, std::vector<Note>& notes) {
  std::vector<Route> routes = http_routes(mesh, service, options, notes);
  for (std::size_t i = 0; i < service.tls.size(); ++i) routes.push_back(tls_route(service, i));
  for (std::size_t i = 0; i < service.tcp.size(); ++i) routes.push_back(tcp_route(service, i));
  return routes;
}

void add_gateway_listeners(const resource::Mesh& mesh, const IstioOptions& options, Table& table) {
  Builder builder(mesh, options, table);
  for (const istio::Gateway& gateway : mesh.all<istio::Gateway>()) builder.add(gateway);
  builder.add_unknown();
}

}  // namespace meshfn::routing
