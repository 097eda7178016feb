#pragma once

// The way back from pods to the Services that lead to them.

#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include "resource/mesh.h"

namespace meshfn::lint {

/// Services by namespace and one label of their selector, so that those of a pod are found by its
/// labels. The mesh outlives it.
class ServiceIndex {
 public:
  using Services = std::vector<const resource::kubernetes::Service*>;

  explicit ServiceIndex(const resource::Mesh& mesh);

  /// The Services of the namespace that select pods with `labels`.
  Services of(std::string_view scope, const resource::Labels& labels) const;
  Services of(const resource::kubernetes::Workload& workload) const;

 private:
  using Key = std::tuple<std::string_view, std::string_view, std::string_view>;
  std::map<Key, Services> by_label_;
};

}  // namespace meshfn::lint
