#include "lint/machines.h"

#include <algorithm>

namespace meshfn::lint {

using resource::Label;
using resource::Labels;

Machines::Machines(const resource::Mesh& mesh) {
  constexpr std::string_view kGroup = "networking.istio.io";
  for (const resource::Object* entry : mesh.of_kind(kGroup, "WorkloadEntry")) {
    add(entry->scope, resource::labels(entry->spec.find("labels")));
  }
  for (const resource::Object* group : mesh.of_kind(kGroup, "WorkloadGroup")) {
    // An entry that registers gets the labels of both.
    Labels labels = resource::labels(group->spec.at("metadata", "labels"));
    for (const Label& label : resource::labels(group->spec.at("template", "labels"))) {
      labels.push_back(label);
    }
    add(group->scope, std::move(labels));
  }
}

void Machines::add(std::string_view scope, Labels labels) {
  auto& list = by_namespace_[scope];
  for (const Label& label : labels) {
    by_label_[{scope, label.key.value, label.value.value}].push_back(list.size());
  }
  list.push_back(std::move(labels));
}

bool Machines::any(std::string_view scope, const Labels& selector) const {
  if (selector.empty()) return any_in(scope);
  const Label& first = selector.front();
  const auto found = by_label_.find({scope, first.key.value, first.value.value});
  if (found == by_label_.end()) return false;
  const auto& list = by_namespace_.at(scope);
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](std::size_t i) { return selects(selector, list[i]); });
}

}  // namespace meshfn::lint
