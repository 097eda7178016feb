#pragma once

// What the two files that make Envoy's configuration share: names of clusters, and the few values
// that protobuf's JSON spells in its own way.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "render/target.h"

namespace meshfn::render::envoy {

using Json = nlohmann::ordered_json;

/// "1.5s": seconds with a fraction, as protobuf's JSON has durations.
std::string duration(routing::Duration value);

/// A share of requests in millionths, or in hundredths when it is whole.
Json fraction(double percent);

/// One pattern for all alternatives.
routing::StringMatch joined(const std::vector<routing::StringMatch>& any_of);

/// envoy.type.matcher.v3.StringMatcher
Json string_match(const routing::StringMatch& from);
/// envoy.config.route.v3.HeaderMatcher for the header `name`.
Json header_match(const std::string& name, const routing::Condition& condition);
/// Sets the one path specifier of a RouteMatch.
void set_path(Json& out, const routing::StringMatch& pattern);
/// `request_headers_to_add` and its three siblings.
void add_headers(Json& out, const std::vector<routing::HeaderChange>& changes);
Json redirect(const routing::Redirect& from);
Json retry_policy(const routing::Retries& from);
/// The typed configurations of the fault and CORS filters for one route.
Json fault(const routing::Fault& from);
Json cors(const routing::Cors& from);

/// One cluster to be: a destination on a port.
struct Cluster {
  std::string host;
  std::string subset;
  std::uint32_t port = 0;  ///< 0: not known

  /// "outbound|9080|v1|reviews.prod.svc.cluster.local", as Istio calls it.
  std::string name() const;

  friend auto operator<=>(const Cluster&, const Cluster&) = default;
};

/// The resource envoy.config.cluster.v3.Cluster with its balancer, limits, outlier detection and
/// endpoints; what it cannot say is added to `losses`.
Json cluster_resource(const Source& source, const Cluster& cluster, std::vector<Loss>& losses);

/// The resources envoy.config.listener.v3.Listener for routes below HTTP; the clusters that they
/// need are added to `clusters`.
Json l4_listeners(const Source& source, std::set<Cluster>& clusters, std::vector<Loss>& losses);

/// Hash policies that a route needs for the balancer of its destination.
Json hash_policies(const Source& source, const Cluster& cluster);

}  // namespace meshfn::render::envoy
