#pragma once

// Every place in a VirtualService that names a destination.

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lint/references.h"
#include "resource/mesh.h"

namespace meshfn::lint {

struct DestinationUse {
  const resource::istio::Destination* destination = nullptr;
  yaml::Node holder;  ///< the route entry, mirror included
  bool mirror = false;
  std::string_view host = {};  ///< complete name of the destination's host
  /// What the host is to those whom the VirtualService is exported to.
  const HostLookup* lookup = nullptr;

  /// Where to point: the host, or what should hold it.
  source::Location where() const;
};

/// The destinations of all VirtualServices and what they stand for, found once for the many rules
/// that ask: Mesh::derived<Destinations>.
class Destinations {
 public:
  /// The mesh outlives it.
  explicit Destinations(const resource::Mesh& mesh);

  using Uses = std::span<const DestinationUse>;

  /// Destinations of http, tls and tcp routes and of mirrors, in the order written. Mirrors whose
  /// field is absent are not listed. REQUIRES: `service` is of the mesh.
  Uses of(const resource::istio::VirtualService& service) const;

 private:
  void add(const resource::istio::VirtualService& service);
  void add(const resource::istio::VirtualService& service,
           const resource::istio::Destination& destination, yaml::Node holder, bool mirror);

  struct Place {
    std::size_t first = 0;
    std::size_t count = 0;
  };

  const References& references_;
  std::vector<DestinationUse> uses_;
  std::unordered_map<const resource::istio::VirtualService*, Place> places_;
  std::deque<std::string> completed_;  ///< names that are not as written
};

/// Host and name of every subset that a VirtualService routes to: Mesh::derived<UsedSubsets>.
class UsedSubsets {
 public:
  explicit UsedSubsets(const resource::Mesh& mesh);

  /// Whether some route leads to the host, given by its complete name.
  bool leads_to(std::string_view host) const { return used_.contains(host); }

  /// Whether one leads to this subset of it; the empty subset is the whole host.
  bool has(std::string_view host, std::string_view subset) const;

 private:
  std::unordered_map<std::string_view, std::vector<std::string_view>> used_;
};

}  // namespace meshfn::lint
