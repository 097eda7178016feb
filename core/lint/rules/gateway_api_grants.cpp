#include "lint/rules/gateway_api_grants.h"

#include <fmt/format.h>

#include <algorithm>

#include "resource/gateway_api/grants.h"

namespace meshfn::lint::gateways {

namespace {

using resource::Mesh;
using resource::Object;
using resource::gateway_api::decode_reference;
using resource::gateway_api::decode_references;
using resource::gateway_api::GrantFrom;
using resource::gateway_api::GrantTo;

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

bool any_admits(const std::vector<GrantFrom>& entries, const Object& object) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const GrantFrom& entry) { return admits(entry, object); });
}

bool any_opens(const std::vector<GrantTo>& entries, const Reference& target) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const GrantTo& entry) { return opens(entry, target); });
}

}  // namespace

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
  return std::any_of(here->second.begin(), here->second.end(),
                     [&](const ReferenceGrant* grant) { return permits(*grant, from, to); });
}

std::optional<Grants::Near> Grants::nearest(const Object& from, const Reference& to) const {
  const auto here = grants_.find(to.scope);
  if (here == grants_.end()) return std::nullopt;
  std::optional<Near> fallback;
  for (const ReferenceGrant* grant : here->second) {
    const bool from_fits = any_admits(grant->from, from);
    if (!from_fits && !any_opens(grant->to, to)) {
      if (!fallback) fallback = Near{grant->where(), "it is for other objects"};
      continue;
    }
    if (from_fits && !grant->to.empty()) return problem(grant->to.front(), to);
    if (!from_fits && !grant->from.empty()) return problem(grant->from.front(), from);
  }
  return fallback;
}

}  // namespace meshfn::lint::gateways
