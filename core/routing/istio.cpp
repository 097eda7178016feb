#include "routing/istio.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "routing/delegate.h"
#include "routing/egress_scope.h"
#include "routing/gateway_listeners.h"
#include "routing/host.h"
#include "routing/istio_route.h"

namespace meshfn::routing {

namespace {

namespace istio = resource::istio;

constexpr std::string_view kExportAnnotation = "networking.istio.io/exportTo";

KnownHost known(const resource::kubernetes::Service& service) {
  KnownHost out{
      fqdn(*service.name, service.scope), std::string(service.scope), {}, service.where()};
  for (const auto& port : service.ports) {
    if (port.port) out.ports.push_back(static_cast<std::uint32_t>(*port.port));
  }
  return out;
}

std::vector<KnownHost> known(const istio::ServiceEntry& entry) {
  std::vector<std::uint32_t> ports;
  for (const auto& port : entry.ports) {
    if (port.number) ports.push_back(static_cast<std::uint32_t>(*port.number));
  }
  std::vector<KnownHost> out;
  for (const resource::Text& host : entry.hosts) {
    out.push_back({std::string(*host), std::string(entry.scope), ports, host.where()});
  }
  return out;
}

/// Builds the listener `mesh`.
class MeshListener {
 public:
  MeshListener(const resource::Mesh& mesh, const IstioOptions& options, Table& table)
      : mesh_(mesh),
        options_(options),
        table_(table),
        scope_(mesh, options.client_namespace, table.notes) {
    listener_.gateway = "mesh";
  }

  Listener build() {
    hosts_ = known_hosts(mesh_, options_.client_namespace);
    std::erase_if(hosts_,
                  [&](const KnownHost& host) { return !scope_.shows(host.name_space, host.host); });
    for (std::size_t i = 0; i < hosts_.size(); ++i) known_by_host_.try_emplace(hosts_[i].host, i);
    const auto services = in_merge_order(mesh_);
    for (const istio::VirtualService* service : services) {
      if (!service->is_for_mesh()) continue;
      if (!is_visible(service->export_to, service->scope, options_.client_namespace)) continue;
      add(*service);
    }
    for (const KnownHost& host : hosts_) add_unrouted(host);
    return std::move(listener_);
  }

 private:
  void add(const istio::VirtualService& service) {
    std::optional<std::vector<Route>> routes;
    for (const resource::Text& written : service.hosts) {
      const std::string host = fqdn(*written, service.scope);
      if (!scope_.shows(service.scope, host)) continue;
      if (const VirtualHost* taken = find(host)) {
        ignore(service, taken->host, written.where());
        continue;
      }
      if (!routes) routes = all_routes(mesh_, service, options_, table_.notes);
      const bool last = &written == &service.hosts.back();
      VirtualHost added{mesh_domains(host, service.scope, options_),
                        host,
                        {},
                        last ? std::move(*routes) : *routes,
                        written.where()};
      if (const KnownHost* service_host = known_host(host)) added.ports = service_host->ports;
      append(std::move(added));
      owners_[host] = &service;
    }
  }

  /// Sidecars use one VirtualService a host; only gateways merge.
  void ignore(const istio::VirtualService& service, const std::string& host,
              source::Location where) {
    const istio::VirtualService* first = owners_.at(host);
    if (first == &service) return;
    table_.notes.push_back({fmt::format("{} is ignored by sidecars for `{}`: {} comes first",
                                        resource_name(service), host, resource_name(*first)),
                            where});
  }

  /// A known host that no VirtualService names has the routes of the most specific wildcard over
  /// it, else its default route.
  void add_unrouted(const KnownHost& host) {
    if (find(host.host) != nullptr) return;
    VirtualHost added{
        mesh_domains(host.host, host.name_space, options_), host.host, host.ports, {}, host.where};
    const VirtualHost* wildcard = nullptr;
    for (const std::size_t index : wildcards_) {
      const VirtualHost& other = listener_.virtual_hosts[index];
      if (!covers_host(other.host, host.host)) continue;
      if (wildcard == nullptr || more_specific(other.host, wildcard->host)) wildcard = &other;
    }
    if (wildcard != nullptr) {
      added.routes = wildcard->routes;
    } else {
      added.routes.push_back(default_route(host.host, host.where));
    }
    append(std::move(added));
  }

  void append(VirtualHost added) {
    if (is_wildcard(added.host)) wildcards_.push_back(listener_.virtual_hosts.size());
    by_host_.try_emplace(added.host, listener_.virtual_hosts.size());
    listener_.virtual_hosts.push_back(std::move(added));
  }

  const VirtualHost* find(const std::string& host) const {
    const auto found = by_host_.find(host);
    return found == by_host_.end() ? nullptr : &listener_.virtual_hosts[found->second];
  }

  const KnownHost* known_host(const std::string& host) const {
    const auto found = known_by_host_.find(host);
    return found == known_by_host_.end() ? nullptr : &hosts_[found->second];
  }

