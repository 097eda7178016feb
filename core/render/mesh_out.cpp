// The targets `gateway-api` and `linkerd`: gateways and routes, and what of the input is neither.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "render/convert.h"
#include "resource/linkerd/values.h"

namespace meshfn::render {

namespace {

/// Settings of the balancer and the connections have no place in routes.
void list_policies(Conversion& conversion) {
  for (const auto& rule : conversion.source().mesh.all<resource::istio::DestinationRule>()) {
    const auto tell = [&](const std::optional<resource::istio::TrafficPolicy>& policy) {
      if (!policy) return;
      for (const yaml::Entry entry : policy->node.entries()) {
        conversion.lose(Severity::warning, entry.key.where(),
                        fmt::format("`{}` of DestinationRule `{}` has no counterpart in {}",
                                    entry.key.text(), *rule.name, conversion.reader_name()));
      }
    };
    tell(rule.traffic_policy);
    for (const auto& subset : rule.subsets) tell(subset.traffic_policy);
  }
}

/// Kinds that become routes and gateways by way of the route table.
bool is_read(const resource::Object& object) {
  constexpr std::array<std::string_view, 10> kRead = {
      "VirtualService", "DestinationRule", "Gateway",        "HTTPRoute",    "GRPCRoute",
      "TLSRoute",       "TCPRoute",        "ReferenceGrant", "TrafficSplit", "ServiceProfile"};
  return std::find(kRead.begin(), kRead.end(), *object.kind) != kRead.end();
}

/// Whether the object is one of the reader's own, so that it can stay as it is.
bool is_own(const resource::Object& object, Reader reader) {
  const bool api = object.group() == resource::gateway_api::kGroup;
  return reader == Reader::gateway_api ? api : object.group() == resource::linkerd::kPolicyGroup;
}

/// Routes that say what reaches the pods behind a Server, or leaves the cluster by an
/// EgressNetwork, and nothing else.
bool is_linkerds_alone(const resource::Object& object) {
  const yaml::Node parents = object.spec.find("parentRefs");
  bool alone = parents.size() > 0;
  for (const yaml::Node parent : parents.items()) alone = alone && has_linkerd_parent(parent);
  return alone;
}

/// What of the other meshes is neither a route nor a gateway.
void list_others(Conversion& conversion) {
  for (const resource::Object& object : conversion.source().mesh.objects()) {
    const std::string_view group = object.group();
    const bool mesh = group.ends_with("istio.io") || group.ends_with("linkerd.io") ||
                      group == resource::gateway_api::kGroup;
    if (!mesh) continue;
    if (conversion.reader() == Reader::linkerd && is_linkerds_alone(object)) {
      conversion.keep(object);
    }
    if (*object.kind == "ReferenceGrant" && conversion.reader() == Reader::linkerd) {
      conversion.lose(
          Severity::info, object.where(),
          fmt::format("ReferenceGrant `{}` is not converted: Linkerd asks for none", *object.name));
    }
    if (is_read(object)) continue;
    if (is_own(object, conversion.reader())) {
      conversion.keep(object);
      continue;
    }
    conversion.lose(Severity::error, object.where(),
                    fmt::format("{} `{}` is not converted", *object.kind, *object.name));
  }
}

/// A Gateway that only Linkerd's ingress would read is nobody's.
void list_gateways(Conversion& conversion) {
  for (const resource::Object& object : conversion.source().mesh.objects()) {
    if (*object.kind != "Gateway") continue;
    conversion.lose(
        Severity::error, object.where(),
        fmt::format("Gateway `{}` is not converted: Linkerd has no gateways", *object.name));
  }
}

Result<Rendered> convert(const Source& source, Reader reader) {
  Conversion conversion(source, reader);
  const bool linkerd = reader == Reader::linkerd;
  linkerd ? list_gateways(conversion) : add_gateways(conversion);
  add_routes(conversion);
  list_policies(conversion);
  list_others(conversion);
  conversion.lose(unread_fields(source.mesh, linkerd ? Audience::linkerd : Audience::gateway_api));
  Rendered out = conversion.finish();
  if (out.documents.empty() && out.losses.empty()) {
    return fail("the input holds no route that could be converted",
                "`meshfn render --to table` shows what there is");
  }
  return out;
}

}  // namespace

Result<Rendered> to_gateway_api(const Source& source, const Options&) {
  return convert(source, Reader::gateway_api);
}

Result<Rendered> to_linkerd(const Source& source, const Options&) {
  return convert(source, Reader::linkerd);
}

}  // namespace meshfn::render
