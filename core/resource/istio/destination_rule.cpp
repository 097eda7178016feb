#include "resource/istio/destination_rule.h"

namespace meshfn::resource::istio {

namespace {

template <class T, class Decode>
std::optional<T> optional(yaml::Node node, Decode decode) {
  if (!node.is_mapping()) return std::nullopt;
  return decode(node);
}

LocalityDistribute decode_distribute(yaml::Node node) {
  LocalityDistribute out{node, text(node.find("from")), {}};
  for (const yaml::Entry entry : node.find("to").entries()) {
    out.to.push_back({text(entry.key), integer(entry.value)});
  }
  return out;
}

LocalitySetting decode_locality(yaml::Node node) {
  LocalitySetting out;
  out.node = node;
  out.enabled = boolean(node.find("enabled"));
  out.distribute = each<LocalityDistribute>(node.find("distribute"), decode_distribute);
  out.failover = each<LocalityFailover>(node.find("failover"), [](yaml::Node item) {
    return LocalityFailover{item, text(item.find("from")), text(item.find("to"))};
  });
  out.failover_priority = texts(node.find("failoverPriority"));
  return out;
}

ConsistentHash decode_hash(yaml::Node node) {
  ConsistentHash out;
  out.node = node;
  out.http_header_name = text(node.find("httpHeaderName"));
  out.http_cookie = node.find("httpCookie");
  out.use_source_ip = boolean(node.find("useSourceIp"));
  out.http_query_parameter_name = text(node.find("httpQueryParameterName"));
  out.minimum_ring_size = integer(node.at("ringHash", "minimumRingSize"));
  if (!out.minimum_ring_size) out.minimum_ring_size = integer(node.find("minimumRingSize"));
  out.maglev = node.find("maglev");
  out.maglev_table_size = integer(out.maglev.find("tableSize"));
  return out;
}

std::optional<Warmup> decode_warmup(yaml::Node balancer) {
  if (const yaml::Node node = balancer.find("warmup")) {
    return Warmup{node, duration(node.find("duration")), number(node.find("minimumPercent")),
                  number(node.find("aggression"))};
  }
  if (const yaml::Node node = balancer.find("warmupDurationSecs")) {
    return Warmup{node, duration(node), {}, {}};
  }
  return std::nullopt;
}

LoadBalancer decode_balancer(yaml::Node node) {
  LoadBalancer out;
  out.node = node;
  out.simple = text(node.find("simple"));
  out.consistent_hash = optional<ConsistentHash>(node.find("consistentHash"), decode_hash);
  out.locality = optional<LocalitySetting>(node.find("localityLbSetting"), decode_locality);
  out.warmup = decode_warmup(node);
  return out;
}

ConnectionPool decode_pool(yaml::Node node) {
  const yaml::Node tcp = node.find("tcp");
  const yaml::Node http = node.find("http");
  ConnectionPool out;
  out.node = node;
  out.max_connections = integer(tcp.find("maxConnections"));
  out.connect_timeout = duration(tcp.find("connectTimeout"));
  out.max_connection_duration = duration(tcp.find("maxConnectionDuration"));
  out.http1_max_pending_requests = integer(http.find("http1MaxPendingRequests"));
  out.http2_max_requests = integer(http.find("http2MaxRequests"));
  out.max_requests_per_connection = integer(http.find("maxRequestsPerConnection"));
  out.max_retries = integer(http.find("maxRetries"));
  out.max_concurrent_streams = integer(http.find("maxConcurrentStreams"));
  out.idle_timeout = duration(http.find("idleTimeout"));
  return out;
}

OutlierDetection decode_outlier(yaml::Node node) {
  OutlierDetection out;
  out.node = node;
  out.consecutive_5xx_errors = integer(node.find("consecutive5xxErrors"));
  out.consecutive_gateway_errors = integer(node.find("consecutiveGatewayErrors"));
  out.consecutive_errors = integer(node.find("consecutiveErrors"));
  out.consecutive_local_origin_failures = integer(node.find("consecutiveLocalOriginFailures"));
  out.split_external_local_origin_errors = boolean(node.find("splitExternalLocalOriginErrors"));
  out.interval = duration(node.find("interval"));
  out.base_ejection_time = duration(node.find("baseEjectionTime"));
  out.max_ejection_percent = integer(node.find("maxEjectionPercent"));
  out.min_health_percent = integer(node.find("minHealthPercent"));
  return out;
}

ClientTls decode_tls(yaml::Node node) {
  return {node, text(node.find("mode")), text(node.find("sni")), text(node.find("credentialName"))};
}

Subset decode_subset(yaml::Node node) {
  return {node, text(node.find("name")), labels(node.find("labels")),
          optional<TrafficPolicy>(node.find("trafficPolicy"), decode_traffic_policy)};
}

}  // namespace

TrafficPolicy decode_traffic_policy(yaml::Node node) {
  TrafficPolicy out;
  out.node = node;
  out.load_balancer = optional<LoadBalancer>(node.find("loadBalancer"), decode_balancer);
  out.connection_pool = optional<ConnectionPool>(node.find("connectionPool"), decode_pool);
  out.outlier_detection = optional<OutlierDetection>(node.find("outlierDetection"), decode_outlier);
  out.tls = optional<ClientTls>(node.find("tls"), decode_tls);
  out.retry_budget = node.find("retryBudget");
  out.port = integer(node.at("port", "number"));
  out.ports = each<TrafficPolicy>(node.find("portLevelSettings"), decode_traffic_policy);
  return out;
}

const Subset* DestinationRule::subset(std::string_view wanted) const {
  for (const Subset& subset : subsets) {
    if (subset.name.value == wanted) return &subset;
  }
  return nullptr;
}

DestinationRule decode_destination_rule(Object object) {
  DestinationRule rule{std::move(object), {}, {}, {}, {}, {}};
  const yaml::Node spec = rule.spec;
  rule.host = text(spec.find("host"));
  rule.traffic_policy = optional<TrafficPolicy>(spec.find("trafficPolicy"), decode_traffic_policy);
  rule.subsets = each<Subset>(spec.find("subsets"), decode_subset);
  rule.export_to = texts(spec.find("exportTo"));
  rule.workload_selector = labels(spec.at("workloadSelector", "matchLabels"));
  return rule;
}

}  // namespace meshfn::resource::istio
