#include "lint/rules/service_index.h"

#include <algorithm>
#include <iterator>

namespace meshfn::lint {

using resource::kubernetes::Service;

ServiceIndex::ServiceIndex(const resource::Mesh& mesh) {
  for (const Service& service : mesh.all<Service>()) {
    if (service.selector.empty()) continue;
    const resource::Label& first = service.selector.front();
    by_label_[{service.scope, first.key.value, first.value.value}].push_back(&service);
  }
}

ServiceIndex::Services ServiceIndex::of(std::string_view scope,
                                        const resource::Labels& labels) const {
  Services list;
  for (const resource::Label& label : labels) {
    const auto found = by_label_.find({scope, label.key.value, label.value.value});
    if (found == by_label_.end()) continue;
    std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(list),
                 [&](const Service* s) { return selects(s->selector, labels); });
  }
  return list;
}

ServiceIndex::Services ServiceIndex::of(const resource::kubernetes::Workload& workload) const {
  return of(workload.scope, workload.pod_labels);
}

}  // namespace meshfn::lint
