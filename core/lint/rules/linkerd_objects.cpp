#include "lint/rules/linkerd_objects.h"

#include <algorithm>

#include "base/suggest.h"
#include "lint/rules/linkerd_annotations.h"

namespace meshfn::lint::linkerd {

namespace {

using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::kubernetes::Workload;

bool has_linkerd_key(yaml::Node annotations) {
  for (const auto [key, value, merged] : annotations.entries()) {
    if (is_linkerd_key(key.text())) return true;
  }
  return false;
}

}  // namespace

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
  return shown ? Found::missing : Found::unknown;
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

Text pod_annotation(const Mesh& mesh, const Workload& workload, std::string_view key) {
  if (const Text own = workload.pod_annotation(key)) return own;
  const Object* const home = mesh.find("Namespace", "", workload.scope);
  return home == nullptr ? Text{} : home->annotation(key);
}

Injected injected(const Mesh& mesh, const Workload& workload) {
  const Text inject = pod_annotation(mesh, workload, "linkerd.io/inject");
  if (!inject) return Injected::unsaid;
  return *inject == "enabled" || *inject == "ingress" ? Injected::yes : Injected::no;
}

namespace {

/// The answer to `uses_linkerd`, found once a mesh.
struct Use {
  explicit Use(const Mesh& mesh) {
    const auto of_linkerd = [](const auto& kind) {
      return kind.first.first.ends_with("linkerd.io");
    };
    const auto& objects = mesh.objects();
    const auto& workloads = mesh.all<Workload>();
    found = std::any_of(mesh.kinds().begin(), mesh.kinds().end(), of_linkerd) ||
            std::any_of(objects.begin(), objects.end(),
                        [](const Object& object) {
                          return has_linkerd_key(object.metadata.find("annotations"));
                        }) ||
            std::any_of(workloads.begin(), workloads.end(), [](const Workload& workload) {
              return has_linkerd_key(workload.pod_metadata.find("annotations"));
            });
  }

  bool found = false;
};

}  // namespace

bool uses_linkerd(const Mesh& mesh) { return mesh.derived<Use>().found; }

void WorkloadIndex::build() {
  built_ = true;
  for (const Workload& workload : mesh_.all<Workload>()) {
    workloads_[{workload.scope, {}, {}}].push_back(&workload);
    for (const resource::Label& label : workload.pod_labels) {
      workloads_[{workload.scope, *label.key, *label.value}].push_back(&workload);
    }
  }
}

const WorkloadIndex::Workloads& WorkloadIndex::candidates(std::string_view scope,
                                                          const resource::Labels& labels) {
  if (!built_) build();
  static const Workloads none;
  const Key key =
      labels.empty() ? Key{scope, {}, {}} : Key{scope, *labels.front().key, *labels.front().value};
  const auto found = workloads_.find(key);
  return found == workloads_.end() ? none : found->second;
}

WorkloadIndex::Workloads WorkloadIndex::selected(std::string_view scope, yaml::Node selector) {
  Workloads out;
  for (const Workload* workload :
       candidates(scope, resource::labels(selector.find("matchLabels")))) {
    if (selector_matches(selector, workload->pod_labels)) out.push_back(workload);
  }
  return out;
}

WorkloadIndex::Workloads WorkloadIndex::selected(std::string_view scope,
                                                 const resource::Labels& labels) {
  Workloads out;
  if (labels.empty()) return out;
  for (const Workload* workload : candidates(scope, labels)) {
    if (resource::selects(labels, workload->pod_labels)) out.push_back(workload);
  }
  return out;
}

bool WorkloadIndex::shows(std::string_view scope) { return !candidates(scope, {}).empty(); }

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

}  // namespace meshfn::lint::linkerd
