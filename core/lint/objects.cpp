#include "lint/objects.h"

#include <algorithm>

#include "base/suggest.h"

namespace meshfn::lint::objects {

using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

KindIndex::KindIndex(const Mesh& mesh, std::string_view group, std::string_view kind)
    : mesh_(mesh) {
  for (const Object* object : mesh.of_kind(group, kind)) {
    objects_.try_emplace({object->scope, object->name.value}, object);
  }
}

const Object* KindIndex::find(std::string_view scope, std::string_view name) const {
  const auto found = objects_.find({scope, name});
  return found == objects_.end() ? nullptr : found->second;
}

Found KindIndex::found(std::string_view scope, std::string_view name) const {
  if (find(scope, name) != nullptr) return Found::yes;
  if (is_assumed_namespace(mesh_, scope)) return Found::unknown;
  const auto next = objects_.lower_bound({scope, std::string_view()});
  const bool shown = next != objects_.end() && next->first.first == scope;
  return shown || mesh_.settings().closed_world ? Found::missing : Found::unknown;
}

std::vector<const Object*> KindIndex::in(std::string_view scope) const {
  std::vector<const Object*> out;
  for (auto next = objects_.lower_bound({scope, std::string_view()});
       next != objects_.end() && next->first.first == scope; ++next) {
    out.push_back(next->second);
  }
  return out;
}

std::string KindIndex::hint(std::string_view scope, std::string_view name) const {
  std::vector<std::string_view> names;
  for (const Object* object : in(scope)) names.push_back(object->name.value);
  return did_you_mean(name, names);
}

Found find_service(const Mesh& mesh, std::string_view scope, std::string_view name) {
  if (mesh.service(scope, name) != nullptr) return Found::yes;
  if (is_assumed_namespace(mesh, scope) || !mesh.has_services_in(scope)) return Found::unknown;
  return Found::missing;
}

std::string service_hint(const Mesh& mesh, std::string_view scope, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& service : mesh.all<resource::kubernetes::Service>()) {
    if (service.scope == scope) names.push_back(service.name.value);
  }
  return did_you_mean(name, names);
}

bool is_assumed_namespace(const Mesh& mesh, std::string_view scope) {
  const auto& assumed = mesh.settings().assume.namespaces;
  return std::find(assumed.begin(), assumed.end(), scope) != assumed.end();
}

WorkloadIndex::WorkloadIndex(const Mesh& mesh) : mesh_(mesh) {
  for (const Workload& workload : mesh.all<Workload>()) {
    by_namespace_[workload.scope].push_back(&workload);
  }
}

WorkloadIndex::Workloads WorkloadIndex::all(std::string_view scope) const {
  const auto found = by_namespace_.find(scope);
  return found == by_namespace_.end() ? Workloads() : found->second;
}

WorkloadIndex::Workloads WorkloadIndex::selected(std::string_view scope,
                                                 yaml::Node selector) const {
  const auto labels = resource::labels(selector.find("matchLabels"));
  Workloads out = labels.empty() ? all(scope) : mesh_.workloads(scope, labels);
  std::erase_if(out, [&](const Workload* workload) {
    return !resource::selector_matches(selector, workload->pod_labels);
  });
  return out;
}

WorkloadIndex::Workloads WorkloadIndex::selected(std::string_view scope,
                                                 const resource::Labels& labels) const {
  return mesh_.workloads(scope, labels);
}

bool WorkloadIndex::shows(std::string_view scope) const {
  return mesh_.settings().closed_world || by_namespace_.contains(scope);
}

std::vector<resource::kubernetes::ContainerPort> ports_of(const Workload& workload) {
  std::vector<resource::kubernetes::ContainerPort> out;
  for (const auto* containers : {&workload.containers, &workload.init_containers}) {
    for (const auto& container : *containers) {
      out.insert(out.end(), container.ports.begin(), container.ports.end());
    }
  }
  return out;
}

source::Location place(yaml::Node node, std::string_view field) {
  const yaml::Node value = node.find(field);
  return value && !value.is_null() ? value.where() : node.where();
}

}  // namespace meshfn::lint::objects
