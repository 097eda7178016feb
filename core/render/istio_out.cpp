// Istio's resources for what Linkerd or the Gateway API route in the input.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "base/str.h"
#include "base/units.h"
#include "render/convert.h"
#include "render/words.h"
#include "routing/host.h"
#include "routing/regex_prefix.h"
#include "yaml/writer.h"

namespace meshfn::render {

namespace {

using routing::Dialect;
using routing::StringMatch;
using routing::Subject;
using yaml::Value;
using Kind = StringMatch::Kind;

Value pattern(const StringMatch& from) {
  switch (from.kind()) {
    case Kind::exact:
      return Value::map({{"exact", from.text()}});
    case Kind::prefix:
    case Kind::path_prefix:
      return Value::map({{"prefix", from.text()}});
    case Kind::suffix:
      return Value::map({{"regex", ".*" + from.text()}});
    case Kind::regex:
      return Value::map({{"regex", from.text()}});
    case Kind::present:
      break;
  }
  return Value::map();
}

/// A prefix of whole segments is the path itself or what begins with it and a slash.
std::vector<StringMatch> plain(const StringMatch& from) {
  if (from.kind() != Kind::path_prefix) return {from};
  if (from.text() == "/") return {StringMatch(Kind::prefix, "/")};
  return {StringMatch(Kind::exact, from.text()), StringMatch(Kind::prefix, from.text() + "/")};
}

bool is_dialect(const routing::Route& route) {
  return route.dialect == Dialect::gateway_api || route.dialect == Dialect::linkerd;
}

using Ports = std::set<std::uint32_t>;

class Builder {
 public:
  Builder(const Source& source, Rendered& out) : source_(source), out_(out) {}

  void build() {
    for (const routing::Listener& listener : source_.table.listeners) {
      for (const routing::VirtualHost& host : listener.virtual_hosts) {
        if (std::any_of(host.routes.begin(), host.routes.end(), is_dialect)) add(listener, host);
      }
    }
    for (const auto& gateway : source_.mesh.all<resource::gateway_api::Gateway>()) add(gateway);
  }

 private:
  void lose(Cost cost, const routing::Route& route, source::Location where, std::string message) {
    const source::Location place = where.file == nullptr ? route.where : where;
    if (!told_.emplace(source::to_string(place), message).second) return;
    out_.losses.push_back({std::move(message), place, cost.severity, route.where, cost.aspect});
  }

  /// The entries that one match becomes; a condition with several ways to hold multiplies them.
  std::vector<Value> matches(const routing::Route& route, const routing::Match& from) {
    std::vector<Value> out = {Value::map()};
    for (const routing::Condition& condition : from.conditions) {
      std::vector<Value> next;
      for (const StringMatch& any : condition.any_of) {
        for (const StringMatch& one : plain(any)) {
          for (Value entry : out) {
            if (set(entry, condition, one)) next.push_back(std::move(entry));
          }
        }
      }
      if (next.empty()) {
        lose({Severity::error, Aspect::taken}, route, condition.where,
             fmt::format("Istio has no condition `{}`", brief(condition)));
        return {};
      }
      out = std::move(next);
    }
    return out;
  }

  static bool set(Value& entry, const routing::Condition& condition, const StringMatch& one) {
    const bool named = condition.subject == Subject::header || condition.subject == Subject::query;
    if (condition.negated && condition.subject != Subject::header) return false;
    if (named) {
      const char* field = condition.subject == Subject::query ? "queryParams"
                          : condition.negated                 ? "withoutHeaders"
                                                              : "headers";
      entry.at(field).set(condition.name, pattern(one));
      return true;
    }
    switch (condition.subject) {
      case Subject::path:
        // A second condition on the path would take the place of the first.
        if (entry.find("uri") != nullptr) return false;
        entry.set("uri", pattern(one));
        return true;
      case Subject::method:
        entry.set("method", pattern(one));
        return true;
      case Subject::authority:
        entry.set("authority", pattern(one));
        return true;
      case Subject::port:
        entry.set("port", static_cast<std::int64_t>(std::atoi(one.text().c_str())));
        return true;
      case Subject::source_namespace:
        entry.set("sourceNamespace", one.text());
        return true;
      default:
        return false;
    }
  }

  static Value destination(const routing::Destination& to) {
    Value out = Value::map({{"host", to.host}});
    if (to.port) out.set("port", Value::map({{"number", *to.port}}));
    return out;
  }

