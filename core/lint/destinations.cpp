#include "lint/destinations.h"

namespace meshfn::lint {

source::Location DestinationUse::where() const {
  if (destination->host) return destination->host.where();
  return destination->node ? destination->node.where() : holder.where();
}

std::vector<DestinationUse> destinations(const resource::istio::VirtualService& service) {
  std::vector<DestinationUse> uses;
  for (const auto& route : service.http) {
    for (const auto& entry : route.route) uses.push_back({&entry.destination, entry.node, false});
    for (const auto& mirror : route.mirrors) {
      uses.push_back({&mirror.destination, mirror.node, true});
    }
  }
  for (const auto* routes : {&service.tls, &service.tcp}) {
    for (const auto& route : *routes) {
      for (const auto& entry : route.route) uses.push_back({&entry.destination, entry.node, false});
    }
  }
  return uses;
}

}  // namespace meshfn::lint
