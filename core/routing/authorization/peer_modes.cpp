#include "routing/authorization/peer_modes.h"

#include <string>

#include "resource/istio/mesh_config.h"

namespace meshfn::routing {

namespace {

using resource::Object;

/// Fills `result` from the `mode` of `mtls` unless that inherits.
bool take(PeerMode& result, const Object& policy, yaml::Node mtls) {
  const yaml::Node mode = mtls.find("mode");
  if (!mode || mode.text().empty() || mode.text() == "UNSET") return false;
  result = {mode.text(), &policy, mode};
  return true;
}

}  // namespace

PeerModes::PeerModes(const resource::Mesh& mesh) : mesh_(mesh) {
  std::size_t order = 0;
  for (const Object* policy : mesh.of_kind("security.istio.io", "PeerAuthentication")) {
    auto selector = resource::labels(policy->spec.at("selector", "matchLabels"));
    if (selector.empty()) {
      wide_[policy->scope].push_back(policy);
      continue;
    }
    const Key key{policy->scope, selector.front().key.value, selector.front().value.value};
    selected_[key].push_back({policy, std::move(selector), order++});
  }
}

PeerMode PeerModes::of_mesh() const { return of_namespace(resource::istio::root_namespace(mesh_)); }

PeerMode PeerModes::of_namespace(std::string_view scope) const {
  PeerMode result;
  for (const std::string_view level : {resource::istio::root_namespace(mesh_), scope}) {
    const auto found = wide_.find(level);
    if (found == wide_.end()) continue;
    for (const Object* policy : found->second) {
      if (take(result, *policy, policy->spec.find("mtls"))) break;
    }
  }
  return result;
}

const PeerModes::Policy* PeerModes::selected(std::string_view scope,
                                             const resource::Labels& labels) const {
  const Policy* first = nullptr;
  for (const resource::Label& label : labels) {
    const auto found = selected_.find({scope, label.key.value, label.value.value});
    if (found == selected_.end()) continue;
    for (const Policy& policy : found->second) {
      if (first != nullptr && first->order <= policy.order) break;
      if (resource::selects(policy.selector, labels)) first = &policy;
    }
  }
  return first;
}

PeerMode PeerModes::of(std::string_view scope, const resource::Labels& labels,
                       std::optional<std::int64_t> port) const {
  PeerMode result = of_namespace(scope);
  const Policy* policy = selected(scope, labels);
  if (policy == nullptr) return result;
  const yaml::Node spec = policy->object->spec;
  if (port && take(result, *policy->object, spec.at("portLevelMtls", std::to_string(*port)))) {
    return result;
  }
  take(result, *policy->object, spec.find("mtls"));
  return result;
}

}  // namespace meshfn::routing
