#include "routing/linkerd.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <tuple>

#include "base/str.h"
#include "resource/linkerd/values.h"
#include "routing/gateway_api.h"
#include "routing/host.h"
#include "routing/istio_route.h"
#include "routing/linkerd_profile.h"
#include "routing/linkerd_route.h"
#include "routing/service_routes.h"

namespace meshfn::routing {

namespace {

namespace api = resource::gateway_api;
namespace linkerd = resource::linkerd;
using Kind = StringMatch::Kind;

constexpr std::uint32_t kRefused = 403;

const Match kEverything;

const Match& only_match(const Route& route) {
  return route.matches.empty() ? kEverything : route.matches.front();
}

/// The pattern of the path; null when there is none, which is prefix `/`.
const StringMatch* path_of(const Match& match) {
  for (const Condition& condition : match.conditions) {
    if (condition.subject == Subject::path && !condition.any_of.empty()) {
      return &condition.any_of.front();
    }
  }
  return nullptr;
}

bool takes_whole_path(const Match& match) {
  const StringMatch* path = path_of(match);
  return path != nullptr && (path->kind() == Kind::exact || path->kind() == Kind::regex);
}

std::size_t prefix_length(const Match& match) {
  const StringMatch* path = path_of(match);
  return path == nullptr ? 1 : path->text().size();
}

std::ptrdiff_t count(const Match& match, Subject subject) {
  return std::count_if(
      match.conditions.begin(), match.conditions.end(),
      [subject](const Condition& condition) { return condition.subject == subject; });
}

/// A route that names hosts comes before one that does not, and longer names before shorter.
std::size_t host_length(const Match& match) {
  std::size_t longest = 0;
  for (const Condition& condition : match.conditions) {
    if (condition.subject != Subject::authority) continue;
    for (const StringMatch& one : condition.any_of) {
      if (one.kind() == Kind::regex) continue;  // the same name with a port
      longest = std::max(longest, one.text().size() * 2 + (one.kind() == Kind::exact ? 1 : 0));
    }
  }
  return longest;
}

auto details(const Match& match) {
  return std::tuple(count(match, Subject::header), count(match, Subject::query),
                    count(match, Subject::method));
}

auto rank_of(const Match& match) {
  const bool whole = takes_whole_path(match);
  return std::tuple(host_length(match), whole, whole ? 0 : prefix_length(match), details(match));
}

/// `route` for the one path that is its prefix.
Route at_its_prefix(const Route& route) {
  Route out = route;
  for (Match& match : out.matches) {
    for (Condition& condition : match.conditions) {
      if (condition.subject != Subject::path) continue;
      condition.any_of = {{Kind::exact, condition.any_of.front().text()}};
    }
  }
  return out;
}

/// Collects what is attached to Services, in Linkerd's own kind of route and the Gateway API's.
class Attachments {
 public:
  Attachments(const resource::Mesh& mesh, Table& table) : mesh_(mesh) {
    for (const resource::Object* object : mesh.of_kind(linkerd::kPolicyGroup, "HTTPRoute")) {
      own_.push_back(api::decode_route(*object));
      for (const api::Reference& parent : own_.back().parents) {
        if (parent.node.find("kind")) continue;
        table.notes.push_back({fmt::format("{} attaches to nothing: a parent without `kind` is a "
                                           "Gateway",
                                           resource_name(own_.back())),
                               parent.where()});
      }
    }
  }

  /// Routes in the order in which the policy controller has them.
  std::vector<const api::Route*> routes() const {
    std::vector<const api::Route*> out;
    if (linkerd_reads_services(mesh_)) out = by_age(mesh_);
    for (const api::Route& route : own_) out.push_back(&route);
    std::stable_sort(out.begin(), out.end(),
                     [](const api::Route* a, const api::Route* b) { return age(*a) < age(*b); });
    return out;
  }

 private:
  /// Those that were created come before those whose time is not known.
  static std::tuple<bool, std::string_view, std::string_view> age(const api::Route& route) {
    const std::string_view created = route.metadata.find("creationTimestamp").text();
    return {created.empty(), created, *route.name};
  }

  const resource::Mesh& mesh_;
  std::deque<api::Route> own_;
};

bool is_core(std::string_view group) {
  return group.empty() || str::equals_ignore_case(group, "core");
}

bool is_service(const api::Reference& parent) {
  return is_core(parent.group) && str::equals_ignore_case(parent.kind, "Service");
}

bool is_egress(const api::Reference& parent) {
  return str::equals_ignore_case(parent.group, linkerd::kPolicyGroup) &&
         str::equals_ignore_case(parent.kind, "EgressNetwork");
}

class Builder {
 public:
  Builder(const resource::Mesh& mesh, const IstioOptions& options, Table& table)
      : mesh_(mesh), options_(options), table_(table), attachments_(mesh, table) {}

