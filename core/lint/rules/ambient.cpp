#include "lint/rules/ambient.h"

#include <algorithm>

namespace meshfn::lint {

namespace {

using resource::Mesh;
using resource::Object;
using resource::Text;

constexpr std::string_view kMode = "istio.io/dataplane-mode";
constexpr std::string_view kUse = "istio.io/use-waypoint";

Text use_of(const Object* object) { return object == nullptr ? Text{} : object->label(kUse); }

bool is_use(const Text& use) { return use && use.value != "none" && !use.value.empty(); }

}  // namespace

bool uses_ambient(const Mesh& mesh) {
  const auto& namespaces = mesh.of_kind("", "Namespace");
  const auto& workloads = mesh.all<resource::kubernetes::Workload>();
  return std::any_of(namespaces.begin(), namespaces.end(),
                     [](const Object* one) { return one->label(kMode).value == "ambient"; }) ||
         std::any_of(workloads.begin(), workloads.end(), [](const auto& one) {
           return resource::label(one.pod_labels, kMode) == "ambient";
         });
}

bool is_ambient(const Mesh& mesh, std::string_view scope) {
  const Object* name_space = mesh.find("Namespace", "", scope);
  return name_space != nullptr && name_space->label(kMode).value == "ambient";
}

bool is_ambient(const Mesh& mesh, const resource::kubernetes::Workload& workload) {
  const std::string_view own = resource::label(workload.pod_labels, kMode);
  if (!own.empty()) return own == "ambient";
  return is_ambient(mesh, workload.scope);
}

bool has_waypoint(const Mesh& mesh, std::string_view scope, const Object* service) {
  const Text own = use_of(service);
  if (own) return is_use(own);
  return is_use(use_of(mesh.find("Namespace", "", scope)));
}

std::set<std::string_view> namespaces_with_waypoints(const Mesh& mesh) {
  std::set<std::string_view> scopes;
  for (const Object* name_space : mesh.of_kind("", "Namespace")) {
    if (is_use(use_of(name_space))) scopes.insert(name_space->name.value);
  }
  for (const auto& service : mesh.all<resource::kubernetes::Service>()) {
    if (is_use(service.label(kUse))) scopes.insert(service.scope);
  }
  for (const auto& workload : mesh.all<resource::kubernetes::Workload>()) {
    const std::string_view use = resource::label(workload.pod_labels, kUse);
    if (!use.empty() && use != "none") scopes.insert(workload.scope);
  }
  return scopes;
}

bool has_target(const Object& policy) {
  return policy.spec.find("targetRef") || policy.spec.find("targetRefs").size() > 0;
}

}  // namespace meshfn::lint
