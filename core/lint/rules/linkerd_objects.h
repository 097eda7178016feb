#pragma once

// Linkerd's objects as its controllers see them: by group and kind, with references between them
// looked up by group too (Istio and Linkerd both have an AuthorizationPolicy), and pods with the
// annotations that their namespace gives them.

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "lint/each.h"
#include "lint/references.h"
#include "resource/label_selector.h"
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
  for (const resource::Object* object : mesh.of_kind(group, kind)) {
    if (!object->context) visit(*object);
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

/// `Each` for rules about what Linkerd does to pods: without Linkerd nothing is looked at.
template <auto Check>
struct EachInjected {
  static void run(const resource::Mesh& mesh, diagnostic::Findings& found) {
    if (uses_linkerd(mesh)) Each<Check>::all(mesh, found);
  }
};

using resource::selector_matches;

/// Workloads by namespace and label, so that every selector does not look at all of them. Built
/// when it is first asked; the mesh outlives it.
class WorkloadIndex {
 public:
  explicit WorkloadIndex(const resource::Mesh& mesh) : mesh_(mesh) {}

  using Workloads = std::vector<const resource::kubernetes::Workload*>;

  /// Workloads of a namespace whose pods a label selector selects; an empty one selects all.
  Workloads selected(std::string_view scope, yaml::Node selector);
  /// The same for the labels of a Service, which selects nothing without any.
  Workloads selected(std::string_view scope, const resource::Labels& labels);
  /// Whether the input shows workloads of a namespace.
  bool shows(std::string_view scope);

 private:
  const Workloads& candidates(std::string_view scope, const resource::Labels& labels);
  void build();

  /// Namespace, and a label of the pods; without a label: all of the namespace.
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;

  const resource::Mesh& mesh_;
  bool built_ = false;
  std::map<Key, Workloads> workloads_;
};

/// Container ports of pods, init containers included.
std::vector<resource::kubernetes::ContainerPort> ports_of(
    const resource::kubernetes::Workload& workload);

/// The place of `field` in `node`, or of `node` itself when the field is absent.
source::Location place(yaml::Node node, std::string_view field);

}  // namespace meshfn::lint::linkerd
