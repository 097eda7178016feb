#pragma once

// Which pods a Gateway's selector means: those of all namespaces, found by their labels.

#include <map>
#include <string>
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

  /// Whether the input shows pods with a label of one of these keys, so that one which is not
  /// among them is missing rather than unknown.
  bool shows_kind_of(const resource::Labels& selector) const;

 private:
  using Workloads = std::vector<const resource::kubernetes::Workload*>;

  Workloads all_;
  std::map<std::pair<std::string_view, std::string_view>, Workloads> by_label_;
};

/// The gateways that an installation of Istio brings along.
bool is_installed_gateway(const resource::Labels& selector);

/// "a=1,b=2", sorted.
std::string text_of(const resource::Labels& labels);

}  // namespace meshfn::lint
