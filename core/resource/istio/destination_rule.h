#pragma once

// networking.istio.io DestinationRule: policy of the calls to a host. Absent fields mean the
// data plane's defaults, which live with the models that apply them, not here.

#include <optional>
#include <vector>

#include "resource/object.h"

namespace meshfn::resource::istio {

/// `from: region/zone/*`, `to: {region/zone/*: percent}`.
struct LocalityDistribute {
  struct Share {
    Text locality;
    Integer weight;
  };

  yaml::Node node;
  Text from;
  std::vector<Share> to;
};

struct LocalityFailover {
  yaml::Node node;
  Text from;
  Text to;
};

struct LocalitySetting {
  yaml::Node node;
  Boolean enabled;
  std::vector<LocalityDistribute> distribute;
  std::vector<LocalityFailover> failover;
  std::vector<Text> failover_priority;
};

struct Warmup {
  yaml::Node node;
  Duration duration;
  Number minimum_percent;
  Number aggression;
};

struct ConsistentHash {
  yaml::Node node;
  Text http_header_name;
  yaml::Node http_cookie;
  Boolean use_source_ip;
  Text http_query_parameter_name;
  Integer minimum_ring_size;  ///< ringHash.minimumRingSize, or the deprecated spelling
  yaml::Node maglev;
  Integer maglev_table_size;
};

struct LoadBalancer {
  yaml::Node node;
  Text simple;
  std::optional<ConsistentHash> consistent_hash;
  std::optional<LocalitySetting> locality;
  std::optional<Warmup> warmup;
};

struct ConnectionPool {
  yaml::Node node;
  Integer max_connections;
  Duration connect_timeout;
  Duration max_connection_duration;
  Integer http1_max_pending_requests;
  Integer http2_max_requests;
  Integer max_requests_per_connection;
  Integer max_retries;
  Integer max_concurrent_streams;
  Duration idle_timeout;
};

/// Percentages are 0 … 100.
struct OutlierDetection {
  yaml::Node node;
  Integer consecutive_5xx_errors;
  Integer consecutive_gateway_errors;
  Integer consecutive_errors;  ///< deprecated: same meaning as the gateway detector
  Integer consecutive_local_origin_failures;
  Boolean split_external_local_origin_errors;
  Duration interval;
  Duration base_ejection_time;
  Integer max_ejection_percent;
  Integer min_health_percent;
};

struct ClientTls {
  yaml::Node node;
  Text mode;
  Text sni;
  Text credential_name;
};

/// Settings of one level; `ports` overrides some of them for one port.
struct TrafficPolicy {
  yaml::Node node;
  std::optional<LoadBalancer> load_balancer;
  std::optional<ConnectionPool> connection_pool;
  std::optional<OutlierDetection> outlier_detection;
  std::optional<ClientTls> tls;
  yaml::Node retry_budget;
  Integer port;                      ///< of an entry of portLevelSettings
  std::vector<TrafficPolicy> ports;  ///< portLevelSettings
};

struct Subset {
  yaml::Node node;
  Text name;
  Labels labels;
  std::optional<TrafficPolicy> traffic_policy;
};

struct DestinationRule : Object {
  Text host;
  std::optional<TrafficPolicy> traffic_policy;
  std::vector<Subset> subsets;
  std::vector<Text> export_to;  ///< empty: everywhere
  Labels workload_selector;     ///< empty: all workloads of the namespace

  /// The subset called `wanted`; null when there is none.
  const Subset* subset(std::string_view wanted) const;
};

DestinationRule decode_destination_rule(Object object);

/// A `trafficPolicy` value, also as MeshConfig's defaultTrafficPolicy spells it.
TrafficPolicy decode_traffic_policy(yaml::Node node);

}  // namespace meshfn::resource::istio