  const resource::Mesh& mesh_;
  const IstioOptions& options_;
  Table& table_;
  EgressScope scope_;
  std::vector<KnownHost> hosts_;
  std::map<std::string, const istio::VirtualService*> owners_;  ///< by host
  Listener listener_;
  std::unordered_map<std::string, std::size_t> by_host_;        ///< of the virtual hosts
  std::unordered_map<std::string, std::size_t> known_by_host_;  ///< of `hosts_`
  std::vector<std::size_t> wildcards_;                          ///< of the virtual hosts
};

/// The VirtualService that `reference` ("namespace/name") means, if it can be a delegate.
const istio::VirtualService* find_delegate(const resource::Mesh& mesh, std::string_view reference,
                                           const istio::VirtualService& root, std::string& why) {
  const std::size_t slash = reference.find('/');
  const std::string_view scope = slash == reference.npos ? "" : reference.substr(0, slash);
  const std::string_view name = slash == reference.npos ? reference : reference.substr(slash + 1);
  const auto* found = mesh.find<istio::VirtualService>(scope, name);
  if (found == nullptr) {
    why = "there is no such VirtualService";
  } else if (!found->hosts.empty()) {
    why = "it has hosts, so it is no delegate";
  } else if (!is_visible(found->export_to, found->scope, root.scope)) {
    why = "it is not exported to this namespace";
  }
  return why.empty() ? found : nullptr;
}

void add_delegated(std::vector<Route>& routes, const Route& root,
                   const istio::VirtualService& delegate, const IstioOptions& options,
                   std::vector<Note>& notes) {
  for (std::size_t i = 0; i < delegate.http.size(); ++i) {
    const Route inner = http_route(delegate, i);
    std::string why;
    std::optional<Route> merged = merge(root, inner, why);
    if (merged) {
      routes.push_back(std::move(*merged));
      continue;
    }
    notes.push_back(
        {fmt::format("{} of {} is dropped by Istio: {}", inner.name, inner.resource, why),
         inner.where});
    if (options.lenient_delegates) routes.push_back(nest(root, inner));
  }
}

}  // namespace

bool is_visible(const std::vector<resource::Text>& export_to, std::string_view scope,
                std::string_view client) {
  if (export_to.empty() || client.empty()) return true;
  return std::any_of(export_to.begin(), export_to.end(), [&](const resource::Text& to) {
    return *to == "*" || *to == client || (*to == "." && scope == client);
  });
}

std::vector<KnownHost> known_hosts(const resource::Mesh& mesh, std::string_view client_namespace) {
  std::vector<KnownHost> out;
  for (const auto& service : mesh.all<resource::kubernetes::Service>()) {
    const resource::Text to = service.annotation(kExportAnnotation);
    if (to && !is_visible({to}, service.scope, client_namespace)) continue;
    out.push_back(known(service));
  }
  for (const auto& entry : mesh.all<istio::ServiceEntry>()) {
    if (!is_visible(entry.export_to, entry.scope, client_namespace)) continue;
    for (KnownHost& host : known(entry)) out.push_back(std::move(host));
  }
  return out;
}

Route default_route(const std::string& host, source::Location where) {
  Route route;
  route.resource = "Service " + host;
  route.name = "default";
  route.where = where;
  route.destinations.push_back({host, {}, std::nullopt, 100, where});
  return route;
}

std::vector<Route> http_routes(const resource::Mesh& mesh, const istio::VirtualService& service,
                               const IstioOptions& options, std::vector<Note>& notes) {
  std::vector<Route> routes;
  routes.reserve(service.http.size());
  for (std::size_t i = 0; i < service.http.size(); ++i) {
    read_http_route(service, i, routes.emplace_back());
    if (routes.back().delegate.empty()) continue;
    Route root = std::move(routes.back());
    routes.pop_back();
    std::string why;
    if (const auto* delegate = find_delegate(mesh, root.delegate, service, why)) {
      add_delegated(routes, root, *delegate, options, notes);
      continue;
    }
    notes.push_back({fmt::format("{} of {} is dropped by Istio: delegate `{}`: {}", root.name,
                                 root.resource, root.delegate, why),
                     service.http[i].delegate.where()});
    if (options.lenient_delegates) routes.push_back(std::move(root));
  }
  return routes;
}

std::vector<std::string> mesh_domains(const std::string& host, std::string_view name_space,
                                      const IstioOptions& options) {
  if (!options.client_namespace.empty()) return names_of(host, options.client_namespace);
  const auto service = service_of(host);
  return names_of(host, service ? std::string_view(service->name_space) : name_space);
}

Table istio_table(const resource::Mesh& mesh, const IstioOptions& options) {
  Table table;
  table.listeners.push_back(MeshListener(mesh, options, table).build());
  add_gateway_listeners(mesh, options, table);
  return table;
}

}  // namespace meshfn::routing
