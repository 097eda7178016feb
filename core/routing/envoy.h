#pragma once

// Envoy's RouteConfiguration as a route table: what Envoy's own router_check tool tests, and what
// `istioctl proxy-config routes -o json` prints. Clusters become destinations of their name.

#include "routing/table.h"
#include "yaml/node.h"

namespace meshfn::routing {

/// Whether `root` is a RouteConfiguration, with Envoy's names or those of its JSON.
bool is_route_configuration(yaml::Node root);

/// Its virtual hosts, as seen by sidecars. REQUIRES: is_route_configuration(root).
std::vector<VirtualHost> envoy_virtual_hosts(yaml::Node root);

/// The name Istio gives the cluster of a destination: `outbound|9080|v1|reviews.shop.svc…`.
std::string cluster_name(const Destination& to);

}  // namespace meshfn::routing
