#pragma once

// The endpoints behind a destination with their places, where the YAML says them, and how near
// they are to a caller: what locality load balancing chooses from (Istio's priorities: the same
// zone, the same region, the rest).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resource/mesh.h"
#include "routing/action.h"

namespace meshfn::routing {

struct Candidate {
  std::string name;       ///< of the object, or the address
  std::string locality;   ///< "region/zone"
  unsigned priority = 0;  ///< 0 is the nearest; the same for all when locality does not count
  source::Location where;
};

struct Candidates {
  std::vector<Candidate> endpoints;  ///< nearest first
  bool by_locality = false;          ///< whether the nearest are preferred: outlier detection is on
};

/// Endpoints of ServiceEntries, WorkloadEntries, EndpointSlices and Pods on Nodes with labels.
/// `from` is "region/zone", or a zone that one of the endpoints names. Empty when the YAML says no
/// place of any endpoint.
Candidates candidates_of(const resource::Mesh& mesh, const Destination& to,
                         std::optional<std::uint32_t> port, std::string_view client_namespace,
                         std::string_view from);

}  // namespace meshfn::routing
