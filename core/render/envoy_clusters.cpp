// Destinations and their policies as Envoy's clusters (envoy.config.cluster.v3).

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "render/envoy.h"
#include "routing/host.h"
#include "routing/policy.h"

namespace meshfn::render::envoy {

namespace {

namespace istio = resource::istio;

constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();
constexpr const char* kHttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/// The policy as the clients of no particular namespace have it.
routing::Policy policy_of(const Source& source, const Cluster& cluster) {
  const auto port = cluster.port == 0 ? std::nullopt : std::optional(cluster.port);
  return routing::effective_policy(source.mesh, cluster.host, cluster.subset, port, "");
}

std::uint32_t limit(const resource::Integer& from) {
  const std::int64_t value = from.value_or(0);
  return value > 0 && value < kUnlimited ? static_cast<std::uint32_t>(value) : kUnlimited;
}

/// Istio sets every limit that is not given as high as it goes.
Json circuit_breakers(const istio::ConnectionPool* pool) {
  Json out = {{"max_connections", kUnlimited},
              {"max_pending_requests", kUnlimited},
              {"max_requests", kUnlimited},
              {"max_retries", kUnlimited}};
  if (pool != nullptr) {
    out["max_connections"] = limit(pool->max_connections);
    out["max_pending_requests"] = limit(pool->http1_max_pending_requests);
    out["max_requests"] = limit(pool->http2_max_requests);
    out["max_retries"] = limit(pool->max_retries);
  }
  return {{"thresholds", Json::array({std::move(out)})}};
}

void set_detector(Json& out, const char* field, const char* enforcing,
                  const resource::Integer& from) {
  if (!from) return;
  if (*from > 0) out[field] = *from;
  out[enforcing] = *from > 0 ? 100 : 0;
}

/// Istio's mapping (cluster_traffic_policy.go): detectors by success rate are off.
Json outlier_detection(const istio::OutlierDetection& from) {
  Json out = Json::object();
  set_detector(out, "consecutive_5xx", "enforcing_consecutive_5xx", from.consecutive_5xx_errors);
  const auto& gateway =
      from.consecutive_gateway_errors ? from.consecutive_gateway_errors : from.consecutive_errors;
  set_detector(out, "consecutive_gateway_failure", "enforcing_consecutive_gateway_failure",
               gateway);
  if (from.split_external_local_origin_errors.value_or(false)) {
    out["split_external_local_origin_errors"] = true;
    set_detector(out, "consecutive_local_origin_failure",
                 "enforcing_consecutive_local_origin_failure",
                 from.consecutive_local_origin_failures);
    out["enforcing_local_origin_success_rate"] = 0;
  }
  if (from.interval) out["interval"] = duration(*from.interval);
  if (from.base_ejection_time) out["base_ejection_time"] = duration(*from.base_ejection_time);
  if (from.max_ejection_percent.value_or(0) > 0) {
    out["max_ejection_percent"] = *from.max_ejection_percent;
  }
  out["enforcing_success_rate"] = 0;
  return out;
}

void add_hash(Json& out, const istio::ConsistentHash& hash) {
  if (hash.maglev) {
    out["lb_policy"] = "MAGLEV";
    if (hash.maglev_table_size) {
      out["maglev_lb_config"] = {{"table_size", *hash.maglev_table_size}};
    }
    return;
  }
  out["lb_policy"] = "RING_HASH";
  out["ring_hash_lb_config"] = {{"minimum_ring_size", hash.minimum_ring_size.value_or(1024)}};
}

void add_balancer(Json& out, const istio::LoadBalancer* from, std::vector<Loss>& losses) {
  out["lb_policy"] = "LEAST_REQUEST";
  if (from == nullptr) return;
  if (from->consistent_hash) add_hash(out, *from->consistent_hash);
  const std::string_view simple = *from->simple;
  if (simple == "ROUND_ROBIN" || simple == "RANDOM") out["lb_policy"] = simple;
  if (simple == "PASSTHROUGH") {
    losses.push_back(
        {"PASSTHROUGH sends requests to the address that was asked for, which needs "
         "Istio's listeners",
         from->simple.where(), Severity::error});
  }
  if (from->warmup && from->warmup->duration) {
    const char* field =
        simple == "ROUND_ROBIN" ? "round_robin_lb_config" : "least_request_lb_config";
    out[field] = {
        {"slow_start_config", {{"slow_start_window", duration(*from->warmup->duration)}}}};
  }
  if (from->locality) {
    losses.push_back({"`localityLbSetting` needs the locality of endpoints, which is not in YAML",
                      from->locality->node.where(), Severity::warning});
  }
}

void add_connections(Json& out, const istio::ConnectionPool& pool) {
  Json common = Json::object();
  if (pool.max_requests_per_connection.value_or(0) > 0) {
    common["max_requests_per_connection"] = *pool.max_requests_per_connection;
  }
  if (pool.idle_timeout) common["idle_timeout"] = duration(*pool.idle_timeout);
  if (pool.max_connection_duration) {
    common["max_connection_duration"] = duration(*pool.max_connection_duration);
  }
  if (common.empty()) return;
  out["typed_extension_protocol_options"] = {
      {kHttpOptions,
       {{"@type", fmt::format("type.googleapis.com/{}", kHttpOptions)},
        {"common_http_protocol_options", std::move(common)},
        {"explicit_http_config", {{"http_protocol_options", Json::object()}}}}}};
}

Json endpoint(std::string_view address, std::int64_t port, std::int64_t weight) {
  Json out = {{"endpoint",
               {{"address", {{"socket_address", {{"address", address}, {"port_value", port}}}}}}}};
  if (weight > 0) out["load_balancing_weight"] = weight;
  return out;
}

const istio::ServiceEntry* entry_of(const Source& source, const std::string& host) {
  for (const auto& entry : source.mesh.all<istio::ServiceEntry>()) {
    for (const resource::Text& one : entry.hosts) {
      if (*one == host) return &entry;
    }
  }
  return nullptr;
}

/// The endpoints of a ServiceEntry, or the name itself to be looked up.
void add_endpoints(Json& out, const Source& source, const Cluster& cluster) {
  Json all = Json::array();
  if (const auto* entry = entry_of(source, cluster.host)) {
    for (const auto& one : entry->endpoints) {
      all.push_back(endpoint(*one.address, cluster.port, one.weight.value_or(0)));
    }
    if (*entry->resolution == "STATIC" && !all.empty()) out["type"] = "STATIC";
  }
  if (all.empty()) all.push_back(endpoint(cluster.host, cluster.port == 0 ? 80 : cluster.port, 0));
  out["load_assignment"] = {{"cluster_name", cluster.name()},
                            {"endpoints", Json::array({{{"lb_endpoints", std::move(all)}}})}};
}

}  // namespace

std::string Cluster::name() const {
  return fmt::format("outbound|{}|{}|{}", port == 0 ? "" : fmt::format("{}", port), subset, host);
}

std::string duration(routing::Duration value) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(value);
  const auto rest = (value - seconds).count();
  if (rest == 0) return fmt::format("{}s", seconds.count());
  std::string text = fmt::format("{}.{:09}", seconds.count(), rest);
  text.erase(text.find_last_not_of('0') + 1);
  return text + "s";
}