  static Value headers(const std::vector<routing::HeaderChange>& changes) {
    using Op = routing::HeaderChange::Op;
    Value out = Value::map();
    for (const routing::HeaderChange& change : changes) {
      Value& side = out.at(change.response ? "response" : "request");
      if (change.op == Op::remove) {
        if (side.find("remove") == nullptr) side.set("remove", Value::list());
        side.find("remove")->add(change.name);
      } else {
        side.at(change.op == Op::set ? "set" : "add").set(change.name, change.value);
      }
    }
    return out;
  }

  static Value redirect(const routing::Redirect& from) {
    Value out = Value::map();
    out.set_unless_empty(from.replaces_prefix ? "prefixRewrite" : "uri", from.path);
    out.set_unless_empty("authority", from.authority);
    out.set_unless_empty("scheme", from.scheme);
    if (from.port) out.set("port", *from.port);
    out.set("redirectCode", from.code);
    return out;
  }

  Value rule(const routing::Route& route, const Ports& ports) {
    Value out = Value::map();
    if (is_given_name(route)) out.set("name", route.name);
    Value entries = Value::list();
    for (const routing::Match& match : route.matches) {
      for (Value& entry : matches(route, match)) {
        if (entry.empty()) entry.set("uri", Value::map({{"prefix", "/"}}));
        add_for(ports, entries, std::move(entry));
      }
    }
    if (route.matches.empty() && !ports.empty()) add_for(ports, entries, Value::map());
    if (!route.matches.empty() && entries.empty()) return {};
    out.set_unless_empty("match", std::move(entries));
    if (route.redirect) {
      out.set("redirect", redirect(*route.redirect));
    } else if (route.direct_response) {
      out.set("directResponse", Value::map({{"status", route.direct_response->status}}));
    } else {
      act(out, route);
    }
    out.set_unless_empty("headers", headers(route.headers));
    return out;
  }

  void act(Value& out, const routing::Route& route) {
    if (route.rewrite) {
      Value rewrite = Value::map();
      rewrite.set_unless_empty("authority", route.rewrite->authority);
      if (route.rewrite->path) rewrite.set("uri", *route.rewrite->path);
      out.set_unless_empty("rewrite", std::move(rewrite));
      if (route.rewrite->path && route.rewrite->replaces_prefix) {
        lose({Severity::warning, Aspect::rewrite}, route, route.rewrite->where,
             "Istio puts the new path in place of the text that matched, slashes as they are");
      }
    }
    out.set("route", backends(route));
    if (route.timeout.value) out.set("timeout", format_duration(*route.timeout.value));
    retries(out, route);
    Value mirrors = Value::list();
    for (const routing::Mirror& mirror : route.mirrors) {
      mirrors.add(Value::map({{"destination", destination(mirror.to)},
                              {"percentage", Value::map({{"value", mirror.percent}})}}));
    }
    out.set_unless_empty("mirrors", std::move(mirrors));
    if (route.cors) out.set("corsPolicy", cors(*route.cors));
  }

  Value backends(const routing::Route& route) {
    Value out = Value::list();
    for (const routing::Destination& to : route.destinations) {
      Value one = Value::map({{"destination", destination(to)}});
      if (route.destinations.size() > 1) one.set("weight", to.weight);
      one.set_unless_empty("headers", headers(to.headers));
      if (!to.broken.empty()) {
        lose({Severity::error, Aspect::target}, route, to.where,
             fmt::format("{}: its share gets 503, not 500", to.broken));
      }
      out.add(std::move(one));
    }
    return out;
  }

  static Value texts(const std::vector<std::string>& from) {
    Value out = Value::list();
    for (const std::string& one : from) out.add(one);
    return out;
  }

  /// A `*` in an origin of the Gateway API stands for any text.
  static Value origin(std::string_view described) {
    const std::size_t tick = described.find('`');
    const std::string_view text = tick == described.npos
                                      ? described
                                      : described.substr(tick + 1, described.size() - tick - 2);
    if (text.find('*') == text.npos) return Value::map({{"exact", text}});
    return Value::map({{"regex", str::replace_all(routing::literal_regex(text), "\\*", ".*")}});
  }

  static Value cors(const routing::Cors& from) {
    Value out = Value::map();
    Value origins = Value::list();
    for (const std::string& one : from.allow_origins) origins.add(origin(one));
    out.set_unless_empty("allowOrigins", std::move(origins));
    out.set_unless_empty("allowMethods", texts(from.allow_methods));
    out.set_unless_empty("allowHeaders", texts(from.allow_headers));
    out.set_unless_empty("exposeHeaders", texts(from.expose_headers));
    if (from.max_age) out.set("maxAge", format_duration(*from.max_age));
    if (from.allow_credentials) out.set("allowCredentials", *from.allow_credentials);
    return out;
  }

