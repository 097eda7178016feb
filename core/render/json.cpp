// The effective route table as JSON.

#include "base/json.h"

#include <fmt/format.h>

#include "base/units.h"
#include "render/route_json.h"
#include "render/shadows.h"
#include "render/target.h"
#include "render/words.h"

namespace meshfn::render {

namespace {

using routing::StringMatch;

std::string_view kind_name(StringMatch::Kind kind) {
  switch (kind) {
    case StringMatch::Kind::exact:
      return "exact";
    case StringMatch::Kind::prefix:
      return "prefix";
    case StringMatch::Kind::path_prefix:
      return "pathPrefix";
    case StringMatch::Kind::suffix:
      return "suffix";
    case StringMatch::Kind::regex:
      return "regex";
    case StringMatch::Kind::present:
      return "present";
  }
  return {};
}

std::string_view subject_name(routing::Subject subject) {
  switch (subject) {
    case routing::Subject::path:
      return "path";
    case routing::Subject::method:
      return "method";
    case routing::Subject::scheme:
      return "scheme";
    case routing::Subject::authority:
      return "authority";
    case routing::Subject::header:
      return "header";
    case routing::Subject::query:
      return "query";
    case routing::Subject::port:
      return "port";
    case routing::Subject::gateway:
      return "gateway";
    case routing::Subject::source_label:
      return "sourceLabel";
    case routing::Subject::source_namespace:
      return "sourceNamespace";
    case routing::Subject::sni:
      return "sni";
  }
  return {};
}

Json to_json(const routing::Condition& condition) {
  Json out = {{"on", subject_name(condition.subject)}};
  if (!condition.name.empty()) out["name"] = condition.name;
  out["negated"] = condition.negated;
  out["anyOf"] = Json::array();
  for (const StringMatch& match : condition.any_of) {
    Json one = {{"kind", kind_name(match.kind())}, {"value", match.text()}};
    if (match.ignore_case()) one["ignoreCase"] = true;
    out["anyOf"].push_back(std::move(one));
  }
  add_place(out, condition.where);
  return out;
}

template <class T>
Json sourced(const routing::Sourced<T>& from, Json value) {
  Json out = {{"value", std::move(value)}, {"default", from.is_default()}};
  add_place(out, from.where);
  return out;
}

Json duration(const std::optional<routing::Duration>& value) {
  return value ? Json(format_duration(*value)) : Json();
}

Json retries(const routing::Retries& from) {
  return {{"attempts", sourced(from.attempts, from.attempts.value)},
          {"on", sourced(from.on, from.on.value)},
          {"perTry", sourced(from.per_try, duration(from.per_try.value))},
          {"backoff", sourced(from.backoff, duration(from.backoff.value))}};
}

Json redirect(const routing::Redirect& from) {
  Json out = {{"code", from.code}};
  if (!from.scheme.empty()) out["scheme"] = from.scheme;
  if (!from.authority.empty()) out["authority"] = from.authority;
  if (from.port) out["port"] = *from.port;
  if (!from.path.empty()) out["path"] = from.path;
  if (from.replaces_prefix) out["replacesPrefix"] = true;
  return out;
}

Json rewrite(const routing::Rewrite& from) {
  Json out = Json::object();
  if (!from.authority.empty()) out["authority"] = from.authority;
  if (from.path) out["path"] = *from.path;
  if (from.path) out["replacesPrefix"] = from.replaces_prefix;
  if (!from.regex.empty()) {
    out["regex"] = from.regex;
    out["substitution"] = from.substitution;
  }
  return out;
}

Json fault(const routing::Fault& from) {
  Json out = Json::object();
  if (from.delay) {
    out["delay"] = {{"fixed", format_duration(from.delay->fixed)},
                    {"percent", from.delay->percent}};
  }
  if (!from.abort) return out;
  Json abort = {{"percent", from.abort->percent}};
  if (from.abort->grpc_status.empty()) {
    abort["httpStatus"] = from.abort->http_status;
  } else {
    abort["grpcStatus"] = from.abort->grpc_status;
  }
  out["abort"] = std::move(abort);
  return out;
}

Json mirrors(const std::vector<routing::Mirror>& from) {
  Json out = Json::array();
  for (const routing::Mirror& mirror : from) {
    Json one = render::to_json(mirror.to);
    one.erase("weight");
    one["percent"] = mirror.percent;
    out.push_back(std::move(one));
  }
  return out;
}

Json header_changes(const std::vector<routing::HeaderChange>& from) {
  using Op = routing::HeaderChange::Op;
  Json out = Json::array();
  for (const routing::HeaderChange& change : from) {
    Json one = {{"on", change.response ? "response" : "request"},
                {"op", change.op == Op::set   ? "set"
                       : change.op == Op::add ? "add"
                                              : "remove"},
                {"name", change.name}};
    if (change.op != Op::remove) one["value"] = change.value;
    out.push_back(std::move(one));
  }
  return out;
}

Json cors(const routing::Cors& from) {
  return {{"allowOrigins", from.allow_origins},
          {"allowMethods", from.allow_methods},
          {"allowHeaders", from.allow_headers},
          {"exposeHeaders", from.expose_headers},
          {"maxAge", duration(from.max_age)},
          {"allowCredentials", from.allow_credentials ? Json(*from.allow_credentials) : Json()}};
}

Json to_json(const routing::VirtualHost& host) {
  Json out = {{"host", host.host}, {"domains", host.domains}, {"ports", host.ports}};
  add_place(out, host.where);
  out["routes"] = Json::array();
  const Shadows reached(host);
  for (std::size_t i = 0; i < host.routes.size(); ++i) {
    Json route = render::to_json(host.routes[i]);
    Json shadows = Json::array();
    for (std::size_t m = 0; m < std::max<std::size_t>(host.routes[i].matches.size(), 1); ++m) {
      const std::string why = reached.over(i, m);
      if (!why.empty()) shadows.push_back({{"match", m}, {"why", why}});
    }
    route["neverReached"] = std::move(shadows);
    out["routes"].push_back(std::move(route));
  }
  return out;
}

Json to_json(const routing::Listener& listener) {
  Json out = {{"gateway", listener.gateway},
              {"port", listener.port ? Json(*listener.port) : Json()},
              {"protocol", listener.protocol},
              {"hosts", listener.hosts},
              {"httpsRedirect", listener.https_redirect}};
  add_place(out, listener.where);
  out["virtualHosts"] = Json::array();
  for (const auto& host : listener.virtual_hosts) out["virtualHosts"].push_back(to_json(host));
  return out;
}

}  // namespace

void add_place(Json& out, const source::Location& where) {
  if (where.file == nullptr) return;
  const source::Position position = where.file->position(where.span.begin);
  out["path"] = where.file->path();
  out["line"] = position.line;
  out["column"] = position.column;
}

Json to_json(const routing::Destination& destination) {
  Json out = {{"host", destination.host},
              {"subset", destination.subset.empty() ? Json() : Json(destination.subset)},
              {"port", destination.port ? Json(*destination.port) : Json()},
              {"weight", destination.weight}};
  if (!destination.broken.empty()) out["broken"] = destination.broken;
  return out;
}

void add_actions(Json& out, const routing::Route& route) {
  out["destinations"] = Json::array();
  for (const auto& to : route.destinations) out["destinations"].push_back(to_json(to));
  out["redirect"] = route.redirect ? redirect(*route.redirect) : Json();
  out["directResponse"] = Json();
  if (route.direct_response) {
    out["directResponse"] = {{"status", route.direct_response->status},
                             {"body", route.direct_response->body}};
  }
  out["rewrite"] = route.rewrite ? rewrite(*route.rewrite) : Json();
  out["mirror"] = mirrors(route.mirrors);
  out["timeout"] = sourced(route.timeout, duration(route.timeout.value));
  out["retries"] = retries(*route.retries);
  out["fault"] = route.fault ? fault(*route.fault) : Json();
  out["headers"] = header_changes(route.headers);
  out["cors"] = route.cors ? cors(*route.cors) : Json();
}

Json to_json(const routing::Match& match) {
  Json out = Json::object();
  if (!match.name.empty()) out["name"] = match.name;
  out["conditions"] = Json::array();
  for (const auto& condition : match.conditions) out["conditions"].push_back(to_json(condition));
  add_place(out, match.where);
  return out;
}

Json to_json(const routing::Route& route) {
  Json out = {{"resource", route.resource},
              {"route", route.name},
              {"dialect", routing::to_string(route.dialect)},
              {"protocol", routing::to_string(route.protocol)}};
  add_place(out, route.where);
  out["matches"] = Json::array();
  for (const auto& match : route.matches) out["matches"].push_back(to_json(match));
  add_actions(out, route);
  out["delegate"] = route.delegate.empty() ? Json() : Json(route.delegate);
  return out;
}

Result<Rendered> to_json(const Source& source, const Options&) {
  Json out = {{"schema", 1}, {"listeners", Json::array()}, {"notes", Json::array()}};
  for (const auto& listener : source.table.listeners) out["listeners"].push_back(to_json(listener));
  for (const routing::Note& note : source.table.notes) {
    Json one = {{"message", note.message}};
    add_place(one, note.where);
    out["notes"].push_back(std::move(one));
  }
  constexpr auto kReplace = Json::error_handler_t::replace;
  return Rendered{{{"routes.json", out.dump(2, ' ', false, kReplace) + "\n"}}, "", {}};
}

}  // namespace meshfn::render
