// Istio's resources for what Linkerd or the Gateway API route in the input.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "base/units.h"
#include "render/convert.h"
#include "render/words.h"
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
  void lose(Severity severity, const routing::Route& route, std::string message) {
    out_.losses.push_back({std::move(message), route.where, severity, route.where});
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
        lose(Severity::error, route, fmt::format("Istio has no condition `{}`", brief(condition)));
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

  static Value destination(const routing::Destination& to, const routing::VirtualHost&) {
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
    out.set_unless_empty("uri", from.path);
    out.set_unless_empty("authority", from.authority);
    out.set_unless_empty("scheme", from.scheme);
    if (from.port) out.set("port", *from.port);
    out.set("redirectCode", from.code);
    return out;
  }

  Value rule(const routing::Route& route, const routing::VirtualHost& host) {
    Value out = Value::map();
    Value entries = Value::list();
    for (const routing::Match& match : route.matches) {
      for (Value& entry : matches(route, match)) {
        if (entry.empty()) entry.set("uri", Value::map({{"prefix", "/"}}));
        entries.add(std::move(entry));
      }
    }
    if (!route.matches.empty() && entries.empty()) return {};
    out.set_unless_empty("match", std::move(entries));
    if (route.redirect) {
      out.set("redirect", redirect(*route.redirect));
    } else if (route.direct_response) {
      out.set("directResponse", Value::map({{"status", route.direct_response->status}}));
    } else {
      act(out, route, host);
    }
    out.set_unless_empty("headers", headers(route.headers));
    return out;
  }

  void act(Value& out, const routing::Route& route, const routing::VirtualHost& host) {
    if (route.rewrite) {
      Value rewrite = Value::map();
      rewrite.set_unless_empty("authority", route.rewrite->authority);
      if (route.rewrite->path) rewrite.set("uri", *route.rewrite->path);
      out.set_unless_empty("rewrite", std::move(rewrite));
      if (route.rewrite->path && route.rewrite->replaces_prefix) {
        lose(Severity::warning, route,
             "Istio puts the new path in place of the text that matched, slashes as they are");
      }
    }
    Value backends = Value::list();
    for (const routing::Destination& to : route.destinations) {
      Value one = Value::map({{"destination", destination(to, host)}});
      if (route.destinations.size() > 1) one.set("weight", to.weight);
      one.set_unless_empty("headers", headers(to.headers));
      if (!to.broken.empty()) {
        lose(Severity::error, route, fmt::format("{}: its share gets 503, not 500", to.broken));
      }
      backends.add(std::move(one));
    }
    out.set("route", std::move(backends));
    if (route.timeout.value) out.set("timeout", format_duration(*route.timeout.value));
    retries(out, route);
    Value mirrors = Value::list();
    for (const routing::Mirror& mirror : route.mirrors) {
      mirrors.add(Value::map({{"destination", destination(mirror.to, host)},
                              {"percentage", Value::map({{"value", mirror.percent}})}}));
    }
    out.set_unless_empty("mirrors", std::move(mirrors));
    if (route.cors) lose(Severity::error, route, "CORS is not carried over");
  }

  void retries(Value& out, const routing::Route& route) {
    const routing::Retries& from = route.retries;
    if (from.budget) {
      lose(Severity::warning, route, "Istio counts retries of a request; the budget is left out");
    }
    if (from.attempts.is_default()) return;
    Value retries = Value::map({{"attempts", from.attempts.value}});
    retries.set_unless_empty("retryOn", from.on.value);
    if (from.per_try.value) retries.set("perTryTimeout", format_duration(*from.per_try.value));
    if (from.backoff.value) retries.set("backoff", format_duration(*from.backoff.value));
    out.set("retries", std::move(retries));
  }

  void add(const routing::Listener& listener, const routing::VirtualHost& host) {
    // A gateway merges what its servers share, so one VirtualService is enough.
    if (!seen_.emplace(listener.gateway, host.host, source::to_string(host.routes.front().where))
             .second) {
      return;
    }
    Value http = Value::list();
    ObjectName name = name_of(host.routes.front().resource);
    for (const routing::Route& route : host.routes) {
      if (route.protocol != routing::Protocol::http) {
        lose(Severity::error, route, "routes below HTTP are not carried over");
        continue;
      }
      Value one = rule(route, host);
      if (one.is_null()) continue;
      const std::string full = name.scope.empty() ? name.name : name.scope + "/" + name.name;
      out_.origins.push_back(
          {"VirtualService " + full, fmt::format("http[{}]", http.size()), route.where});
      http.add(std::move(one));
    }
    if (http.empty()) return;
    Value spec = Value::map({{"hosts", Value::list({host.host})}});
    if (listener.gateway != "mesh") spec.set("gateways", Value::list({listener.gateway}));
    spec.set("http", std::move(http));
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
    write("Gateway", {std::string(gateway.scope), std::string(*gateway.name)},
          Value::map({{"selector", std::move(selector)}, {"servers", std::move(servers)}}));
  }

  void write(std::string_view kind, ObjectName name, Value spec) {
    const std::string stem = name.name;
    for (int i = 2; !taken_.emplace(kind, name).second; ++i) {
      name.name = fmt::format("{}-{}", stem, i);
    }
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
};

}  // namespace

void add_istio_routes(const Source& source, Rendered& out) { Builder(source, out).build(); }

}  // namespace meshfn::render
