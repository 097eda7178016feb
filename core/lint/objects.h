#pragma once

// Objects of one kind, references between them and the pods they select, for rules of every mesh.
// Kinds go by API group too: Istio and Linkerd both have an AuthorizationPolicy.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lint/references.h"
#include "resource/label_selector.h"
#include "resource/mesh.h"

namespace meshfn::lint::objects {

inline bool is(const resource::Object& object, std::string_view group, std::string_view kind) {
  return object.kind.value == kind && object.group() == group;
}

/// Whether two are versions of one object, of which a cluster keeps the last.
inline bool is_same(const resource::Object& a, const resource::Object& b) {
  return a.name.value == b.name.value && a.scope == b.scope && is(a, b.group(), b.kind.value);
}

/// Whether the object belongs to Istio itself.
inline bool is_control_plane(const resource::Object& object) {
  return object.label("istio") || object.label("release").value == "istio";
}

/// Calls `visit` for every object of a kind that is to be judged.
template <class Visit>
void each(const resource::Mesh& mesh, std::string_view group, std::string_view kind, Visit visit) {
  for (const resource::Object* object : mesh.of_kind(group, kind)) {
    if (!object->context) visit(*object);
  }
}

/// The objects of one kind by namespace and name; the mesh outlives it.
class KindIndex {
 public:
  KindIndex(const resource::Mesh& mesh, std::string_view group, std::string_view kind);

  /// Missing only when the input shows other objects of this kind in `scope`, or is all there is.
  Found found(std::string_view scope, std::string_view name) const;
  const resource::Object* find(std::string_view scope, std::string_view name) const;
  /// All of a namespace, by name.
  std::vector<const resource::Object*> in(std::string_view scope) const;
  /// "did you mean …?", or what there is; may be empty.
  std::string hint(std::string_view scope, std::string_view name) const;

 private:
  const resource::Mesh& mesh_;
  std::map<std::pair<std::string_view, std::string_view>, const resource::Object*> objects_;
};

/// Whether a Service exists; see References for what is known.
Found find_service(const resource::Mesh& mesh, std::string_view scope, std::string_view name);
/// "did you mean …?" over the Services of a namespace; may be empty.
std::string service_hint(const resource::Mesh& mesh, std::string_view scope, std::string_view name);

/// Whether `scope` is assumed to be complete elsewhere, so that nothing in it is missing.
bool is_assumed_namespace(const resource::Mesh& mesh, std::string_view scope);

/// Workloads by what selects them; asked for by `mesh.derived<WorkloadIndex>()`.
class WorkloadIndex {
 public:
  /// The mesh outlives it.
  explicit WorkloadIndex(const resource::Mesh& mesh);

  using Workloads = std::vector<const resource::kubernetes::Workload*>;

  /// Workloads of a namespace whose pods a label selector selects; an empty one selects all.
  Workloads selected(std::string_view scope, yaml::Node selector) const;
  /// The same for the labels of a Service, which selects nothing without any.
  Workloads selected(std::string_view scope, const resource::Labels& labels) const;
  /// Whether the input shows workloads of a namespace, or is all there is.
  bool shows(std::string_view scope) const;

 private:
  Workloads all(std::string_view scope) const;

  const resource::Mesh& mesh_;
  std::map<std::string_view, Workloads> by_namespace_;
};

/// Container ports of pods, init containers included.
std::vector<resource::kubernetes::ContainerPort> ports_of(
    const resource::kubernetes::Workload& workload);

/// The place of `field` in `node`, or of `node` itself when the field is absent.
source::Location place(yaml::Node node, std::string_view field);

}  // namespace meshfn::lint::objects