  void add() {
    profiles_ = linkerd_profiles(mesh_, options_.client_namespace, table_.notes);
    collect();
    for (const AttachedService& service : services_) add(service);
    if (linkerd_reads_services(mesh_)) add_annotated();
    for (Profile& profile : profiles_) add(profile);
    for (const resource::Object* network : mesh_.of_kind(linkerd::kPolicyGroup, "EgressNetwork")) {
      add_egress(*network);
    }
  }

 private:
  void collect() {
    for (const api::Route* route : attachments_.routes()) {
      for (const api::Reference& parent : route->parents) {
        if (!is_service(parent)) continue;
        AttachedService& service = service_of(parent);
        ServiceRoute one{route, std::nullopt};
        if (parent.port) one.port = static_cast<std::uint32_t>(*parent.port);
        service.routes.push_back(one);
      }
    }
  }

  AttachedService& service_of(const api::Reference& parent) {
    for (AttachedService& one : services_) {
      if (one.scope == parent.scope && one.name == parent.name) return one;
    }
    return services_.emplace_back(AttachedService{parent.scope, parent.name, {}, parent.where()});
  }

  OutboundPolicy policy_of(std::string_view scope, std::string_view name) {
    const auto* service = mesh_.service(scope, name);
    return service == nullptr ? OutboundPolicy{} : outbound_policy(*service, table_.notes);
  }

  /// Routes of gRPC keep those of HTTP away, and so on down to TCP.
  static bool outranked(const ServiceRoute& one, const AttachedService& service) {
    const auto rank = [](const api::Route& route) {
      switch (route.route_kind) {
        case api::RouteKind::grpc:
          return 0;
        case api::RouteKind::http:
          return 1;
        case api::RouteKind::tls:
          return 2;
        case api::RouteKind::tcp:
        case api::RouteKind::udp:
          break;
      }
      return 3;
    };
    return std::any_of(service.routes.begin(), service.routes.end(), [&](const auto& other) {
      return other.port == one.port && rank(*other.route) < rank(*one.route);
    });
  }

  void add(const AttachedService& service) {
    const std::string host = fqdn(service.name, service.scope);
    const OutboundPolicy policy = policy_of(service.scope, service.name);
    std::vector<Route> routes;
    AttachedService kept = service;
    kept.routes.clear();
    for (const ServiceRoute& attached : service.routes) {
      if (is_dropped(*attached.route, table_.notes)) continue;
      if (outranked(attached, service)) {
        table_.notes.push_back({fmt::format("Linkerd does not use {}: another kind of route is "
                                            "attached to Service `{}`, too",
                                            resource_name(*attached.route), service.name),
                                attached.route->where()});
        continue;
      }
      kept.routes.push_back(attached);
    }
    const Deciders deciders(mesh_, kept, options_);
    for (const ServiceRoute& attached : kept.routes) {
      auto added = linkerd_routes(mesh_, *attached.route, host, policy, table_.notes);
      deciders.narrow(added, attached);
      std::move(added.begin(), added.end(), std::back_inserter(routes));
    }
    if (kept.routes.empty()) return;
    rank_for_linkerd(routes);
    deciders.set_routes(std::move(routes), table_);
  }

  /// A Service without routes keeps its default one, with what its annotations say.
  void add_annotated() {
    for (const auto& service : mesh_.all<resource::kubernetes::Service>()) {
      VirtualHost* host = find(fqdn(*service.name, service.scope));
      if (host == nullptr) continue;
      for (Route& route : host->routes) {
        if (route.dialect != Dialect::kubernetes) continue;
        std::vector<Note> told;
        const OutboundPolicy policy = outbound_policy(service, told);
        std::move(told.begin(), told.end(), std::back_inserter(table_.notes));
        if (!policy.has_timeouts && !policy.has_retries) continue;
        route.dialect = Dialect::linkerd;
        route.timeout = policy.timeout;
        route.retries = policy.retries;
      }
    }
  }

