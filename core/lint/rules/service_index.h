#pragma once

// The way back from pods to the Services that lead to them.

#include <string_view>
#include <tuple>
#include <unordered_map>
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

  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      const std::hash<std::string_view> hash;
      return (hash(std::get<0>(key)) * 31 + hash(std::get<1>(key))) * 31 + hash(std::get<2>(key));
    }
  };

  std::unordered_map<Key, Services, KeyHash> by_label_;
};

}  // namespace meshfn::lint
