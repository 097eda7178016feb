// The routes of the table as HTTPRoutes and GRPCRoutes of the Gateway API and of Linkerd.

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "render/convert.h"
#include "render/views.h"

namespace meshfn::render {

namespace {

using routing::Dialect;
using routing::Listener;
using routing::Route;
using routing::VirtualHost;
using yaml::Value;

bool same_routes(const VirtualHost& a, const VirtualHost& b) {
  return std::equal(a.routes.begin(), a.routes.end(), b.routes.begin(), b.routes.end(),
                    [](const Route& x, const Route& y) {
                      return x.where == y.where && x.resource == y.resource &&
                             x.matches.size() == y.matches.size();
                    });
}

class Builder {
 public:
  explicit Builder(Conversion& conversion) : conversion_(conversion) {}

  void build() {
    for (const Listener& listener : conversion_.source().table.listeners) {
      for (const VirtualHost& host : listener.virtual_hosts) {
        if (is_routed(host)) collect(listener, host);
      }
    }
    for (const Group& group : groups_) emit(group);
  }

 private:
  bool linkerd() const { return conversion_.reader() == Reader::linkerd; }

  /// What happens without a route; Linkerd's annotations of a Service stay where they are.
  bool is_default(const Route& route) const {
    return route.dialect == Dialect::kubernetes ||
           (linkerd() && route.resource.starts_with("Service "));
  }

  bool is_routed(const VirtualHost& host) const {
    return std::any_of(host.routes.begin(), host.routes.end(),
                       [this](const Route& route) { return !is_default(route); });
  }

  void collect(const Listener& listener, const VirtualHost& host) {
    const bool mesh = listener.gateway == "mesh";
    if (linkerd() && !mesh) {
      conversion_.lose({Severity::error, Aspect::taken}, host.routes.front(), host.where,
                       fmt::format("Linkerd has no gateways; `{}` through `{}` is left to an "
                                   "ingress controller",
                                   host.host, listener.gateway));
      return;
    }
    lose_l4(listener, host);
    // Such a listener gets a route that redirects everything, made with its Gateway.
    if (listener.https_redirect) return;
    const auto service = service_name(host.host);
    // What hangs on an EgressNetwork is kept as it is.
    const bool kept = linkerd() && host.routes.front().dialect == Dialect::linkerd;
    if (mesh && !service && kept) return;
    if (mesh && !service) {
      conversion_.lose({Severity::error, Aspect::taken}, host.routes.front(), host.where,
                       fmt::format("{} routes requests to Services only; `{}` is none",
                                   conversion_.reader_name(), host.host));
      return;
    }
    if (!mesh) {
      add(listener, host, name_of(host.routes.front().resource).scope);
      return;
    }
    add_for_clients(listener, host, *service);
  }

  /// A route of another namespace than the Service's is for the clients there, so rules that ask
  /// for a namespace become routes in it.
  void add_for_clients(const Listener& listener, const VirtualHost& host,
                       const ObjectName& service) {
    const std::string& scope =
        service.scope.empty() ? name_of(host.routes.front().resource).scope : service.scope;
    const std::set<std::string> clients = client_namespaces(host, scope);
    if (clients.empty()) {
      add(listener, host, scope);
      return;
    }
    for (const std::string& client : clients) {
      const VirtualHost& seen = views_.emplace_back(seen_from(host, client));
      if (is_routed(seen)) add(listener, seen, client);
    }
    const VirtualHost& rest = views_.emplace_back(seen_from_elsewhere(host, clients));
    if (is_routed(rest)) add(listener, rest, scope);
    if (!rest.routes.empty()) return;
    conversion_.lose({Severity::error, Aspect::taken}, host.routes.front(), host.where,
                     fmt::format("no rule of `{}` is for other namespaces: requests from there get "
                                 "404, and reach the Service where there is no route",
                                 host.host));
  }

