#include "lint/rules/linkerd_sites.h"

#include "lint/rules/linkerd_objects.h"
#include "lint/written.h"

namespace meshfn::lint::linkerd {

std::uint8_t place_of(const resource::Object& object) {
  const std::string_view group = object.group();
  const std::string_view kind = object.kind.value;
  if (group.empty() && kind == "Namespace") return kNamespace;
  if (group.empty() && kind == "Service") return kService;
  if (group == kPolicy && kind == "EgressNetwork") return kEgressNetwork;
  const bool route = kind == "HTTPRoute" || kind == "GRPCRoute";
  if (route && (group == kPolicy || group == kGatewayApi)) return kRoute;
  if (resource::kubernetes::is_workload(group, kind)) return kind == "Pod" ? kPod : kOther;
  return kAnywhere;
}

LinkerdKeys::LinkerdKeys(const resource::Mesh& mesh) {
  const auto collect = [](const Site& site, std::string_view field, std::vector<At>& into) {
    for (const auto [key, value, merged] : site.metadata.find(field).entries()) {
      if (is_linkerd_key(key.text())) into.push_back({site, key, value});
    }
  };
  // Its beginning is rarer than `linkerd` is.
  Mentions mentioned("kerd.io/");
  each_site(mesh, [&](const Site& site) {
    if (!mentioned(*site.object)) return;
    collect(site, "annotations", annotations_);
    collect(site, "labels", labels_);
  });
}

}  // namespace meshfn::lint::linkerd
