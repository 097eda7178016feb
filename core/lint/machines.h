#pragma once

// Machines outside Kubernetes that are part of the mesh: WorkloadEntries, and those that a
// WorkloadGroup will register. Selectors mean them like pods.

#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include "resource/mesh.h"

namespace meshfn::lint {

class Machines {
 public:
  /// The mesh outlives it.
  explicit Machines(const resource::Mesh& mesh);

  /// Whether the namespace has machines at all.
  bool any_in(std::string_view scope) const { return by_namespace_.contains(scope); }

  /// Whether a machine of the namespace has all labels of `selector`.
  bool any(std::string_view scope, const resource::Labels& selector) const;

 private:
  void add(std::string_view scope, resource::Labels labels);

  std::map<std::string_view, std::vector<resource::Labels>> by_namespace_;
  /// Indices into the list of the namespace, by namespace, key and value.
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>,
           std::vector<std::size_t>>
      by_label_;
};

}  // namespace meshfn::lint
