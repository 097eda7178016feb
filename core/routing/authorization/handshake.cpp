#include "routing/authorization/handshake.h"

#include <fmt/format.h>

#include "resource/istio/membership.h"
#include "resource/istio/mesh_config.h"
#include "routing/authorization/peer_modes.h"
#include "routing/istio_route.h"
#include "routing/policy.h"

namespace meshfn::routing::istio {

namespace {

using resource::Mesh;

/// What the client's proxy sends, and the place that says so.
struct Offer {
  Channel channel = Channel::mutual_tls;
  std::string by;  ///< empty: the mesh's own choice
  source::Location where;
};

Offer offer_of(const Mesh& mesh, const Caller& caller, const Request& request, const Target& target,
               const PeerMode& server) {
  if (caller.plain || caller.name_space.empty()) return {Channel::plain, {}, {}};
  const std::string_view from =
      caller.name_space.empty() ? request.source_namespace : std::string_view(caller.name_space);
  const Policy policy =
      effective_policy(mesh, target.host, target.subset, target.service_port, from);
  if (policy.tls != nullptr && policy.tls->mode) {
    const std::string_view mode = *policy.tls->mode;
    const std::string by = policy.rule == nullptr ? "" : resource_name(*policy.rule);
    const source::Location where = policy.tls->mode.where();
    if (mode == "DISABLE") return {Channel::plain, by, where};
    if (mode == "ISTIO_MUTUAL") return {Channel::mutual_tls, by, where};
    return {Channel::tls, by, where};
  }
  // Automatic mutual TLS: when the server can, and only if it is not switched off.
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  const bool off = config.node().find("enableAutoMtls").text() == "false";
  const bool can = has_proxy(mesh, target) && server.mode != "DISABLE";
  return {can && !off ? Channel::mutual_tls : Channel::plain, {}, {}};
}

void refuse(Verdict& verdict, std::string by, source::Location where, std::string why) {
  verdict.allowed = false;
  verdict.by = std::move(by);
  verdict.where = where;
  verdict.why = std::move(why);
}

std::string name_of(const PeerMode& mode) {
  return mode.policy == nullptr ? std::string() : resource_name(*mode.policy);
}

}  // namespace

bool has_proxy(const Mesh& mesh, const Target& target) {
  if (target.outside) return false;
  if (target.workload == nullptr || !target.gateway.empty()) return true;
  return resource::istio::meshed(mesh, *target.workload) != resource::istio::Meshed::no;
}

bool shake_hands(const Mesh& mesh, const Caller& caller, const Request& request,
                 const Target& target, Verdict& verdict) {
  const PeerMode server = mesh.derived<PeerModes>().of(
      target.scope, target.labels,
      target.port ? std::optional<std::int64_t>(*target.port) : std::nullopt);
  const Offer offer = offer_of(mesh, caller, request, target, server);
  verdict.channel = offer.channel;
  if (target.outside) return true;
  if (!has_proxy(mesh, target)) {
    if (offer.channel != Channel::mutual_tls) return true;
    refuse(verdict, offer.by, offer.where,
           "the client speaks mutual TLS, and the pods have no proxy that does");
    return false;
  }
  if (server.mode == "DISABLE" && offer.channel == Channel::mutual_tls) {
    refuse(verdict, offer.by, offer.where,
           fmt::format("the client speaks mutual TLS, which {} disables", name_of(server)));
    return false;
  }
  if (server.mode != "STRICT" || offer.channel == Channel::mutual_tls) return true;
  const std::string_view sent =
      offer.channel == Channel::plain ? "plain text" : "TLS without a certificate of the mesh";
  refuse(verdict, name_of(server), server.node.where(),
         offer.by.empty()
             ? fmt::format("the pods take mutual TLS only, and {} is sent", sent)
             : fmt::format("the pods take mutual TLS only, and {} makes the client send {}",
                           offer.by, sent));
  return false;
}

}  // namespace meshfn::routing::istio
