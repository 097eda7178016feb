#pragma once

// Routes that meet: all that are in force on one listener, or on one Service of a mesh, in the
// order in which conflicts between them are decided.

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lint/rules/gateway_api.h"

namespace meshfn::lint::gateways {

/// A route in force on a listener or Service.
struct Attached {
  const Route* route = nullptr;
  const Reference* parent = nullptr;
  std::vector<std::string> hostnames;  ///< empty: every host

  /// The hostnames, or an empty name for every host.
  std::vector<std::string> names() const;
};

struct Crowd {
  const Listener* listener = nullptr;  ///< null for the routes of a Service
  std::string place;                   ///< "listener `http`" or "Service `shop/web`"
  std::vector<Attached> routes;        ///< the older first, then by namespace and name
};

/// The listeners of the input with the routes that they accept; one for all rules
/// (resource/derived.h).
class ListenerCrowds {
 public:
  explicit ListenerCrowds(const resource::Mesh& mesh);

  const std::vector<Crowd>& all() const { return all_; }

 private:
  std::vector<Crowd> all_;
};

/// The Services that routes of a mesh have as parents, by port and by the namespace of the routes:
/// those of other namespaces apply to other clients.
class ServiceCrowds {
 public:
  explicit ServiceCrowds(const resource::Mesh& mesh);

  const std::vector<Crowd>& all() const { return all_; }

 private:
  std::vector<Crowd> all_;
};

/// Whether two documents describe one object, so that only one of them is ever in force.
bool is_same_object(const Route& a, const Route& b);

}  // namespace meshfn::lint::gateways