  /// `scope` is where the routes go.
  void add(const Listener& listener, const VirtualHost& host, const std::string& scope) {
    const bool mesh = listener.gateway == "mesh";
    for (Group& group : groups_) {
      if ((group.place.listener.gateway == "mesh") != mesh) continue;
      const bool alike = group.name.scope == scope && group.place.host.ports == host.ports;
      if (mesh && !alike) continue;
      if (!same_routes(group.place.host, host)) continue;
      bind(group, listener, host);
      return;
    }
    Group group{{listener, host}, {scope, name_of(host.routes.front().resource).name}, {}, {}};
    bind(group, listener, host);
    groups_.push_back(std::move(group));
  }

  /// Routes by server name are for listeners that leave TLS alone, and nothing else is below HTTP.
  void lose_l4(const Listener& listener, const VirtualHost& host) {
    for (const Route& route : host.routes) {
      if (route.protocol != routing::Protocol::tls || listener.protocol == "TLS") continue;
      if (linkerd()) continue;  // it has them on Services
      conversion_.lose({Severity::error, Aspect::taken}, route, route.where,
                       fmt::format("a TLSRoute is for listeners of protocol TLS, not {}",
                                   listener.protocol.empty() ? "for Services" : listener.protocol));
    }
  }

  static void bind(Group& group, const Listener& listener, const VirtualHost& host) {
    group.bindings.emplace_back(&listener, host.host);
    if (listener.gateway == "mesh") return;
    auto& names = group.hostnames;
    if (std::find(names.begin(), names.end(), host.host) == names.end()) {
      names.push_back(host.host);
    }
  }

  ObjectName unique(RuleKind kind, ObjectName name) {
    const std::string stem = name.name;
    for (int i = 2; !taken_.emplace(kind, name).second; ++i) {
      name.name = fmt::format("{}-{}", stem, i);
    }
    return name;
  }

  void emit(const Group& group) {
    for (const RuleKind kind : {RuleKind::http, RuleKind::grpc}) emit(group, kind);
    add_l4_routes(conversion_, group,
                  [this](RuleKind kind, ObjectName name) { return unique(kind, std::move(name)); });
  }

  void emit(const Group& group, RuleKind kind) {
    VirtualHost host = routes_of(group.place.host, kind);
    if (host.routes.empty()) return;
    const auto port = common_port(host);
    if (port) drop_ports(host);
    if (!port && is_by_port(group, host)) {
      emit_by_port(group, kind, host);
    } else {
      emit(group, kind, host, port);
    }
  }

  /// Whether the ports of a Service differ, by a condition or in the port that a backend is asked
  /// at: there it is the one that the request came to.
  bool is_by_port(const Group& group, const VirtualHost& host) const {
    if (group.place.listener.gateway != "mesh" || host.ports.size() < 2) return false;
    const auto open = [&](const routing::Destination& to) {
      return service_name(to.host) && !conversion_.port(to, host);
    };
    return asks_for_port(host) ||
           std::any_of(host.routes.begin(), host.routes.end(), [&](const Route& route) {
             return std::any_of(route.destinations.begin(), route.destinations.end(), open) ||
                    std::any_of(route.mirrors.begin(), route.mirrors.end(),
                                [&](const routing::Mirror& mirror) { return open(mirror.to); });
           });
  }

  void emit_by_port(const Group& group, RuleKind kind, const VirtualHost& host) {
    for (const std::uint32_t port : host.ports) {
      const VirtualHost seen = seen_at(host, port);
      if (!seen.routes.empty()) {
        emit(group, kind, seen, port);
        continue;
      }
      if (!seen_at(group.place.host, port).routes.empty()) continue;
      conversion_.lose({Severity::error, Aspect::taken}, host.routes.front(), host.where,
                       fmt::format("no rule of `{}` is for port {}: requests there get 404, and "
                                   "reach the Service where there is no route",
                                   host.host, port));
    }
  }

