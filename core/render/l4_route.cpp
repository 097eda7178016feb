// Routes below HTTP: by server name as TLSRoutes, the rest as TCPRoutes, one for each port that is
// meant. Of conditions these kinds have only the names; what else is asked leaves the match out.

#include <fmt/format.h>

#include <algorithm>

#include "render/convert.h"
#include "render/views.h"
#include "render/words.h"
#include "resource/linkerd/values.h"

namespace meshfn::render {

namespace {

using routing::Condition;
using routing::Match;
using routing::Protocol;
using routing::Route;
using routing::StringMatch;
using routing::Subject;
using yaml::Value;
using Port = std::optional<std::uint32_t>;

/// Server names by the port of the Service they are for; no port: all of it.
using Names = std::map<Port, std::vector<std::string>>;

void add_name(std::vector<std::string>& names, std::string name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
}

/// Makes the routes of one group.
class Builder {
 public:
  Builder(Conversion& conversion, const Group& group, const Unique& unique)
      : conversion_(conversion), group_(group), unique_(unique) {}

  void build() {
    int index = 0;
    for (const Route& route : group_.place.host.routes) {
      if (route.protocol == Protocol::http || route.dialect == routing::Dialect::kubernetes) {
        continue;
      }
      for (const auto& [port, names] : names_of(route)) emit(route, port, names, index++);
    }
  }

 private:
  bool linkerd() const { return conversion_.reader() == Reader::linkerd; }

  bool in_mesh() const { return group_.place.listener.gateway == "mesh"; }

  Names names_of(const Route& route) {
    Names out;
    if (route.matches.empty()) out[std::nullopt];
    for (const Match& match : route.matches) {
      Port port;
      std::vector<std::string> names;
      if (!read(route, match, port, names)) continue;
      std::vector<std::string>& all = out[port];
      for (std::string& name : names) add_name(all, std::move(name));
    }
    return out;
  }

  /// False when the match cannot hold here, or cannot be said.
  bool read(const Route& route, const Match& match, Port& port, std::vector<std::string>& names) {
    const Port listener = group_.place.listener.port;
    for (const Condition& one : match.conditions) {
      if (one.subject == Subject::sni && !one.negated) {
        for (const StringMatch& name : one.any_of) {
          names.push_back((name.kind() == StringMatch::Kind::suffix ? "*" : "") + name.text());
        }
      } else if (one.subject == Subject::gateway) {
        if (!takes(one, group_.place.listener.gateway)) return false;
      } else if (one.subject == Subject::port && listener) {
        if (!takes(one, fmt::format("{}", *listener))) return false;
      } else if (one.subject == Subject::port && !one.negated && one.any_of.size() == 1) {
        const auto number = resource::linkerd::unsigned_number(one.any_of.front().text());
        port = static_cast<std::uint32_t>(number.value_or(0));
      } else {
        conversion_.lose({Severity::error, Aspect::taken}, route, one.where,
                         fmt::format("{} has no condition `{}` below HTTP; connections that need "
                                     "it are left to the next rule",
                                     conversion_.reader_name(), brief(one)));
        return false;
      }
    }
    return true;
  }

  void emit(const Route& route, Port port, const std::vector<std::string>& names, int index) {
    const bool tls = route.protocol == Protocol::tls;
    if (linkerd() && is_outranked(route, port)) return;
    Value hostnames = Value::list();
    for (const std::string& name : names) hostnames.add(name);
    if (tls && hostnames.empty()) {
      for (const std::string& name : group_.hostnames) {
        if (name != "*") hostnames.add(name);
      }
    }
    const RuleKind kind = tls ? RuleKind::tls : RuleKind::tcp;
    const Rule bare{&route, {{{}, {}, route.where}}};
    Value spec = Value::map({{"parentRefs", parents_of(conversion_, group_, port)}});
    if (tls) spec.set_unless_empty("hostnames", std::move(hostnames));
    Value rule = rule_value(conversion_, group_.place, bare, kind, group_.name.scope);
    const bool named = rule.find("name") != nullptr;
    spec.set("rules", Value::list({std::move(rule)}));
    const ObjectName name = unique_(kind, name_for(route, tls, index));
    const std::string full = name.scope.empty() ? name.name : name.scope + "/" + name.name;
    conversion_.add_origin(fmt::format("{} {}", route_kind(kind), full),
                           named ? route.name : "rules[0]", route.where);
    // The first version of both that is served everywhere; Linkerd reads no other.
    const bool stable = tls && !linkerd();
    conversion_.add(stable ? "gateway.networking.k8s.io/v1" : "gateway.networking.k8s.io/v1alpha2",
                    route_kind(kind), name, std::move(spec));
  }

  /// Linkerd uses one kind of route on a Service or on a port of it: the highest.
  bool is_outranked(const Route& route, Port port) {
    const auto& routes = group_.place.host.routes;
    const auto other = std::find_if(routes.begin(), routes.end(), [&](const Route& one) {
      const bool higher = one.protocol == Protocol::http ||
                          (one.protocol == Protocol::tls && route.protocol == Protocol::tcp);
      return higher && one.dialect != routing::Dialect::kubernetes;
    });
    if (other == routes.end() || port) return false;
    conversion_.lose({Severity::error, Aspect::taken}, route, route.where,
                     fmt::format("Linkerd uses one kind of route on a Service, and {} is of a "
                                 "higher one",
                                 other->name));
    return true;
  }

  /// A route of such a kind keeps its name; others are told apart by what they are.
  ObjectName name_for(const Route& route, bool tls, int index) const {
    if (route.resource.starts_with(tls ? "TLSRoute " : "TCPRoute ")) {
      return {group_.name.scope, name_of(route.resource).name};
    }
    return {group_.name.scope,
            fmt::format("{}-{}-{}", group_.name.name, tls ? "tls" : "tcp", index)};
  }

  Conversion& conversion_;
  const Group& group_;
  const Unique& unique_;
};

}  // namespace

void add_l4_routes(Conversion& conversion, const Group& group, const Unique& unique) {
  Builder(conversion, group, unique).build();
}

}  // namespace meshfn::render
