#include "lint/rules/peer_modes.h"

#include <string>

namespace meshfn::lint {

namespace {

/// Fills `result` from the `mode` of `mtls` unless that inherits.
bool take(PeerMode& result, const resource::Object& policy, yaml::Node mtls) {
  const yaml::Node mode = mtls.find("mode");
  if (!mode || mode.text().empty() || mode.text() == "UNSET") return false;
  result = {mode.text(), &policy, mode};
  return true;
}

}  // namespace

PeerModes::PeerModes(const resource::Mesh& mesh) : mesh_(mesh) {
  for (const resource::Object& object : mesh.objects()) {
    if (object.kind.value != "PeerAuthentication" || object.group() != "security.istio.io") {
      continue;
    }
    by_namespace_[object.scope].push_back(
        {&object, resource::labels(object.spec.at("selector", "matchLabels"))});
  }
}

PeerMode PeerModes::of_mesh() const {
  PeerMode result;
  const auto found = by_namespace_.find(mesh_.settings().istio_namespace);
  if (found == by_namespace_.end()) return result;
  for (const Policy& policy : found->second) {
    if (policy.selector.empty() && take(result, *policy.object, policy.object->spec.find("mtls"))) {
      break;
    }
  }
  return result;
}

PeerMode PeerModes::of_namespace(std::string_view scope) const {
  PeerMode result = of_mesh();
  const auto found = by_namespace_.find(scope);
  if (found == by_namespace_.end()) return result;
  for (const Policy& policy : found->second) {
    if (policy.selector.empty() && take(result, *policy.object, policy.object->spec.find("mtls"))) {
      break;
    }
  }
  return result;
}

PeerMode PeerModes::of(std::string_view scope, const resource::Labels& labels,
                       std::optional<std::int64_t> port) const {
  PeerMode result = of_namespace(scope);
  const auto found = by_namespace_.find(scope);
  if (found == by_namespace_.end()) return result;
  for (const Policy& policy : found->second) {
    if (policy.selector.empty() || !resource::selects(policy.selector, labels)) continue;
    const yaml::Node spec = policy.object->spec;
    if (port && take(result, *policy.object, spec.at("portLevelMtls", std::to_string(*port))))
      break;
    take(result, *policy.object, spec.find("mtls"));
    break;
  }
  return result;
}

}  // namespace meshfn::lint
