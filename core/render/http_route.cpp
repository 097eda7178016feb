// The routes of the table as HTTPRoutes of the Gateway API and of Linkerd.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "base/units.h"
#include "render/convert.h"
#include "resource/linkerd/values.h"
#include "routing/host.h"

namespace meshfn::render {

namespace {

using routing::Dialect;
using routing::Listener;
using routing::Route;
using routing::VirtualHost;
using yaml::Value;

bool is_routed(const VirtualHost& host) {
  return std::any_of(host.routes.begin(), host.routes.end(),
                     [](const Route& route) { return route.dialect != Dialect::kubernetes; });
}

/// Virtual hosts with the same rules, which become one HTTPRoute.
struct Group {
  Place place;  ///< the first of them
  ObjectName name;
  std::vector<std::string> hostnames;
  std::vector<std::pair<const Listener*, std::string>> bindings;  ///< listener and host
};

bool same_routes(const VirtualHost& a, const VirtualHost& b) {
  return std::equal(a.routes.begin(), a.routes.end(), b.routes.begin(), b.routes.end(),
                    [](const Route& x, const Route& y) {
                      return x.where == y.where && x.resource == y.resource &&
                             x.matches.size() == y.matches.size();
                    });
}

/// The port on which all rules depend; nothing when they do not, or on several.
std::optional<std::uint32_t> common_port(const VirtualHost& host) {
  std::optional<std::string> port;
  for (const Route& route : host.routes) {
    if (route.dialect == Dialect::kubernetes) continue;
    if (route.matches.empty()) return std::nullopt;
    for (const routing::Match& match : route.matches) {
      const auto found = std::find_if(
          match.conditions.begin(), match.conditions.end(), [](const routing::Condition& one) {
            return one.subject == routing::Subject::port && !one.negated && one.any_of.size() == 1;
          });
      if (found == match.conditions.end()) return std::nullopt;
      const std::string& text = found->any_of.front().text();
      if (port && *port != text) return std::nullopt;
      port = text;
    }
  }
  if (!port) return std::nullopt;
  const auto number = resource::linkerd::unsigned_number(*port);
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

/// Linkerd's annotations for the retries that all rules of a route share.
Value retry_annotations(Conversion& conversion, const VirtualHost& host) {
  Value out = Value::map();
  const Route& first = host.routes.front();
  const routing::Retries& from = first.retries;
  for (const Route& route : host.routes) {
    const bool same = route.retries.attempts.value == from.attempts.value &&
                      route.retries.on.value == from.on.value;
    if (!same) {
      conversion.lose(Severity::warning, route, route.retries.attempts.where,
                      "Linkerd has one setting of retries for all rules of a host");
    }
  }
  if (from.attempts.is_default() || from.attempts.value == 0) return out;
  std::vector<std::string> http;
  std::vector<std::string> grpc;
  for (const std::string_view word : str::split(from.on.value, ',')) {
    const std::string text(str::trim(word));
    const bool number = resource::linkerd::unsigned_number(text).has_value();
    if (text == "5xx" || text == "gateway-error" || number) {
      http.push_back(text);
    } else if (text == "cancelled" || text == "deadline-exceeded" || text == "internal" ||
               text == "resource-exhausted" || text == "unavailable") {
      grpc.push_back(text);
    } else {
      conversion.lose(Severity::warning, first, from.on.where,
                      fmt::format("Linkerd has no class of retries `{}`", text));
    }
  }
  out.set_unless_empty("retry.linkerd.io/http", str::join(http, ","));
  out.set_unless_empty("retry.linkerd.io/grpc", str::join(grpc, ","));
  out.set("retry.linkerd.io/limit", fmt::format("{}", from.attempts.value));
  if (from.per_try.value) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(*from.per_try.value);
    out.set("retry.linkerd.io/timeout", fmt::format("{}ms", ms.count()));
  }
  return out;
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

  void collect(const Listener& listener, const VirtualHost& host) {
    const bool mesh = listener.gateway == "mesh";
    if (linkerd() && !mesh) {
      conversion_.lose(Severity::error, host.routes.front(), host.where,
                       fmt::format("Linkerd has no gateways; `{}` through `{}` is left to an "
                                   "ingress controller",
                                   host.host, listener.gateway));
      return;
    }
    lose_l4(listener, host);
    // Such a listener gets a route that redirects everything, made with its Gateway.
    if (listener.https_redirect) return;
    const auto service = service_name(host.host);
    if (mesh && !service) {
      conversion_.lose(Severity::error, host.routes.front(), host.where,
                       fmt::format("{} routes requests to Services only; `{}` is none",
                                   conversion_.reader_name(), host.host));
      return;
    }
    for (Group& group : groups_) {
      if ((group.place.listener.gateway == "mesh") != mesh) continue;
      if (!same_routes(group.place.host, host)) continue;
      add(group, listener, host);
      return;
    }
    ObjectName name = name_of(host.routes.front().resource);
    if (mesh && !service->scope.empty()) name.scope = service->scope;
    Group group{{listener, host}, unique(std::move(name)), {}, {}};
    add(group, listener, host);
    groups_.push_back(std::move(group));
  }

  /// Routes by server name are for listeners that leave TLS alone, and nothing else is below HTTP.
  void lose_l4(const Listener& listener, const VirtualHost& host) {
    for (const Route& route : host.routes) {
      if (route.protocol != routing::Protocol::tls || listener.protocol == "TLS") continue;
      conversion_.lose(Severity::error, route, route.where,
                       fmt::format("a TLSRoute is for listeners of protocol TLS, not {}",
                                   listener.protocol.empty() ? "for Services" : listener.protocol));
    }
  }

  static void add(Group& group, const Listener& listener, const VirtualHost& host) {
    group.bindings.emplace_back(&listener, host.host);
    if (listener.gateway == "mesh") return;
    auto& names = group.hostnames;
    if (std::find(names.begin(), names.end(), host.host) == names.end()) {
      names.push_back(host.host);
    }
  }

  ObjectName unique(ObjectName name) {
    const std::string stem = name.name;
    for (int i = 2; !taken_.insert(name).second; ++i) name.name = fmt::format("{}-{}", stem, i);
    return name;
  }

  Value service_parents(const Group& group) {
    Value out = Value::list();
    for (const auto& [listener, host] : group.bindings) {
      const auto service = service_name(host);
      Value parent = Value::map({{"group", linkerd() ? "core" : ""}, {"kind", "Service"}});
      parent.set("name", service->name);
      if (service->scope != group.name.scope) parent.set_unless_empty("namespace", service->scope);
      if (const auto port = common_port(group.place.host)) parent.set("port", *port);
      out.add(std::move(parent));
    }
    return out;
  }

  Value gateway_parents(const Group& group) {
    std::map<std::string, std::set<std::string>> sections;
    for (const auto& [listener, host] : group.bindings) {
      for (std::string& name : section_names(conversion_, *listener, host)) {
        sections[listener->gateway].insert(std::move(name));
      }
      sections[listener->gateway];
    }
    Value out = Value::list();
    for (const auto& [gateway, names] : sections) {
      const ObjectName name = name_of(gateway);
      Value parent = Value::map({{"name", name.name}});
      if (name.scope != group.name.scope) parent.set_unless_empty("namespace", name.scope);
      if (names.empty() || names == all_sections(conversion_, gateway)) {
        out.add(std::move(parent));
        continue;
      }
      for (const std::string& section : names) {
        Value one = parent;
        one.set("sectionName", section);
        out.add(std::move(one));
      }
    }
    return out;
  }

  void emit(const Group& group) {
    const bool mesh = group.place.listener.gateway == "mesh";
    Value parents = mesh ? service_parents(group) : gateway_parents(group);
    Value hostnames = Value::list();
    for (const std::string& name : group.hostnames) {
      if (name != "*") hostnames.add(name);
    }
    emit_http(group, parents, hostnames);
    emit_l4(group, parents);
  }

  void emit_http(const Group& group, const Value& parents, const Value& hostnames) {
    VirtualHost host = group.place.host;
    if (common_port(host)) drop_ports(host);
    const Place place{group.place.listener, host};
    const std::vector<Rule> converted = convert_matches(conversion_, place);
    if (converted.empty()) return;
    Value rules = Value::list();
    const ObjectName& name = group.name;
    const std::string full = name.scope.empty() ? name.name : name.scope + "/" + name.name;
    for (const Rule& rule : converted) {
      conversion_.add_origin("HTTPRoute " + full, fmt::format("rules[{}]", rules.size()),
                             rule.route->where);
      rules.add(rule_value(conversion_, place, rule, name.scope));
    }
    Value spec = Value::map({{"parentRefs", parents}});
    spec.set_unless_empty("hostnames", hostnames);
    spec.set("rules", std::move(rules));
    const std::string_view version =
        linkerd() ? "policy.linkerd.io/v1beta3" : "gateway.networking.k8s.io/v1";
    conversion_.add(version, "HTTPRoute", name, std::move(spec),
                    linkerd() ? retry_annotations(conversion_, place.host) : Value());
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

  /// Routes below HTTP: by server name as a TLSRoute, the rest as a TCPRoute.
  void emit_l4(const Group& group, const Value& parents) {
    int index = 0;
    for (const Route& route : group.place.host.routes) {
      if (route.protocol == routing::Protocol::http || route.dialect == Dialect::kubernetes) {
        continue;
      }
      if (linkerd()) {
        conversion_.lose(Severity::error, route, route.where,
                         "routes below HTTP are not made for Linkerd");
        continue;
      }
      const bool tls = route.protocol == routing::Protocol::tls;
      Value names = Value::list();
      for (const routing::Match& match : route.matches) add_server_names(names, match);
      if (tls && names.empty()) {
        for (const std::string& name : group.hostnames) {
          if (name != "*") names.add(name);
        }
      }
      const Rule bare{&route, {{{}, {}, route.where}}};
      Value spec = Value::map({{"parentRefs", parents}});
      if (tls) spec.set_unless_empty("hostnames", std::move(names));
      Value rule = rule_value(conversion_, group.place, bare, group.name.scope);
      spec.set("rules", Value::list({std::move(rule)}));
      const ObjectName name = unique(
          {group.name.scope, fmt::format("{}-{}-{}", group.name.name, tls ? "tls" : "tcp", index)});
      ++index;
      conversion_.add(tls ? "gateway.networking.k8s.io/v1" : "gateway.networking.k8s.io/v1alpha2",
                      tls ? "TLSRoute" : "TCPRoute", name, std::move(spec));
    }
  }

  static void add_server_names(Value& out, const routing::Match& match) {
    for (const routing::Condition& one : match.conditions) {
      if (one.subject != routing::Subject::sni) continue;
      for (const routing::StringMatch& name : one.any_of) {
        const bool wild = name.kind() == routing::StringMatch::Kind::suffix;
        out.add((wild ? "*" : "") + name.text());
      }
    }
  }

  Conversion& conversion_;
  std::vector<Group> groups_;
  std::set<ObjectName> taken_;
};

/// Settings of the balancer and the connections have no place in routes.
void list_policies(Conversion& conversion) {
  for (const auto& rule : conversion.source().mesh.all<resource::istio::DestinationRule>()) {
    const auto tell = [&](const std::optional<resource::istio::TrafficPolicy>& policy) {
      if (!policy) return;
      for (const yaml::Entry entry : policy->node.entries()) {
        conversion.lose(Severity::warning, entry.key.where(),
                        fmt::format("`{}` of DestinationRule `{}` has no counterpart in {}",
                                    entry.key.text(), *rule.name, conversion.reader_name()));
      }
    };
    tell(rule.traffic_policy);
    for (const auto& subset : rule.subsets) tell(subset.traffic_policy);
  }
}

/// What of the other meshes is neither a route nor a gateway.
void list_others(Conversion& conversion) {
  constexpr std::array<std::string_view, 10> kRead = {
      "VirtualService", "DestinationRule", "Gateway",        "HTTPRoute",    "GRPCRoute",
      "TLSRoute",       "TCPRoute",        "ReferenceGrant", "TrafficSplit", "ServiceProfile"};
  for (const resource::Object& object : conversion.source().mesh.objects()) {
    const std::string_view group = object.group();
    const bool mesh = group.ends_with("istio.io") || group.ends_with("linkerd.io") ||
                      group == resource::gateway_api::kGroup;
    if (!mesh || std::find(kRead.begin(), kRead.end(), *object.kind) != kRead.end()) continue;
    conversion.lose(Severity::error, object.where(),
                    fmt::format("{} `{}` is not converted", *object.kind, *object.name));
  }
  for (const auto& service : conversion.source().mesh.all<resource::istio::VirtualService>()) {
    if (service.export_to.empty()) continue;
    conversion.lose(Severity::warning, service.export_to.front().where(),
                    "`exportTo` is left out: the routes are for every namespace");
  }
}

Result<Rendered> convert(const Source& source, Reader reader) {
  Conversion conversion(source, reader);
  if (reader == Reader::gateway_api) add_gateways(conversion);
  add_routes(conversion);
  list_policies(conversion);
  list_others(conversion);
  Rendered out = conversion.finish();
  if (out.documents.empty()) {
    return fail("the input holds no route that could be converted",
                "`meshfn render --to table` shows what there is");
  }
  return out;
}

}  // namespace

void add_routes(Conversion& conversion) { Builder(conversion).build(); }

Result<Rendered> to_gateway_api(const Source& source, const Options&) {
  return convert(source, Reader::gateway_api);
}

Result<Rendered> to_linkerd(const Source& source, const Options&) {
  return convert(source, Reader::linkerd);
}

}  // namespace meshfn::render
