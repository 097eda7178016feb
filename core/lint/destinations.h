#pragma once

// Every place in a VirtualService that names a destination.

#include <string>
#include <vector>

#include "resource/mesh.h"

namespace meshfn::lint {

struct DestinationUse {
  const resource::istio::Destination* destination = nullptr;
  yaml::Node holder;  ///< the route entry, mirror included
  bool mirror = false;

  /// Where to point: the host, or what should hold it.
  source::Location where() const;
};

/// Destinations of http, tls and tcp routes and of mirrors, in the order written. Mirrors whose
/// field is absent are not listed.
std::vector<DestinationUse> destinations(const resource::istio::VirtualService& service);

}  // namespace meshfn::lint
