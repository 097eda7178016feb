#pragma once

// Which pods a Gateway's selector means: those of all namespaces, found by their labels.

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "resource/mesh.h"

namespace meshfn::lint {

class GatewayPods {
 public:
  /// The mesh outlives it.
  explicit GatewayPods(const resource::Mesh& mesh);

  /// Workloads of any namespace whose pods have all labels of `selector`; all of them for an empty
  /// selector.
  std::vector<const resource::kubernetes::Workload*> selected(
      const resource::Labels& selector) const;

  /// Whether the input shows pods with this label whose namespace is known.
  bool shows(const resource::Label& label) const;

  /// Whether the input shows pods with a label of one of these keys, so that one which is not
  /// among them is missing rather than unknown.
  bool shows_kind_of(const resource::Labels& selector) const;

 private:
  using Workloads = std::vector<const resource::kubernetes::Workload*>;

  using Pair = std::pair<std::string_view, std::string_view>;  ///< key and value

  struct PairHash {
    std::size_t operator()(const Pair& pair) const {
      const std::hash<std::string_view> hash;
      return hash(pair.first) * 31 + hash(pair.second);
    }
  };

  struct Labelled {
    Workloads workloads;
    bool placed = false;  ///< the namespace of one of them is known
  };

  Workloads all_;
  std::unordered_map<Pair, Labelled, PairHash> by_label_;
  std::unordered_set<std::string_view> keys_;
};

/// The gateways that an installation of Istio brings along.
bool is_installed_gateway(const resource::Labels& selector);

/// "a=1,b=2", sorted.
std::string text_of(const resource::Labels& labels);

}  // namespace meshfn::lint
