#include "lint/gateway_pods.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"

namespace meshfn::lint {

using resource::Label;
using resource::Labels;
using resource::kubernetes::Workload;

GatewayPods::GatewayPods(const resource::Mesh& mesh) {
  for (const Workload& workload : mesh.all<Workload>()) {
    all_.push_back(&workload);
    for (const Label& label : workload.pod_labels) {
      Labelled& labelled = by_label_[{label.key.value, label.value.value}];
      labelled.workloads.push_back(&workload);
      labelled.placed = labelled.placed || !workload.scope.empty();
      keys_.insert(label.key.value);
    }
  }
}

std::vector<const Workload*> GatewayPods::selected(const Labels& selector) const {
  const Workloads* fewest = &all_;
  for (const Label& label : selector) {
    const auto found = by_label_.find({label.key.value, label.value.value});
    if (found == by_label_.end()) return {};
    const Workloads& workloads = found->second.workloads;
    if (workloads.size() < fewest->size()) fewest = &workloads;
  }
  Workloads list;
  std::copy_if(fewest->begin(), fewest->end(), std::back_inserter(list),
               [&](const Workload* w) { return selects(selector, w->pod_labels); });
  return list;
}

bool GatewayPods::shows(const Label& label) const {
  const auto found = by_label_.find({label.key.value, label.value.value});
  return found != by_label_.end() && found->second.placed;
}

bool GatewayPods::shows_kind_of(const Labels& selector) const {
  return std::any_of(selector.begin(), selector.end(),
                     [&](const Label& label) { return keys_.contains(label.key.value); });
}

std::string text_of(const Labels& labels) {
  std::vector<std::string> pairs;
  for (const Label& label : labels) {
    pairs.push_back(fmt::format("{}={}", label.key.value, label.value.value));
  }
  std::sort(pairs.begin(), pairs.end());
  return str::join(pairs, ",");
}

bool is_installed_gateway(const Labels& selector) {
  const std::string text = text_of(selector);
  return text == "istio=ingressgateway" || text == "istio=egressgateway" ||
         text == "istio=eastwestgateway";
}

}  // namespace meshfn::lint
