#include "lint/rules/gateway_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/rules/linkerd_objects.h"

namespace meshfn::lint::gateways {

namespace {

using resource::Mesh;
using resource::Object;
using resource::gateway_api::decode_reference;
using resource::gateway_api::decode_references;
using resource::gateway_api::GrantFrom;
using resource::gateway_api::GrantTo;
using resource::gateway_api::kGroup;
using resource::gateway_api::Protocol;

bool is_gateway_kind(const Reference& reference) {
  return reference.is(kGroup, "Gateway") || reference.is(kGroup, "ListenerSet");
}

bool matches(const GrantFrom& from, const Object& object) {
  return from.group == object.group() && from.kind == object.kind.value &&
         from.scope == object.scope;
}

bool matches(const GrantTo& to, const Reference& target) {
  return to.group == target.group && to.kind == target.kind &&
         (to.name.empty() || to.name == target.name);
}

std::string_view group_name(std::string_view group) { return group.empty() ? "core" : group; }

/// What keeps an entry of `from` from meeting the object, the most telling field first.
Grants::Near problem(const GrantFrom& from, const Object& object) {
  if (from.kind != object.kind.value) {
    return {from.node.find("kind").where(),
            fmt::format("it is for kind {}, not {}", from.kind, object.kind.value)};
  }
  if (from.group != object.group()) {
    return {from.node.find("group").where(),
            fmt::format("it is for group `{}`, not `{}`", from.group, group_name(object.group()))};
  }
  return {from.node.find("namespace").where(),
          fmt::format("it is for namespace `{}`, not `{}`", from.scope, object.scope)};
}

Grants::Near problem(const GrantTo& to, const Reference& target) {
  if (to.kind != target.kind) {
    return {to.node.find("kind").where(),
            fmt::format("it opens kind {}, not {}", to.kind, target.kind)};
  }
  if (to.group != target.group) {
    return {to.node.find("group").where(),
            fmt::format("it opens group `{}`, not `{}`", to.group, group_name(target.group))};
  }
  return {to.node.find("name").where(),
          fmt::format("it opens only `{}`, not `{}`", to.name, target.name)};
}

template <class Entries, class Thing>
bool any_matches(const Entries& entries, const Thing& thing) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const auto& entry) { return matches(entry, thing); });
}

}  // namespace

Parents::Parents(const Mesh& mesh) : mesh_(mesh) {
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    gateways_.try_emplace({gateway.kind.value, gateway.scope, gateway.name.value}, &gateway);
  }
  for (const Object& object : mesh.objects()) {
    if (object.kind.value != "Namespace" || !object.group().empty()) continue;
    labels_.try_emplace(object.name.value, resource::labels(object.metadata.find("labels")));
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
  return shown ? Found::missing : Found::unknown;
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

std::string_view describe(Purpose purpose) {
  switch (purpose) {
    case Purpose::backend:
      return "backend";
    case Purpose::mirror:
      return "mirror";
    case Purpose::authorization:
      return "authorization service";
    case Purpose::certificate:
      return "certificate";
    case Purpose::client_certificate:
      return "client certificate";
    case Purpose::client_ca:
      return "CA certificate";
  }
  return "";
}

std::optional<Reference> client_certificate(const Gateway& gateway) {
  const yaml::Node node = gateway.spec.at("tls", "backend", "clientCertificateRef");
  if (!node.is_mapping()) return std::nullopt;
  return decode_reference(node, "", "Secret", gateway.scope);
}

std::vector<Reference> client_authorities(const Gateway& gateway) {
  const yaml::Node frontend = gateway.spec.at("tls", "frontend");
  const auto read = [&](yaml::Node owner) {
    return decode_references(owner.at("validation", "caCertificateRefs"), "", "", gateway.scope);
  };
  std::vector<Reference> all = read(frontend.find("default"));
  for (const yaml::Node port : frontend.find("perPort").items()) {
    for (const Reference& reference : read(port.find("tls"))) all.push_back(reference);
  }
  return all;
}

Grants::Grants(const Mesh& mesh) {
  for (const ReferenceGrant& grant : mesh.all<ReferenceGrant>()) {
    grants_[grant.scope].push_back(&grant);
  }
}

bool Grants::permit(const Object& from, const Reference& to) const {
  const auto here = grants_.find(to.scope);
  if (here == grants_.end()) return false;
  return std::any_of(here->second.begin(), here->second.end(), [&](const ReferenceGrant* grant) {
    return any_matches(grant->from, from) && any_matches(grant->to, to);
  });
}

std::optional<Grants::Near> Grants::nearest(const Object& from, const Reference& to) const {
  const auto here = grants_.find(to.scope);
  if (here == grants_.end()) return std::nullopt;
  std::optional<Near> fallback;
  for (const ReferenceGrant* grant : here->second) {
    const bool from_fits = any_matches(grant->from, from);
    if (!from_fits && !any_matches(grant->to, to)) {
      if (!fallback) fallback = Near{grant->where(), "it is for other objects"};
      continue;
    }
    if (from_fits && !grant->to.empty()) return problem(grant->to.front(), to);
    if (!from_fits && !grant->from.empty()) return problem(grant->from.front(), from);
  }
  return fallback;
}

}  // namespace meshfn::lint::gateways
