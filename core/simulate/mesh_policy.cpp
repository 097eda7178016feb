// DestinationRules of a mesh as traffic policies: Istio's mapping and defaults
// (pilot/pkg/networking/core/cluster_traffic_policy.go).

#include <algorithm>

#include "base/units.h"
#include "routing/host.h"
#include "routing/istio.h"
#include "simulate/from_mesh.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

namespace {

namespace istio = resource::istio;

std::uint32_t limit(const resource::Integer& value) {
  // Istio treats 0 as unset.
  if (!value || *value <= 0) return CircuitBreaker::kUnlimited;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(*value, CircuitBreaker::kUnlimited));
}

void set_hash(const istio::ConsistentHash& from, TrafficPolicy& out) {
  out.balancer = from.maglev ? &kMaglev : &kRingHash;
  if (from.minimum_ring_size) {
    out.settings.minimum_ring =
        static_cast<std::uint64_t>(std::max<std::int64_t>(*from.minimum_ring_size, 1));
  }
  if (from.maglev_table_size && *from.maglev_table_size > 1) {
    out.settings.table_size = static_cast<std::uint32_t>(*from.maglev_table_size);
  }
  if (from.http_header_name) {
    out.hash = {HashKey::Source::header, std::string(*from.http_header_name)};
  } else if (from.http_cookie) {
    out.hash = {HashKey::Source::cookie, std::string(from.http_cookie.find("name").text())};
  } else if (from.use_source_ip.value_or(false)) {
    out.hash = {HashKey::Source::source_ip, ""};
  } else if (from.http_query_parameter_name) {
    out.hash = {HashKey::Source::query, std::string(*from.http_query_parameter_name)};
  }
}

/// A minimum of 0 is unset, and an aggression that is not positive is 1 (Istio's defaults).
void set_warmup(const istio::Warmup& from, SlowStart& out) {
  if (from.duration) out.window = from.duration->count();
  if (from.minimum_percent) out.minimum = *from.minimum_percent / 100;
  if (from.aggression && *from.aggression > 0) out.aggression = *from.aggression;
}

/// `zoneAwareLbSetting`: the failover of localityLbSetting by region, and zones by their size.
void set_zone_aware(yaml::Node from, LocalitySetting& out) {
  set_locality(from, out);
  out.distribute.clear();
  out.zone_aware = true;
  const auto least = yaml::to_int(from.find("minClusterSize").text());
  if (least && *least > 0) out.min_cluster_size = static_cast<std::uint32_t>(*least);
}

void set_period(yaml::Node node, Time& out) {
  const auto value = parse_duration(node.text());
  if (value && value->count() > 0) out = value->count();
}

/// `backendUtilization`: weights from what the servers report.
void set_weights(yaml::Node from, WeightSettings& out) {
  set_period(from.find("weightStabilizationPeriod"), out.blackout);
  set_period(from.find("weightExpirationPeriod"), out.expiration);
  set_period(from.find("weightUpdatePeriod"), out.update);
  const auto penalty = yaml::to_double(from.find("errorUtilizationPenaltyPercent").text());
  if (penalty) out.error_penalty = *penalty / 100;
}

void set_balancer(const istio::LoadBalancer& from, TrafficPolicy& out) {
  out.balancer = &kLeastRequest;
  out.hash = {};
  out.settings = {};
  if (from.simple.value == "ROUND_ROBIN") out.balancer = &kRoundRobin;
  if (from.simple.value == "RANDOM") out.balancer = &kRandom;
  if (from.consistent_hash) set_hash(*from.consistent_hash, out);
  if (const yaml::Node node = from.node.find("backendUtilization")) {
    out.balancer = &kClientWeighted;
    set_weights(node, out.settings.weights);
  }
  if (from.warmup) set_warmup(*from.warmup, out.settings.slow_start);
  if (from.locality) {
    set_locality(from.locality->node, out.locality);
    out.force_locality = false;  // the rule goes before the Service's traffic distribution
  }
  if (const yaml::Node node = from.node.find("zoneAwareLbSetting")) {
    set_zone_aware(node, out.locality);
  }
}

