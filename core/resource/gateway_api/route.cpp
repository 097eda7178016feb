#include "resource/gateway_api/route.h"

#include <algorithm>
#include <array>
#include <utility>

namespace meshfn::resource::gateway_api {

namespace {

constexpr std::array<std::pair<std::string_view, RouteKind>, 5> kKinds = {{
    {"HTTPRoute", RouteKind::http},
    {"GRPCRoute", RouteKind::grpc},
    {"TLSRoute", RouteKind::tls},
    {"TCPRoute", RouteKind::tcp},
    {"UDPRoute", RouteKind::udp},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kFilterFields = {{
    {"RequestHeaderModifier", "requestHeaderModifier"},
    {"ResponseHeaderModifier", "responseHeaderModifier"},
    {"RequestMirror", "requestMirror"},
    {"RequestRedirect", "requestRedirect"},
    {"URLRewrite", "urlRewrite"},
    {"ExtensionRef", "extensionRef"},
    {"CORS", "cors"},
    {"ExternalAuth", "externalAuth"},
}};

bool is_regex(yaml::Node node) { return node.find("type").text() == "RegularExpression"; }

ValueMatch decode_value_match(yaml::Node node) {
  return {node, text(node.find("name")), text(node.find("value")), is_regex(node)};
}

RouteMatch decode_match(yaml::Node node, bool grpc) {
  RouteMatch match;
  match.node = node;
  match.headers = each<ValueMatch>(node.find("headers"), decode_value_match);
  if (grpc) {
    const yaml::Node method = node.find("method");
    match.service = text(method.find("service"));
    match.method = text(method.find("method"));
    match.regex = is_regex(method);
    return match;
  }
  const yaml::Node path = node.find("path");
  match.path = text(path.find("value"));
  if (path.find("type").text() == "Exact") match.path_kind = PathKind::exact;
  if (is_regex(path)) match.path_kind = PathKind::regex;
  match.method = text(node.find("method"));
  match.query_params = each<ValueMatch>(node.find("queryParams"), decode_value_match);
  return match;
}

Filter decode_filter(yaml::Node node, std::string_view scope) {
  Filter filter{node, text(node.find("type")), {}, {}};
  for (const auto& [type, field] : kFilterFields) {
    if (type == filter.type.value) filter.body = node.find(field);
  }
  if (const yaml::Node backend = filter.body.find("backendRef"); backend.is_mapping()) {
    filter.backend = decode_reference(backend, "", "Service", scope);
  }
  return filter;
}

std::vector<Filter> decode_filters(yaml::Node owner, std::string_view scope) {
  return each<Filter>(owner.find("filters"),
                      [scope](yaml::Node node) { return decode_filter(node, scope); });
}

Backend decode_backend(yaml::Node node, std::string_view scope) {
  return {decode_reference(node, "", "Service", scope), integer(node.find("weight")),
          decode_filters(node, scope)};
}

Rule decode_rule(yaml::Node node, bool grpc, std::string_view scope) {
  Rule rule;
  rule.node = node;
  rule.name = text(node.find("name"));
  rule.matches = each<RouteMatch>(node.find("matches"),
                                  [grpc](yaml::Node match) { return decode_match(match, grpc); });
  rule.filters = decode_filters(node, scope);
  rule.backends = each<Backend>(node.find("backendRefs"), [scope](yaml::Node backend) {
    return decode_backend(backend, scope);
  });
  rule.request_timeout = duration(node.at("timeouts", "request"));
  rule.backend_timeout = duration(node.at("timeouts", "backendRequest"));
  rule.retry = node.find("retry");
  rule.session_persistence = node.find("sessionPersistence");
  return rule;
}

}  // namespace

std::optional<RouteKind> route_kind(std::string_view kind) {
  for (const auto& [name, value] : kKinds) {
    if (name == kind) return value;
  }
  return std::nullopt;
}

const Filter* Rule::filter(std::string_view type) const {
  const auto found = std::find_if(filters.begin(), filters.end(), [type](const Filter& filter) {
    return filter.type.value == type;
  });
  return found == filters.end() ? nullptr : &*found;
}

Route decode_route(Object object) {
  Route route{std::move(object), {}, {}, {}, {}};
  route.route_kind = route_kind(route.kind.value).value_or(RouteKind::http);
  const std::string_view scope = route.scope;
  const bool grpc = route.route_kind == RouteKind::grpc;
  route.hostnames = texts(route.spec.find("hostnames"));
  route.parents = decode_references(route.spec.find("parentRefs"), kGroup, "Gateway", scope);
  route.rules = each<Rule>(route.spec.find("rules"),
                           [&](yaml::Node node) { return decode_rule(node, grpc, scope); });
  return route;
}

}  // namespace meshfn::resource::gateway_api
