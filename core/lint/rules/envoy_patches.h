#pragma once

// The patches of an EnvoyFilter, as both families of rules about them walk them.

#include "lint/rules/istio_objects.h"

namespace meshfn::lint::istio {

/// One entry of `spec.configPatches`.
struct EnvoyPatch {
  yaml::Node node;
  std::string_view apply_to;  ///< "" when absent or INVALID
  std::string_view context;
  std::string_view operation;  ///< "" when absent or INVALID
  yaml::Node match;
  yaml::Node patch;
  yaml::Node value;
};

inline EnvoyPatch envoy_patch(yaml::Node node) {
  const auto word = [](yaml::Node field) {
    return field.text() == "INVALID" ? std::string_view() : field.text();
  };
  const yaml::Node patch = node.find("patch");
  return {node,
          word(node.find("applyTo")),
          node.at("match", "context").text(),
          word(patch.find("operation")),
          node.find("match"),
          patch,
          patch.find("value")};
}

/// Calls `visit(patch, filter)` for every patch of every EnvoyFilter to be judged.
template <class Visit>
void each_patch(const resource::Mesh& mesh, Visit visit) {
  objects::each(mesh, kNetworking, "EnvoyFilter", [&](const resource::Object& filter) {
    for (const yaml::Node node : filter.spec.find("configPatches").items()) {
      if (node.is_mapping()) visit(envoy_patch(node), filter);
    }
  });
}

/// Whether a patch changes listeners or what is in them.
inline bool is_about_listeners(const EnvoyPatch& patch) {
  return patch.apply_to == "LISTENER" || patch.apply_to == "FILTER_CHAIN" ||
         patch.apply_to == "NETWORK_FILTER" || patch.apply_to == "HTTP_FILTER";
}

/// Whether a patch changes routes.
inline bool is_about_routes(const EnvoyPatch& patch) {
  return patch.apply_to == "ROUTE_CONFIGURATION" || patch.apply_to == "VIRTUAL_HOST" ||
         patch.apply_to == "HTTP_ROUTE";
}

}  // namespace meshfn::lint::istio
