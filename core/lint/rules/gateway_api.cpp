#include "lint/rules/gateway_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"

namespace meshfn::lint::gateways {

namespace {

using resource::Mesh;
using resource::Object;
using resource::gateway_api::kGroup;
using resource::gateway_api::Protocol;

bool is_gateway_kind(const Reference& reference) {
  return reference.is(kGroup, "Gateway") || reference.is(kGroup, "ListenerSet");
}

}  // namespace

Parents::Parents(const Mesh& mesh) : mesh_(mesh) {
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    gateways_.try_emplace({gateway.kind.value, gateway.scope, gateway.name.value}, &gateway);
  }
  for (const Object* object : mesh.of_kind("", "Namespace")) {
    labels_.try_emplace(object->name.value, resource::labels(object->metadata.find("labels")));
  }
}

const Gateway* Parents::find(const Reference& reference) const {
  if (!is_gateway_kind(reference)) return nullptr;
  auto found = gateways_.find({reference.kind, reference.scope, reference.name});
  // An object without a namespace may be meant for any.
  if (found == gateways_.end()) found = gateways_.find({reference.kind, "", reference.name});
  return found == gateways_.end() ? nullptr : found->second;
}

Found Parents::found(const Reference& reference) const {
  if (find(reference) != nullptr) return Found::yes;
  const auto& assume = mesh_.settings().assume;
  const auto holds = [](const std::vector<std::string>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  if (!is_gateway_kind(reference) || holds(assume.namespaces, reference.scope) ||
      holds(assume.gateways, fmt::format("{}/{}", reference.scope, reference.name))) {
    return Found::unknown;
  }
  const auto next = gateways_.lower_bound({reference.kind, reference.scope, ""});
  const bool shown = next != gateways_.end() && std::get<0>(next->first) == reference.kind &&
                     std::get<1>(next->first) == reference.scope;
  return shown || mesh_.settings().closed_world ? Found::missing : Found::unknown;
}

std::string Parents::hint(const Reference& reference) const {
  std::vector<std::string_view> names;
  for (auto next = gateways_.lower_bound({reference.kind, reference.scope, ""});
       next != gateways_.end() && std::get<0>(next->first) == reference.kind &&
       std::get<1>(next->first) == reference.scope;
       ++next) {
    names.push_back(std::get<2>(next->first));
  }
  return did_you_mean(reference.name, names);
}

const resource::Labels* Parents::labels(std::string_view scope) const {
  const auto found = labels_.find(scope);
  return found == labels_.end() ? nullptr : &found->second;
}

std::string_view Parents::class_of(const Gateway& gateway) const {
  if (!gateway.is_listener_set) return gateway.class_name.value;
  const Gateway* const owner = find(gateway.parent);
  return owner == nullptr || owner->is_listener_set ? std::string_view() : owner->class_name.value;
}

Attachments::Attachments(const Mesh& mesh) {
  const auto& parents = mesh.derived<Parents>();
  for (const Route& route : mesh.all<Route>()) {
    for (const Reference& parent : route.parents) {
      const Gateway* const gateway = parents.find(parent);
      if (gateway == nullptr) continue;
      all_.push_back({&route, &parent, gateway,
                      routing::attach(route, parent, *gateway, parents.labels(route.scope))});
    }
  }
}

bool is_istio_class(std::string_view class_name) {
  return class_name == "istio" || class_name.starts_with("istio-");
}

bool is_mesh_route(const Route& route) {
  return std::any_of(route.parents.begin(), route.parents.end(), [](const Reference& parent) {
    return parent.kind == "Service" || parent.kind == "ServiceEntry";
  });
}

std::string_view conflict_between(const Listener& a, const Listener& b) {
  if (a.port.value != b.port.value || !a.port || !b.port) return {};
  const auto is_tls = [](const Listener& listener) {
    return listener.protocol == Protocol::https || listener.protocol == Protocol::tls;
  };
  const auto is = [](const Listener& listener, Protocol protocol) {
    return listener.protocol == protocol;
  };
  if (is(a, Protocol::other) || is(b, Protocol::other)) return {};
  // UDP has ports of its own.
  if (is(a, Protocol::udp) != is(b, Protocol::udp)) return {};
  if (is(a, Protocol::tcp) != is(b, Protocol::tcp) || is_tls(a) != is_tls(b)) {
    return "ProtocolConflict";
  }
  return str::equals_ignore_case(a.hostname.value, b.hostname.value) ? "HostnameConflict" : "";
}

std::string describe_hostname(const Listener& listener) {
  if (listener.hostname.value.empty()) return "no hostname";
  return fmt::format("hostname `{}`", listener.hostname.value);
}

}  // namespace meshfn::lint::gateways
