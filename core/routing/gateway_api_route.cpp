#include "routing/gateway_api_route.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/str.h"
#include "resource/gateway_api/grants.h"
#include "routing/host.h"
#include "routing/istio_route.h"

namespace meshfn::routing {

namespace {

namespace api = resource::gateway_api;
using Kind = StringMatch::Kind;

constexpr std::uint32_t kUnusable = 500;

StringMatch value_pattern(const api::ValueMatch& from) {
  return {from.regex ? Kind::regex : Kind::exact, std::string(*from.value)};
}

/// Of several entries for one name only the first counts.
void add_values(Match& out, Subject subject, const std::vector<api::ValueMatch>& from) {
  std::set<std::string> seen;
  for (const api::ValueMatch& one : from) {
    std::string name = subject == Subject::header ? str::lower(*one.name) : std::string(*one.name);
    if (!seen.insert(name).second) continue;
    out.conditions.push_back(
        {subject, std::move(name), {value_pattern(one)}, false, one.node.where()});
  }
}

StringMatch path_pattern(const api::RouteMatch& from) {
  std::string path(from.path ? *from.path : "/");
  switch (from.path_kind) {
    case api::PathKind::exact:
      return {Kind::exact, std::move(path)};
    case api::PathKind::regex:
      return {Kind::regex, std::move(path)};
    case api::PathKind::prefix:
      break;
  }
  if (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return {Kind::path_prefix, std::move(path)};
}

/// A call of gRPC is a POST to /service/method.
std::optional<StringMatch> grpc_path(const api::RouteMatch& from) {
  if (!from.service && !from.method) return std::nullopt;
  const std::string service(*from.service);
  const std::string method(*from.method);
  if (from.regex) {
    return StringMatch(Kind::regex, fmt::format("/{}/{}", service.empty() ? "[^/]+" : service,
                                                method.empty() ? "[^/]+" : method));
  }
  if (service.empty()) return StringMatch(Kind::regex, "/[^/]+/" + method);
  if (method.empty()) return StringMatch(Kind::prefix, "/" + service + "/");
  return StringMatch(Kind::exact, fmt::format("/{}/{}", service, method));
}

bool permitted(const resource::Mesh& mesh, const resource::Object& from, const api::Reference& to) {
  if (from.scope == to.scope) return true;
  const auto& grants = mesh.all<api::ReferenceGrant>();
  return std::any_of(grants.begin(), grants.end(), [&](const api::ReferenceGrant& grant) {
    return grant.scope == to.scope && api::permits(grant, from, to);
  });
}

/// Why a backend cannot be used; empty when it can, or when the input does not show it.
std::string problem(const resource::Mesh& mesh, const resource::Object& from,
                    const api::Reference& to) {
  if (!to.is_service()) {
    const bool known = to.kind == "ServiceImport" || to.kind == "Hostname";
    return known ? "" : fmt::format("a {} is no backend", to.kind);
  }
  if (!permitted(mesh, from, to)) {
    return fmt::format("no ReferenceGrant in `{}` permits it", to.scope);
  }
  const auto* service = mesh.service(to.scope, to.name);
  if (service == nullptr) {
    return mesh.has_services_in(to.scope) ? fmt::format("{} does not exist", describe(to)) : "";
  }
  if (to.port && !service->ports.empty() && service->port(*to.port) == nullptr) {
    return fmt::format("{} has no port {}", describe(to), *to.port);
  }
  return {};
}

Destination destination(const api::Reference& from) {
  Destination out;
  out.host = backend_host(from);
  if (from.port) out.port = static_cast<std::uint32_t>(*from.port);
  out.where = from.where();
  return out;
}

void add_backends(Route& route, const resource::Mesh& mesh, const api::Route& owner,
                  const api::Rule& rule, std::vector<Note>& notes) {
  for (const api::Backend& backend : rule.backends) {
    Destination one = destination(backend);
    one.weight = static_cast<std::uint32_t>(std::max<std::int64_t>(backend.share(), 0));
    // One backend takes everything, whatever its weight says, unless that is 0.
    if (rule.backends.size() == 1 && one.weight > 0) one.weight = 100;
    one.broken = problem(mesh, owner, backend);
    for (const api::Filter& filter : backend.filters) add_header_filter(one.headers, filter);
    if (!one.broken.empty()) {
      notes.push_back({fmt::format("{} of {}: {}, so its share is answered with 500", route.name,
                                   route.resource, one.broken),
                       one.where});
    }
    route.destinations.push_back(std::move(one));
  }
}

/// Nothing to send requests to is answered with 500, or refused below HTTP.
void answer_if_nowhere(Route& route, const api::Rule& rule) {
  const bool usable =
      std::any_of(route.destinations.begin(), route.destinations.end(),
                  [](const Destination& one) { return one.weight > 0 && one.broken.empty(); });
  if (usable || route.redirect || route.protocol != Protocol::http) return;
  route.direct_response = DirectResponse{kUnusable, {}, rule.node.where()};
}

std::string retry_classes(yaml::Node codes) {
  std::string on = default_retries()->on.value;
  for (const yaml::Node code : codes.items()) on += fmt::format(",{}", code.text());
  return on;
}

void add_limits(Route& route, const api::Rule& rule) {
  const auto limit = [](const resource::Duration& from) -> Sourced<std::optional<Duration>> {
    if (from->count() == 0) return {std::nullopt, from.where()};
    return {*from, from.where()};
  };
  route.retries = default_retries();
  if (rule.request_timeout) route.timeout = limit(rule.request_timeout);
  const bool retries = rule.retry.is_mapping();
  if (rule.backend_timeout) {
    (retries ? route.retries.edit().per_try : route.timeout) = limit(rule.backend_timeout);
  }
  if (!retries) return;
  const auto attempts = resource::integer(rule.retry.find("attempts"));
  const source::Location where = attempts ? attempts.where() : rule.retry.where();
  Retries& own = route.retries.edit();
  own.attempts = {static_cast<std::uint32_t>(std::max<std::int64_t>(attempts.value_or(2), 0)),
                  where};
  if (const yaml::Node codes = rule.retry.find("codes")) {
    own.on = {retry_classes(codes), codes.where()};
  }
  if (const auto backoff = resource::duration(rule.retry.find("backoff"))) {
    own.backoff = limit(backoff);
  }
}

std::optional<Redirect> redirect(yaml::Node from) {
  Redirect out;
  out.where = from.where();
  out.code = 302;
  out.scheme = std::string(from.find("scheme").text());
  out.authority = std::string(from.find("hostname").text());
  if (const auto port = resource::integer(from.find("port"))) {
    out.port = static_cast<std::uint32_t>(*port);
  }
  if (const auto code = resource::integer(from.find("statusCode"))) {
    out.code = static_cast<std::uint32_t>(*code);
  }
  // Without a port of its own the answer has the scheme's.
  out.drops_port = !out.port && !out.scheme.empty();
  const yaml::Node path = from.find("path");
  out.replaces_prefix = path.find("type").text() == "ReplacePrefixMatch";
  out.path =
      std::string(path.find(out.replaces_prefix ? "replacePrefixMatch" : "replaceFullPath").text());
  return out;
}

std::optional<Rewrite> rewrite(yaml::Node from) {
  Rewrite out;
  out.where = from.where();
  out.authority = std::string(from.find("hostname").text());
  const yaml::Node path = from.find("path");
  if (!path.is_mapping()) return out;
  out.replaces_prefix = path.find("type").text() == "ReplacePrefixMatch";
  out.path =
      std::string(path.find(out.replaces_prefix ? "replacePrefixMatch" : "replaceFullPath").text());
  return out;
}

Mirror mirror(const api::Filter& filter) {
  Mirror out{destination(*filter.backend), 100, filter.node.where()};
  if (const auto percent = resource::number(filter.body.find("percent"))) out.percent = *percent;
  const yaml::Node fraction = filter.body.find("fraction");
  if (const auto numerator = resource::number(fraction.find("numerator"))) {
    const double whole = resource::number(fraction.find("denominator")).value_or(100);
    if (whole > 0) out.percent = 100 * *numerator / whole;
  }
  return out;
}

/// Istio leaves out a mirror that it may not send to, and serves the rule all the same.
void drop_mirrors(Route& route, const resource::Mesh& mesh, const api::Route& owner,
                  const api::Rule& rule, std::vector<Note>& notes) {
  for (const api::Filter& filter : rule.filters) {
    if (*filter.type != "RequestMirror" || !filter.backend) continue;
    const std::string why = problem(mesh, owner, *filter.backend);
    if (why.empty()) continue;
    notes.push_back({fmt::format("{} of {} mirrors nothing: {}", route.name, route.resource, why),
                     filter.backend->where()});
    std::erase_if(route.mirrors,
                  [&](const Mirror& one) { return one.where == filter.node.where(); });
  }
}

std::vector<std::string> strings(yaml::Node list, const char* prefix = "") {
  std::vector<std::string> out;
  for (const yaml::Node item : list.items()) {
    out.push_back(*prefix == '\0' ? std::string(item.text())
                                  : fmt::format("{} `{}`", prefix, item.text()));
  }
  return out;
}

Cors cors(yaml::Node from) {
  Cors out;
  out.where = from.where();
  out.allow_origins = strings(from.find("allowOrigins"), "exact");
  out.allow_methods = strings(from.find("allowMethods"));
  out.allow_headers = strings(from.find("allowHeaders"));
  out.expose_headers = strings(from.find("exposeHeaders"));
  if (const auto age = resource::integer(from.find("maxAge"))) {
    out.max_age = std::chrono::seconds(*age);
  }
  if (const auto allowed = resource::boolean(from.find("allowCredentials"))) {
    out.allow_credentials = *allowed;
  }
  return out;
}

Protocol protocol_of(api::RouteKind kind) {
  if (kind == api::RouteKind::tls) return Protocol::tls;
  return kind == api::RouteKind::tcp ? Protocol::tcp : Protocol::http;
}

/// The pattern of the path and how exact it is: 3 exact, 2 prefix, 1 regex.
std::pair<int, std::size_t> path_rank(const Match& match) {
  for (const Condition& condition : match.conditions) {
    if (condition.subject != Subject::path || condition.any_of.empty()) continue;
    const StringMatch& pattern = condition.any_of.front();
    const int kind = pattern.kind() == Kind::exact ? 3 : pattern.kind() == Kind::regex ? 1 : 2;
    return {kind, pattern.text().size()};
  }
  return {2, 1};  // no path is prefix `/`
}

std::ptrdiff_t count(const Match& match, Subject subject) {
  return std::count_if(
      match.conditions.begin(), match.conditions.end(),
      [subject](const Condition& condition) { return condition.subject == subject; });
}

}  // namespace

std::string backend_host(const api::Reference& reference) {
  if (!reference.is_service()) return std::string(reference.name);
  return fqdn(reference.name, reference.scope);
}

void add_header_filter(std::vector<HeaderChange>& out, const api::Filter& filter) {
  using Op = HeaderChange::Op;
  const bool response = *filter.type == "ResponseHeaderModifier";
  if (!response && *filter.type != "RequestHeaderModifier") return;
  for (const auto& [key, op] : {std::pair("set", Op::set), std::pair("add", Op::add)}) {
    for (const yaml::Node header : filter.body.find(key).items()) {
      out.push_back({op, response, str::lower(header.find("name").text()),
                     std::string(header.find("value").text()), header.where()});
    }
  }
  for (const yaml::Node name : filter.body.find("remove").items()) {
    out.push_back({Op::remove, response, str::lower(name.text()), {}, name.where()});
  }
}

void add_filters(Route& route, const std::vector<api::Filter>& filters) {
  for (const api::Filter& filter : filters) {
    add_header_filter(route.headers, filter);
    if (*filter.type == "RequestRedirect") route.redirect = redirect(filter.body);
    if (*filter.type == "URLRewrite") route.rewrite = rewrite(filter.body);
    if (*filter.type == "RequestMirror" && filter.backend) {
      route.mirrors.push_back(mirror(filter));
    }
    if (*filter.type == "CORS") route.cors = cors(filter.body);
    // What no implementation knows may not be passed over: the request fails.
    if (*filter.type == "ExtensionRef") {
      route.direct_response = DirectResponse{kUnusable, {}, filter.node.where()};
    }
  }
}

Match gateway_api_match(const api::RouteMatch& from, api::RouteKind kind) {
  Match out;
  out.where = from.node.where();
  if (kind == api::RouteKind::grpc) {
    if (auto path = grpc_path(from)) {
      const yaml::Node method = from.node.find("method");
      out.conditions.push_back({Subject::path, {}, {std::move(*path)}, false, method.where()});
    }
    add_values(out, Subject::header, from.headers);
    return out;
  }
  if (from.path) {
    out.conditions.push_back({Subject::path, {}, {path_pattern(from)}, false, from.path.where()});
  }
  if (from.method) {
    out.conditions.push_back({Subject::method,
                              {},
                              {StringMatch(Kind::exact, std::string(*from.method))},
                              false,
                              from.method.where()});
  }
  add_values(out, Subject::header, from.headers);
  add_values(out, Subject::query, from.query_params);
  return out;
}

std::vector<Route> gateway_api_routes(const resource::Mesh& mesh, const api::Route& from,
                                      std::vector<Note>& notes) {
  std::vector<Route> out;
  for (std::size_t i = 0; i < from.rules.size(); ++i) {
    const api::Rule& rule = from.rules[i];
    Route route;
    route.dialect = Dialect::gateway_api;
    route.protocol = protocol_of(from.route_kind);
    route.resource = resource_name(from);
    route.name = rule.name ? std::string(*rule.name) : fmt::format("rules[{}]", i);
    route.where = rule.node.where();
    add_backends(route, mesh, from, rule, notes);
    add_filters(route, rule.filters);
    drop_mirrors(route, mesh, from, rule, notes);
    add_limits(route, rule);
    answer_if_nowhere(route, rule);
    for (const api::RouteMatch& match : rule.matches) {
      Route& one = out.emplace_back(route);
      one.matches.push_back(gateway_api_match(match, from.route_kind));
    }
    if (rule.matches.empty()) out.push_back(std::move(route));
  }
  return out;
}

bool gateway_api_precedes(const Match& a, const Match& b) {
  const auto key = [](const Match& match) {
    return std::tuple(path_rank(match), count(match, Subject::method),
                      count(match, Subject::header), count(match, Subject::query));
  };
  return key(a) > key(b);
}

}  // namespace meshfn::routing