  void add(Profile& profile) {
    VirtualHost* host = find(profile.host);
    if (host == nullptr) {
      const std::string_view scope = profile.from->scope;
      table_.mesh().virtual_hosts.push_back({mesh_domains(profile.host, scope, options_),
                                             profile.host,
                                             {},
                                             std::move(profile.routes),
                                             profile.from->where()});
      return;
    }
    for (const Route& route : host->routes) {
      if (route.resource.starts_with("Service ")) continue;
      table_.notes.push_back({fmt::format("{} has no effect: {} takes its place", route.resource,
                                          resource_name(*profile.from)),
                              route.where});
      break;
    }
    host->routes = std::move(profile.routes);
  }

  VirtualHost* find(std::string_view host) {
    auto& all = table_.mesh().virtual_hosts;
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const VirtualHost& one) { return one.host == host; });
    return found == all.end() ? nullptr : &*found;
  }

  /// Hosts outside the cluster: the routes attached for them, then what the network's policy says.
  void add_egress(const resource::Object& network) {
    const bool allowed = network.spec.find("trafficPolicy").text() == "Allow";
    Route last;
    last.dialect = Dialect::linkerd;
    last.resource = resource_name(network);
    last.name = "trafficPolicy";
    last.where = network.where();
    if (!allowed) last.direct_response = DirectResponse{kRefused, {}, last.where};
    for (const api::Route* route : attachments_.routes()) {
      for (const api::Reference& parent : route->parents) {
        if (!is_egress(parent) || parent.name != *network.name || parent.scope != network.scope) {
          continue;
        }
        if (is_dropped(*route, table_.notes)) continue;
        for (const resource::Text& name : route->hostnames) add_egress(*route, *name, last);
      }
    }
    if (!allowed && find("*") == nullptr) {
      table_.mesh().virtual_hosts.push_back({{"*"}, "*", {}, {last}, last.where});
    }
  }

  void add_egress(const api::Route& route, std::string_view name, Route last) {
    const std::string host(name);
    api::Route bare = route;
    bare.hostnames.clear();
    auto routes = linkerd_routes(mesh_, bare, host, {}, table_.notes);
    rank_for_linkerd(routes);
    VirtualHost* present = find(host);
    if (present != nullptr) {
      present->routes.insert(std::prev(present->routes.end()), routes.begin(), routes.end());
      return;
    }
    if (!last.direct_response) {
      last.destinations.push_back({host, {}, std::nullopt, 100, last.where});
    }
    routes.push_back(std::move(last));
    table_.mesh().virtual_hosts.push_back({{host}, host, {}, std::move(routes), route.where()});
  }

  const resource::Mesh& mesh_;
  const IstioOptions& options_;
  Table& table_;
  Attachments attachments_;
  std::vector<AttachedService> services_;
  std::vector<Profile> profiles_;
};

}  // namespace

bool linkerd_reads_services(const resource::Mesh& mesh) {
  if (!linkerd::uses_linkerd(mesh)) return false;
  const auto& kinds = mesh.kinds();
  return std::none_of(kinds.begin(), kinds.end(),
                      [](const auto& kind) { return kind.first.first == "networking.istio.io"; });
}

void rank_for_linkerd(std::vector<Route>& routes) {
  const auto whole = [](const Route& route) { return takes_whole_path(only_match(route)); };
  if (std::any_of(routes.begin(), routes.end(), whole)) {
    std::vector<Route> all;
    for (Route& route : routes) {
      const StringMatch* path = path_of(only_match(route));
      const bool prefix = path != nullptr && !whole(route);
      if (prefix && details(only_match(route)) > details(kEverything)) {
        all.push_back(at_its_prefix(route));
      }
      all.push_back(std::move(route));
    }
    routes = std::move(all);
  }
  std::stable_sort(routes.begin(), routes.end(), [](const Route& a, const Route& b) {
    return rank_of(only_match(a)) > rank_of(only_match(b));
  });
}

bool linkerd_precedes(const Match& a, const Match& b) {
  const auto first = rank_of(a);
  const auto second = rank_of(b);
  if (first <= second) return false;
  // At the one path that is the whole of a prefix an exact path is no longer than it.
  const bool may_tie =
      std::get<0>(first) == std::get<0>(second) && takes_whole_path(a) && !takes_whole_path(b);
  return !may_tie || details(a) >= details(b);
}

void add_linkerd(const resource::Mesh& mesh, const IstioOptions& options, Table& table) {
  if (linkerd::uses_linkerd(mesh) || !mesh.of_kind(linkerd::kSplitGroup, "TrafficSplit").empty()) {
    Builder(mesh, options, table).add();
  }
}

}  // namespace meshfn::routing