  void retries(Value& out, const routing::Route& route) {
    const routing::Retries& from = *route.retries;
    if (from.budget) {
      lose({Severity::warning, Aspect::retries}, route, from.budget->where,
           "Istio counts retries of a request; the budget is left out");
    }
    if (from.attempts.is_default()) return;
    Value retries = Value::map({{"attempts", from.attempts.value}});
    retries.set_unless_empty("retryOn", from.on.value);
    if (from.per_try.value) retries.set("perTryTimeout", format_duration(*from.per_try.value));
    if (from.backoff.value) retries.set("backoff", format_duration(*from.backoff.value));
    out.set("retries", std::move(retries));
  }

  static void add_for(const Ports& ports, Value& entries, Value entry) {
    for (const std::uint32_t port : ports) {
      Value one = entry;
      entries.add(std::move(one.set("port", port)));
    }
    if (ports.empty()) entries.add(std::move(entry));
  }

  /// The ports of its gateway on which the host has these routes; none when that is all of them. A
  /// VirtualService is for every server of a gateway, a route may be for some listeners.
  Ports some_ports(const routing::Listener& listener, const routing::VirtualHost& host) const {
    Ports bound;
    bool all = true;
    for (const routing::Listener& other : source_.table.listeners) {
      if (other.gateway != listener.gateway || !other.port) continue;
      const auto& hosts = other.virtual_hosts;
      const bool here = std::any_of(hosts.begin(), hosts.end(), [&](const auto& one) {
        return one.host == host.host && !one.routes.empty() &&
               one.routes.front().where == host.routes.front().where;
      });
      if (here) bound.insert(*other.port);
      const bool serves =
          std::any_of(other.hosts.begin(), other.hosts.end(), [&](const std::string& name) {
            return name == "*" || routing::covers_host(name, host.host);
          });
      const bool http = other.protocol.starts_with("HTTP") || other.protocol.empty();
      all = all && (here || !serves || !http);
    }
    return all ? Ports() : bound;
  }

  /// A rule below HTTP; null when it cannot be said.
  Value l4_rule(const routing::Route& route, const Place& place) {
    const bool tls = route.protocol == routing::Protocol::tls;
    Value entries = Value::list();
    std::vector<routing::Match> matches = route.matches;
    if (matches.empty()) matches.emplace_back();
    for (const routing::Match& match : matches) {
      Value entry = l4_match(route, match, place);
      if (entry.is_null()) return {};
      if (tls || !entry.empty()) entries.add(std::move(entry));
    }
    Value out = Value::map();
    out.set_unless_empty("match", std::move(entries));
    out.set("route", backends(route));
    return out;
  }

  Value l4_match(const routing::Route& route, const routing::Match& match, const Place& place) {
    Value out = Value::map();
    Value names = Value::list();
    // A gateway with several ports of TCP tells them apart by this.
    if (place.listener.port) out.set("port", *place.listener.port);
    for (const routing::Condition& one : match.conditions) {
      if (one.subject == Subject::sni) {
        add_server_names(names, route, one, place);
      } else if (!set(out, one, one.any_of.front()) || one.negated) {
        lose({Severity::error, Aspect::taken}, route, one.where,
             fmt::format("Istio has no condition `{}` below HTTP", brief(one)));
        return {};
      }
    }
    if (route.protocol != routing::Protocol::tls) return out;
    if (names.empty()) names.add(place.host.host);
    out.set("sniHosts", std::move(names));
    return out;
  }

  /// Istio routes TLS by names that are among the hosts of the VirtualService.
  void add_server_names(Value& names, const routing::Route& route,
                        const routing::Condition& condition, const Place& place) {
    for (const StringMatch& one : condition.any_of) {
      const std::string name = (one.kind() == Kind::suffix ? "*" : "") + one.text();
      if (routing::covers_host(place.host.host, name)) {
        names.add(name);
        continue;
      }
      lose({Severity::error, Aspect::taken}, route, condition.where,
           fmt::format("server name `{}` is left out: Istio knows only names of the host `{}`",
                       name, place.host.host));
    }
  }