void set_pool(const istio::ConnectionPool& from, TrafficPolicy& out) {
  out.breaker.max_connections = limit(from.max_connections);
  out.breaker.max_pending = limit(from.http1_max_pending_requests);
  out.breaker.max_requests = limit(from.http2_max_requests);
  out.breaker.max_retries = limit(from.max_retries);
  out.breaker.requests_per_connection = static_cast<std::uint32_t>(
      std::max<std::int64_t>(from.max_requests_per_connection.value_or(0), 0));
  if (from.max_concurrent_streams && *from.max_concurrent_streams > 0) {
    out.breaker.concurrent_streams = limit(from.max_concurrent_streams);
  }
  const std::string_view upgrade = from.node.find("http").find("h2UpgradePolicy").text();
  if (upgrade == "UPGRADE") out.breaker.http2 = true;
  if (upgrade == "DO_NOT_UPGRADE") out.breaker.http2 = false;
  if (from.connect_timeout) out.connect_timeout = from.connect_timeout->count();
  // A timeout of zero is none.
  auto idle = parse_duration(from.node.find("tcp").find("idleTimeout").text());
  if (from.idle_timeout) idle = *from.idle_timeout;
  if (idle) out.breaker.idle_timeout = idle->count() > 0 ? idle->count() : kNever / 2;
  const Time age = from.max_connection_duration ? from.max_connection_duration->count() : 0;
  out.breaker.connection_age = age > 0 ? age : kNever / 2;
}

/// A detector's limit: absent keeps `fallback`, 0 turns it off.
void set_detector(const resource::Integer& from, std::uint32_t& out) {
  if (from) out = static_cast<std::uint32_t>(std::max<std::int64_t>(*from, 0));
}

void set_outlier(const istio::OutlierDetection& from, TrafficPolicy& out) {
  OutlierSettings outlier;
  outlier.enabled = true;
  set_detector(from.consecutive_5xx_errors, outlier.consecutive_5xx);
  set_detector(from.consecutive_errors, outlier.consecutive_gateway);
  set_detector(from.consecutive_gateway_errors, outlier.consecutive_gateway);
  outlier.split_local_errors = from.split_external_local_origin_errors.value_or(false);
  if (from.consecutive_local_origin_failures && *from.consecutive_local_origin_failures > 0) {
    set_detector(from.consecutive_local_origin_failures, outlier.consecutive_local);
  }
  if (from.interval && from.interval->count() > 0) outlier.interval = from.interval->count();
  if (from.base_ejection_time) outlier.base_ejection = from.base_ejection_time->count();
  for (const yaml::Node code : from.node.find("outlierDetectionHttpErrorCodes").items()) {
    const auto status = yaml::to_int(code.text());
    if (status) outlier.codes.push_back(static_cast<std::uint16_t>(*status));
  }
  if (from.max_ejection_percent && *from.max_ejection_percent > 0) {
    outlier.max_ejection_percent = static_cast<double>(*from.max_ejection_percent);
  }
  out.outlier = outlier;
  out.panic_threshold = static_cast<double>(from.min_health_percent.value_or(0));
}

}  // namespace

void set_locality(yaml::Node from, LocalitySetting& out) {
  out = {};
  out.enabled = yaml::to_bool(from.find("enabled").text()).value_or(true);
  for (const yaml::Node entry : from.find("distribute").items()) {
    LocalitySetting::Distribute one{std::string(entry.find("from").text()), {}};
    for (const yaml::Entry share : entry.find("to").entries()) {
      const auto weight = yaml::to_int(share.value.text()).value_or(0);
      one.to.push_back({std::string(share.key.text()), static_cast<std::uint32_t>(weight)});
    }
    out.distribute.push_back(std::move(one));
  }
  for (const yaml::Node rule : from.find("failover").items()) {
    out.failover.emplace_back(rule.find("from").text(), rule.find("to").text());
  }
  for (const yaml::Node label : from.find("failoverPriority").items()) {
    out.failover_priority.emplace_back(label.text());
  }
}

