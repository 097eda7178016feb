#pragma once

// networking.istio.io VirtualService, as the routing model needs it. Fields keep the names of the
// API; sub-objects that nothing computes with stay nodes.

#include <optional>
#include <vector>

#include "base/boxed.h"
#include "resource/object.h"

namespace meshfn::resource::istio {

/// StringMatch: exact, prefix or regex; a header match without any of them asks for presence.
struct StringMatch {
  enum class Kind { exact, prefix, regex, present } kind = Kind::present;
  Text value;
  yaml::Node node;
};

/// `name: StringMatch` of headers, withoutHeaders and queryParams.
struct NamedMatch {
  Text name;
  StringMatch match;
};

struct HttpMatch {
  yaml::Node node;
  Text name;
  std::optional<StringMatch> uri;
  Boxed<StringMatch> scheme;
  Boxed<StringMatch> method;
  Boxed<StringMatch> authority;
  std::vector<NamedMatch> headers;
  std::vector<NamedMatch> without_headers;
  std::vector<NamedMatch> query_params;
  Integer port;
  Labels source_labels;
  Text source_namespace;
  std::vector<Text> gateways;
  Boolean ignore_uri_case;
};

struct Destination {
  yaml::Node node;
  Text host;
  Text subset;
  Integer port;
};

struct WeightedDestination {
  yaml::Node node;
  Destination destination;
  Integer weight;
  yaml::Node headers;
};

struct Retries {
  yaml::Node node;
  Integer attempts;
  Duration per_try_timeout;
  Duration backoff;
  Text retry_on;
  Boolean retry_remote_localities;
  Boolean retry_ignore_previous_hosts;
};

/// Percentages are 0 … 100.
struct Fault {
  yaml::Node node;
  yaml::Node delay_node;
  Duration fixed_delay;
  Number delay_percentage;  ///< absent: all requests
  yaml::Node abort_node;
  Integer abort_status;
  Text abort_grpc_status;
  Number abort_percentage;  ///< absent: all requests
};

struct Mirror {
  yaml::Node node;
  Destination destination;
  Number percentage;  ///< absent: all requests
};

struct HttpRoute {
  yaml::Node node;
  Text name;
  std::vector<HttpMatch> match;
  std::vector<WeightedDestination> route;
  yaml::Node redirect;
  yaml::Node direct_response;
  yaml::Node rewrite;
  yaml::Node delegate;
  yaml::Node headers;
  yaml::Node cors_policy;
  Duration timeout;
  Boxed<Retries> retries;
  Boxed<Fault> fault;
  std::vector<Mirror> mirrors;  ///< `mirror` (with its percentage) first, then `mirrors`
};

/// Match of a TLS or TCP route.
struct L4Match {
  yaml::Node node;
  std::vector<Text> sni_hosts;  ///< TLS only
  std::vector<Text> destination_subnets;
  Integer port;
  Labels source_labels;
  Text source_namespace;
  std::vector<Text> gateways;
};

struct L4Route {
  yaml::Node node;
  std::vector<L4Match> match;
  std::vector<WeightedDestination> route;
};

/// Whether the reserved name of all sidecars is among the gateways.
bool names_mesh(const std::vector<Text>& gateways);

struct VirtualService : Object {
  std::vector<Text> hosts;
  std::vector<Text> gateways;   ///< empty: `mesh`
  std::vector<Text> export_to;  ///< empty: everywhere
  std::vector<HttpRoute> http;
  std::vector<L4Route> tls;
  std::vector<L4Route> tcp;

  /// Whether sidecars take its routes: it names no gateway, or `mesh` among them.
  bool is_for_mesh() const { return gateways.empty() || names_mesh(gateways); }
};

VirtualService decode_virtual_service(Object object);

/// One destination object (host, subset, port).
Destination decode_destination(yaml::Node node);

}  // namespace meshfn::resource::istio