Json fraction(double percent) {
  const auto whole = static_cast<std::uint32_t>(percent);
  if (static_cast<double>(whole) == percent) {
    return {{"numerator", whole}, {"denominator", "HUNDRED"}};
  }
  return {{"numerator", static_cast<std::uint32_t>(percent * 10'000)}, {"denominator", "MILLION"}};
}

Json cluster_resource(const Source& source, const Cluster& cluster, std::vector<Loss>& losses) {
  const routing::Policy policy = policy_of(source, cluster);
  Json out = {{"@type", "type.googleapis.com/envoy.config.cluster.v3.Cluster"},
              {"name", cluster.name()},
              {"type", "STRICT_DNS"}};
  const auto* pool = policy.connection_pool;
  out["connect_timeout"] =
      pool != nullptr && pool->connect_timeout ? duration(*pool->connect_timeout) : "10s";
  add_balancer(out, policy.load_balancer, losses);
  out["circuit_breakers"] = circuit_breakers(pool);
  if (pool != nullptr) add_connections(out, *pool);
  if (policy.outlier_detection != nullptr) {
    out["outlier_detection"] = outlier_detection(*policy.outlier_detection);
    const auto& least = policy.outlier_detection->min_health_percent;
    out["common_lb_config"] = {{"healthy_panic_threshold", {{"value", least.value_or(0)}}}};
  }
  if (policy.tls != nullptr && *policy.tls->mode != "DISABLE") {
    losses.push_back(
        {fmt::format("certificates for TLS mode {} are not in YAML; the cluster speaks "
                     "plain text",
                     *policy.tls->mode),
         policy.tls->node.where(), Severity::warning});
  }
  if (!cluster.subset.empty() && policy.subset != nullptr) {
    losses.push_back({fmt::format("the pods of subset `{}` have no addresses in YAML; its cluster "
                                  "asks for the whole Service",
                                  cluster.subset),
                      policy.subset->node.where(), Severity::error});
  }
  add_endpoints(out, source, cluster);
  return out;
}

Json hash_policies(const Source& source, const Cluster& cluster) {
  Json out = Json::array();
  const routing::Policy policy = policy_of(source, cluster);
  if (policy.load_balancer == nullptr || !policy.load_balancer->consistent_hash) return out;
  const istio::ConsistentHash& hash = *policy.load_balancer->consistent_hash;
  if (hash.http_header_name) {
    out.push_back({{"header", {{"header_name", *hash.http_header_name}}}});
  } else if (hash.http_cookie) {
    Json cookie = {{"name", hash.http_cookie.find("name").text()}};
    if (const auto ttl = resource::duration(hash.http_cookie.find("ttl"))) {
      cookie["ttl"] = duration(*ttl);
    }
    if (const auto path = hash.http_cookie.find("path")) cookie["path"] = path.text();
    out.push_back({{"cookie", std::move(cookie)}});
  } else if (hash.use_source_ip.value_or(false)) {
    out.push_back({{"connection_properties", {{"source_ip", true}}}});
  } else if (hash.http_query_parameter_name) {
    out.push_back({{"query_parameter", {{"name", *hash.http_query_parameter_name}}}});
  }
  return out;
}

}  // namespace meshfn::render::envoy
