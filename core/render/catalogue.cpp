#include <algorithm>
#include <array>

#include "render/kubernetes_job.h"

namespace meshfn::render {

namespace {

constexpr std::array kTargets = std::to_array<Target>({
    {"table", "which requests go where, as aligned text", to_table},
    {"json", "the same as data", to_json},
    {"mermaid", "a flowchart for Markdown", to_mermaid},
    {"dot", "a graph for Graphviz", to_dot},
    {"yaml", "the input with one order of keys and one API version", to_yaml},
    {"istio", "Istio resources, from any mesh or from routes.yaml", to_istio},
    {"gateway-api", "Gateway, HTTPRoute and what goes with them", to_gateway_api},
    {"linkerd", "HTTPRoutes on Services, with Linkerd's annotations", to_linkerd},
    {"envoy", "routes, clusters and endpoints as Envoy's configuration", to_envoy},
    {"svg", "a drawing for any page", to_svg},
    {"kubernetes-job", "a scenario as an Indexed Job, a part of its simulation in each pod",
     to_kubernetes_job},
});

}  // namespace

std::span<const Target> targets() { return kTargets; }

const Target* find_target(std::string_view name) {
  const auto* found = std::find_if(kTargets.begin(), kTargets.end(),
                                   [&](const Target& target) { return target.name == name; });
  return found == kTargets.end() ? nullptr : found;
}

}  // namespace meshfn::render