void apply(const istio::TrafficPolicy& from, TrafficPolicy& out) {
  if (from.load_balancer) set_balancer(*from.load_balancer, out);
  if (from.connection_pool) set_pool(*from.connection_pool, out);
  if (from.outlier_detection) set_outlier(*from.outlier_detection, out);
  if (from.retry_budget) {
    const auto percent = yaml::to_double(from.retry_budget.find("percent").text());
    out.breaker.retry_budget_percent = percent.value_or(20);
    const auto minimum = yaml::to_int(from.retry_budget.find("minRetryConcurrency").text());
    out.breaker.retry_budget_minimum = static_cast<std::uint32_t>(minimum.value_or(3));
    set_period(from.retry_budget.find("budgetInterval"), out.breaker.retry_budget_interval);
  }
  out.where = line_of(from.node);
}

namespace {

/// The policy of one port: portLevelSettings replace the whole policy, nothing is inherited but
/// what holds in the whole `mesh`.
TrafficPolicy policy_for(const istio::TrafficPolicy& from, std::uint16_t port,
                         const TrafficPolicy& inherited, const TrafficPolicy& mesh) {
  for (const istio::TrafficPolicy& own : from.ports) {
    if (!own.port || *own.port != port) continue;
    TrafficPolicy out = mesh;
    apply(own, out);
    return out;
  }
  TrafficPolicy out = inherited;
  apply(from, out);
  return out;
}

/// DestinationRules for the host as the client's namespace sees them: exact names before wildcards,
/// in the order read.
std::vector<const istio::DestinationRule*> rules_for(const std::string& host,
                                                     const resource::Mesh& mesh) {
  std::vector<const istio::DestinationRule*> exact;
  std::vector<const istio::DestinationRule*> wild;
  for (const auto& rule : mesh.all<istio::DestinationRule>()) {
    const std::string own = routing::fqdn(*rule.host, rule.scope);
    if (own == host) exact.push_back(&rule);
    if (own != host && routing::is_wildcard(own) && routing::covers_host(own, host)) {
      wild.push_back(&rule);
    }
  }
  if (!exact.empty()) return exact;
  std::stable_sort(wild.begin(), wild.end(), [](const auto* a, const auto* b) {
    return a->host.value.size() > b->host.value.size();
  });
  if (wild.size() > 1) wild.resize(1);
  return wild;
}

}  // namespace

void add_policies_of(Scenario& scenario, const resource::Mesh& mesh) {
  const bool heeds_rules = scenario.plane() == DataPlane::istio;
  for (ServiceSpec& service : scenario.services) {
    const TrafficPolicy base = service.policy;
    bool has_policy = false;
    std::vector<const istio::DestinationRule*> rules;
    if (heeds_rules) rules = rules_for(full_name(service.name, mesh), mesh);
    for (const istio::DestinationRule* rule : rules) {
      // Rules for one host are merged: the first policy counts, subsets add up.
      if (rule->traffic_policy && !has_policy) {
        service.policy = policy_for(*rule->traffic_policy, service.port, service.policy, base);
        has_policy = true;
      }
      for (const istio::Subset& subset : rule->subsets) {
        SubsetSpec spec{std::string(*subset.name), labels_of(subset.labels), service.policy};
        if (subset.traffic_policy) {
          spec.policy = policy_for(*subset.traffic_policy, service.port, service.policy, base);
        }
        service.subsets.push_back(std::move(spec));
      }
    }
    simulate::apply(service.own, service.policy);
    for (SubsetSpec& subset : service.subsets) simulate::apply(service.own, subset.policy);
  }
}

}  // namespace meshfn::simulate