  void emit(const Group& group, RuleKind kind, VirtualHost host,
            std::optional<std::uint32_t> port) {
    const Value own_names = take_hostnames(host);
    const Place place{group.place.listener, host};
    const std::vector<Rule> converted = convert_matches(conversion_, place);
    if (converted.empty()) return;
    const ObjectName name =
        unique(kind, {group.name.scope, name_of(host.routes.front().resource).name});
    Value spec = Value::map({{"parentRefs", parents_of(conversion_, group, port)}});
    spec.set_unless_empty("hostnames", own_names.empty() ? hostnames_of(group) : own_names);
    spec.set("rules", rules_of(place, converted, kind, name));
    const bool own = linkerd() && kind == RuleKind::http;
    conversion_.add(own ? "policy.linkerd.io/v1beta3" : "gateway.networking.k8s.io/v1",
                    route_kind(kind), name, std::move(spec),
                    linkerd() ? outbound_annotations(conversion_, place.host) : Value());
  }

  /// Linkerd's routes of Services may be for some names only, which the table has as a condition of
  /// every rule. When all rules are of one route its names are its names again.
  Value take_hostnames(VirtualHost& host) const {
    if (!linkerd() || host.routes.empty()) return Value::list();
    const resource::Object* from = conversion_.object_of(host.routes.front());
    const yaml::Node names = from == nullptr ? yaml::Node() : from->spec.find("hostnames");
    const auto is_same = [&](const Route& one) {
      return one.resource == host.routes.front().resource;
    };
    const bool alone = std::all_of(host.routes.begin(), host.routes.end(), is_same);
    if (!names.is_sequence() || names.size() == 0 || !alone) return Value::list();
    for (Route& route : host.routes) {
      for (routing::Match& match : route.matches) {
        std::erase_if(match.conditions, [&](const routing::Condition& one) {
          return one.subject == routing::Subject::authority && is_within(one.where, names);
        });
      }
    }
    return Value::from(names);
  }

  static bool is_within(const source::Location& where, yaml::Node node) {
    const source::Location whole = node.where();
    return where.file == whole.file && where.span.begin >= whole.span.begin &&
           where.span.end <= whole.span.end;
  }

  Value rules_of(const Place& place, const std::vector<Rule>& converted, RuleKind kind,
                 const ObjectName& name) {
    Value rules = Value::list();
    const std::string full = name.scope.empty() ? name.name : name.scope + "/" + name.name;
    std::set<std::string> names;
    for (const Rule& rule : converted) {
      Value one = rule_value(conversion_, place, rule, kind, name.scope);
      // Matches of one rule may stand apart; its name can be given once.
      const Value* given = one.find("name");
      if (given != nullptr && !names.insert(given->text()).second) one.erase("name");
      const bool named = one.find("name") != nullptr;
      conversion_.add_origin(fmt::format("{} {}", route_kind(kind), full),
                             named ? rule.route->name : fmt::format("rules[{}]", rules.size()),
                             rule.route->where);
      rules.add(std::move(one));
    }
    return rules;
  }

  static Value hostnames_of(const Group& group) {
    Value out = Value::list();
    for (const std::string& name : group.hostnames) {
      if (name != "*") out.add(name);
    }
    return out;
  }

  /// The routes of `host` that become rules of this kind.
  VirtualHost routes_of(const VirtualHost& host, RuleKind kind) const {
    VirtualHost out = host;
    std::erase_if(out.routes, [&](const Route& route) {
      return is_default(route) || route.protocol != routing::Protocol::http ||
             is_grpc(route) != (kind == RuleKind::grpc);
    });
    return out;
  }

  static void drop_ports(VirtualHost& host) {
    for (Route& route : host.routes) {
      for (routing::Match& match : route.matches) {
        std::erase_if(match.conditions, [](const routing::Condition& one) {
          return one.subject == routing::Subject::port;
        });
      }
    }
  }

  Conversion& conversion_;
  std::vector<Group> groups_;
  std::deque<VirtualHost> views_;  ///< hosts of groups that are for some clients
  std::set<std::pair<RuleKind, ObjectName>> taken_;
};

}  // namespace

void add_routes(Conversion& conversion) { Builder(conversion).build(); }

}  // namespace meshfn::render
