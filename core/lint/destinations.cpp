#include "lint/destinations.h"

#include <algorithm>

#include "routing/host.h"

namespace meshfn::lint {

using resource::istio::Destination;
using resource::istio::VirtualService;

source::Location DestinationUse::where() const {
  if (destination->host) return destination->host.where();
  return destination->node ? destination->node.where() : holder.where();
}

Destinations::Destinations(const resource::Mesh& mesh) : references_(mesh.derived<References>()) {
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    const std::size_t first = uses_.size();
    add(service);
    places_.emplace(&service, Place{first, uses_.size() - first});
  }
}

Destinations::Uses Destinations::of(const VirtualService& service) const {
  const Place place = places_.at(&service);
  return Uses(uses_).subspan(place.first, place.count);
}

void Destinations::add(const VirtualService& service) {
  for (const auto& route : service.http) {
    for (const auto& entry : route.route) add(service, entry.destination, entry.node, false);
    for (const auto& mirror : route.mirrors) add(service, mirror.destination, mirror.node, true);
  }
  for (const auto* routes : {&service.tls, &service.tcp}) {
    for (const auto& route : *routes) {
      for (const auto& entry : route.route) add(service, entry.destination, entry.node, false);
    }
  }
}

void Destinations::add(const VirtualService& service, const Destination& destination,
                       yaml::Node holder, bool mirror) {
  const std::string_view written = destination.host.value;
  std::string complete = routing::fqdn(written, service.scope);
  const std::string_view host =
      complete == written ? written : completed_.emplace_back(std::move(complete));
  uses_.push_back({&destination, holder, mirror, host,
                   &references_.host(written, service.scope, service.export_to)});
}

UsedSubsets::UsedSubsets(const resource::Mesh& mesh) {
  const auto& destinations = mesh.derived<Destinations>();
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    for (const DestinationUse& use : destinations.of(service)) {
      auto& subsets = used_[use.host];
      const std::string_view subset = use.destination->subset.value;
      const bool known = std::find(subsets.begin(), subsets.end(), subset) != subsets.end();
      if (!known) subsets.push_back(subset);
    }
  }
}

bool UsedSubsets::has(std::string_view host, std::string_view subset) const {
  const auto subsets = used_.find(host);
  return subsets != used_.end() &&
         std::find(subsets->second.begin(), subsets->second.end(), subset) != subsets->second.end();
}

}  // namespace meshfn::lint
