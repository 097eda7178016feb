#include "lint/rules/linkerd_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"

namespace meshfn::lint::linkerd {

namespace {

using resource::Object;

std::string_view text_or(yaml::Node node, std::string_view fallback) {
  return node && !node.is_null() ? node.text() : fallback;
}

bool is_core(std::string_view group) {
  return group.empty() || str::equals_ignore_case(group, "core");
}

Reference read(yaml::Node node, std::string_view group, std::string_view kind,
               std::string_view scope) {
  Reference out;
  out.node = node;
  // An empty group is written and means core; only an absent one gets the default.
  out.group = text_or(node.find("group"), node.find("group") ? "" : group);
  out.kind = text_or(node.find("kind"), kind);
  out.name = node.find("name").text();
  out.scope = text_or(node.find("namespace"), scope);
  out.port = resource::integer(node.find("port"));
  if (is_core(out.group) && str::equals_ignore_case(out.kind, "Service")) {
    out.target = ParentKind::service;
  } else if (refers_to(out, kPolicy, "Server")) {
    out.target = ParentKind::server;
  } else if (refers_to(out, kPolicy, "EgressNetwork")) {
    out.target = ParentKind::egress_network;
  }
  return out;
}

}  // namespace

std::optional<RouteKind> route_kind(const Object& object) {
  const std::string_view kind = object.kind.value;
  if (object.group() == kPolicy) {
    return kind == "HTTPRoute" ? std::optional(RouteKind::policy_http) : std::nullopt;
  }
  if (object.group() != kGatewayApi) return std::nullopt;
  if (kind == "HTTPRoute") return RouteKind::http;
  if (kind == "GRPCRoute") return RouteKind::grpc;
  if (kind == "TLSRoute") return RouteKind::tls;
  if (kind == "TCPRoute") return RouteKind::tcp;
  return std::nullopt;
}

std::vector<Reference> parents(const Object& route) {
  std::vector<Reference> out;
  for (const yaml::Node node : route.spec.find("parentRefs").items()) {
    out.push_back(read(node, route.group(), "Gateway", route.scope));
  }
  return out;
}

std::vector<Reference> backends(const Object& route, yaml::Node rule) {
  std::vector<Reference> out;
  for (const yaml::Node node : rule.find("backendRefs").items()) {
    out.push_back(read(node, "", "Service", route.scope));
  }
  return out;
}

Reference policy_reference(yaml::Node node, std::string_view scope) {
  return read(node, "", "", scope);
}

std::string describe(const Reference& reference) {
  return fmt::format("kind `{}` of group `{}`", reference.kind,
                     is_core(reference.group) ? "core" : reference.group);
}

bool refers_to(const Reference& reference, std::string_view group, std::string_view kind) {
  const bool same_group =
      group.empty() ? is_core(reference.group) : str::equals_ignore_case(reference.group, group);
  return same_group && str::equals_ignore_case(reference.kind, kind);
}

bool has_parent(const Object& route, ParentKind kind) {
  const auto all = parents(route);
  return std::any_of(all.begin(), all.end(),
                     [kind](const Reference& parent) { return parent.target == kind; });
}

bool is_destination(const Object& object) {
  return (object.kind.value == "Service" && object.group().empty()) ||
         objects::is(object, kPolicy, "EgressNetwork");
}

bool RouteFilter::operator()(const Object& route) const {
  if (route.group() == kPolicy) return true;
  if (has_parent(route, ParentKind::server) || has_parent(route, ParentKind::egress_network)) {
    return true;
  }
  return has_parent(route, ParentKind::service) && uses_linkerd(mesh_);
}

}  // namespace meshfn::lint::linkerd
