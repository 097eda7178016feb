#pragma once

// Linkerd's objects as its controllers see them: by group and kind, with references between them
// looked up by group too (Istio and Linkerd both have an AuthorizationPolicy), and pods with the
// annotations that their namespace gives them.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "lint/references.h"
#include "resource/mesh.h"

namespace meshfn::lint::linkerd {

inline constexpr std::string_view kPolicy = "policy.linkerd.io";
inline constexpr std::string_view kGatewayApi = "gateway.networking.k8s.io";
inline constexpr std::string_view kProfiles = "linkerd.io";
inline constexpr std::string_view kSplits = "split.smi-spec.io";

inline bool is(const resource::Object& object, std::string_view group, std::string_view kind) {
  return object.kind.value == kind && object.group() == group;
}

/// Calls `visit` for every object of a kind that is to be judged.
template <class Visit>
void each(const resource::Mesh& mesh, std::string_view group, std::string_view kind, Visit visit) {
  for (const resource::Object& object : mesh.objects()) {
    if (!object.context && is(object, group, kind)) visit(object);
  }
}

/// The objects of one kind by namespace and name; the mesh outlives it.
class KindIndex {
 public:
  KindIndex(const resource::Mesh& mesh, std::string_view group, std::string_view kind);

  /// Missing only when the input shows other objects of this kind in `scope`.
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

/// An annotation of pods as the injector sees it: the pods' own, or else the namespace's.
resource::Text pod_annotation(const resource::Mesh& mesh,
                              const resource::kubernetes::Workload& workload, std::string_view key);

/// Whether pods get a proxy: yes, no ("disabled" or a value that is none), or not said.
enum class Injected { yes, no, unsaid };
Injected injected(const resource::Mesh& mesh, const resource::kubernetes::Workload& workload);

/// Whether anything in the input belongs to Linkerd: an object of its groups or an annotation.
bool uses_linkerd(const resource::Mesh& mesh);

/// A Kubernetes label selector with its `matchExpressions`.
bool selector_matches(yaml::Node selector, const resource::Labels& labels);

/// Workloads of a namespace whose pods `selector` selects; an empty selector selects all.
std::vector<const resource::kubernetes::Workload*> selected(const resource::Mesh& mesh,
                                                            std::string_view scope,
                                                            yaml::Node selector);

/// Whether the input shows workloads of a namespace.
bool shows_workloads(const resource::Mesh& mesh, std::string_view scope);

/// Container ports of pods, init containers included.
std::vector<resource::kubernetes::ContainerPort> ports_of(
    const resource::kubernetes::Workload& workload);

/// The place of `field` in `node`, or of `node` itself when the field is absent.
source::Location place(yaml::Node node, std::string_view field);

}  // namespace meshfn::lint::linkerd
