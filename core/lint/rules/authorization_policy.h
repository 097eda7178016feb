#pragma once

// The parts of an Istio AuthorizationPolicy: who may (`from`), what (`to`), and under which
// conditions (`when`), of all its rules.

#include <array>
#include <string_view>

#include "lint/rules/istio_objects.h"

namespace meshfn::lint::istio {

/// The lists of a source; each has a twin that starts with `not`.
inline constexpr std::array<std::string_view, 14> kSourceLists = {
    "principals",     "notPrincipals",    "requestPrincipals", "notRequestPrincipals",
    "namespaces",     "notNamespaces",    "serviceAccounts",   "notServiceAccounts",
    "trustDomains",   "notTrustDomains",  "ipBlocks",          "notIpBlocks",
    "remoteIpBlocks", "notRemoteIpBlocks"};

/// The lists of an operation.
inline constexpr std::array<std::string_view, 8> kOperationLists = {
    "hosts", "notHosts", "ports", "notPorts", "methods", "notMethods", "paths", "notPaths"};

/// `spec.action`; ALLOW when absent.
inline std::string_view action_of(const resource::Object& policy) {
  const std::string_view action = policy.spec.find("action").text();
  return action.empty() ? "ALLOW" : action;
}

/// Calls `visit` for every Istio AuthorizationPolicy to be judged.
template <class Visit>
void each_policy(const resource::Mesh& mesh, Visit visit) {
  objects::each(mesh, kSecurity, "AuthorizationPolicy", visit);
}

/// Calls `visit(rules[].from[].source)`.
template <class Visit>
void each_source(const resource::Object& policy, Visit visit) {
  for (const yaml::Node rule : policy.spec.find("rules").items()) {
    for (const yaml::Node from : rule.find("from").items()) visit(from.find("source"));
  }
}

/// Calls `visit(rules[].to[].operation)`.
template <class Visit>
void each_operation(const resource::Object& policy, Visit visit) {
  for (const yaml::Node rule : policy.spec.find("rules").items()) {
    for (const yaml::Node to : rule.find("to").items()) visit(to.find("operation"));
  }
}

/// Calls `visit(rules[].when[])`.
template <class Visit>
void each_condition(const resource::Object& policy, Visit visit) {
  for (const yaml::Node rule : policy.spec.find("rules").items()) {
    for (const yaml::Node when : rule.find("when").items()) visit(when);
  }
}

/// Calls `visit(item)` for every item of the lists called `field` and its twin of a source or
/// operation ("ipBlocks" and "notIpBlocks").
template <class Visit>
void each_item(yaml::Node part, std::string_view field, std::string_view twin, Visit visit) {
  for (const std::string_view name : {field, twin}) {
    for (const yaml::Node item : part.find(name).items()) visit(item);
  }
}

}  // namespace meshfn::lint::istio