  void add(const routing::Listener& listener, const routing::VirtualHost& host) {
    // A gateway merges what its servers share, so one VirtualService is enough.
    if (!seen_.emplace(listener.gateway, host.host, source::to_string(host.routes.front().where))
             .second) {
      return;
    }
    std::map<routing::Protocol, Value> rules;
    ObjectName name = unique("VirtualService", name_of(host.routes.front().resource));
    const std::string full = name.scope.empty() ? name.name : name.scope + "/" + name.name;
    const Ports ports = some_ports(listener, host);
    for (const routing::Route& route : host.routes) {
      const bool http = route.protocol == routing::Protocol::http;
      Value one = http ? rule(route, ports) : l4_rule(route, {listener, host});
      if (one.is_null()) continue;
      Value& all = rules.try_emplace(route.protocol, Value::list()).first->second;
      const bool named = http && is_given_name(route);
      const std::string place =
          fmt::format("{}[{}]", routing::to_string(route.protocol), all.size());
      out_.origins.push_back({"VirtualService " + full, named ? route.name : place, route.where});
      all.add(std::move(one));
    }
    if (rules.empty()) return;
    Value spec = Value::map({{"hosts", Value::list({host.host})}});
    if (listener.gateway != "mesh") spec.set("gateways", Value::list({listener.gateway}));
    for (auto& [protocol, all] : rules) {
      spec.set(std::string(routing::to_string(protocol)), std::move(all));
    }
    write("VirtualService", name, std::move(spec));
  }

  void add(const resource::gateway_api::Gateway& gateway) {
    Value servers = Value::list();
    for (const auto& listener : gateway.listeners) {
      const std::string hostname(listener.hostname->empty() ? "*" : *listener.hostname);
      Value port = Value::map({{"number", *listener.port},
                               {"name", *listener.name},
                               {"protocol", *listener.protocol_name}});
      Value one = Value::map({{"port", std::move(port)}, {"hosts", Value::list({hostname})}});
      if (listener.tls) {
        Value tls = Value::map({{"mode", listener.passes_through ? "PASSTHROUGH" : "SIMPLE"}});
        if (!listener.certificates.empty()) {
          tls.set("credentialName", listener.certificates.front().name);
          lose_certificates(gateway, listener);
        }
        one.set("tls", std::move(tls));
      }
      servers.add(std::move(one));
    }
    out_.losses.push_back({fmt::format("the pods of Gateway `{}` are Istio's ingress gateway; its "
                                       "class says nothing about them",
                                       *gateway.name),
                           gateway.where(), Severity::info});
    Value selector = Value::map({{"istio", "ingressgateway"}});
    write("Gateway", unique("Gateway", {std::string(gateway.scope), std::string(*gateway.name)}),
          Value::map({{"selector", std::move(selector)}, {"servers", std::move(servers)}}));
  }

  /// A server has one certificate, from a Secret beside the pods of the gateway.
  void lose_certificates(const resource::gateway_api::Gateway& gateway,
                         const resource::gateway_api::Listener& listener) {
    const auto& first = listener.certificates.front();
    for (const auto& one : listener.certificates) {
      if (&one == &first) continue;
      out_.losses.push_back(
          {fmt::format("a server has one certificate; `{}` is left out", one.name), one.where(),
           Severity::warning});
    }
    if (first.scope == gateway.scope) return;
    out_.losses.push_back({fmt::format("Istio looks for Secret `{}` in the namespace of the "
                                       "gateway's pods, not in `{}`",
                                       first.name, first.scope),
                           first.where("namespace"), Severity::warning});
  }

  ObjectName unique(std::string_view kind, ObjectName name) {
    const std::string stem = name.name;
    for (int i = 2; !taken_.emplace(kind, name).second; ++i) {
      name.name = fmt::format("{}-{}", stem, i);
    }
    return name;
  }

  void write(std::string_view kind, const ObjectName& name, Value spec) {
    Value metadata = Value::map({{"name", name.name}});
    metadata.set_unless_empty("namespace", name.scope);
    const Value document = Value::map({{"apiVersion", "networking.istio.io/v1"},
                                       {"kind", kind},
                                       {"metadata", std::move(metadata)},
                                       {"spec", std::move(spec)}});
    out_.documents.push_back(
        {document_name(kind, name.scope, name.name, out_.documents), yaml::write(document)});
  }

  const Source& source_;
  Rendered& out_;
  std::set<std::pair<std::string_view, ObjectName>> taken_;
  std::set<std::tuple<std::string, std::string, std::string>> seen_;
  std::set<std::pair<std::string, std::string>> told_;
};

}  // namespace

void add_istio_routes(const Source& source, Rendered& out) { Builder(source, out).build(); }

}  // namespace meshfn::render
