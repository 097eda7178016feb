#pragma once

// ServiceProfile and TrafficSplit: routes by method and path in the order written, and weights for
// the whole Service. They take the place of HTTPRoutes (linkerd2-proxy
// app/outbound/src/sidecar.rs).

#include <string>
#include <vector>

#include "resource/mesh.h"
#include "routing/table.h"

namespace meshfn::routing {

/// Routes that a ServiceProfile or TrafficSplit gives to one host.
struct Profile {
  std::string host;  ///< complete name
  std::vector<Route> routes;
  const resource::Object* from = nullptr;
};

/// The profile of every host that has one with an effect, as clients of `client_namespace` see it:
/// theirs comes before that of the service.
std::vector<Profile> linkerd_profiles(const resource::Mesh& mesh, std::string_view client_namespace,
                                      std::vector<Note>& notes);

}  // namespace meshfn::routing
