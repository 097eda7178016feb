#include "lint/rules/mesh_config_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/units.h"
#include "lint/rules/localities.h"
#include "lint/rules/places.h"
#include "resource/located.h"

namespace meshfn::lint::istio {

namespace {

constexpr std::array<std::string_view, 3> kLocalityLabels = {
    "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"};

constexpr std::array<std::string_view, 6> kLimits = {
    "http.http1MaxPendingRequests",  "http.http2MaxRequests",
    "http.maxRequestsPerConnection", "http.maxRetries",
    "http.maxConcurrentStreams",     "tcp.maxConnections"};

constexpr std::array<std::string_view, 3> kPoolDurations = {
    "http.idleTimeout", "tcp.connectTimeout", "tcp.maxConnectionDuration"};

constexpr std::array<std::string_view, 2> kEjectionDurations = {"interval", "baseEjectionTime"};

constexpr std::array<std::string_view, 2> kPercentages = {"maxEjectionPercent", "minHealthPercent"};

void check_durations(yaml::Node holder, std::span<const std::string_view> paths,
                     std::vector<Problem>& problems) {
  each_at_any(holder, paths, [&](yaml::Node value) {
    const auto duration = parse_duration(value.text());
    const std::string problem =
        duration ? duration_problem(*duration) : fmt::format("`{}` is no duration", value.text());
    if (!problem.empty()) problems.push_back({value.where(), problem});
  });
}

void check_pool(yaml::Node pool, std::vector<Problem>& problems) {
  if (!pool.is_mapping()) return;
  if (!pool.find("http") && !pool.find("tcp")) {
    problems.push_back({pool.where(), "this connection pool has neither `http` nor `tcp`"});
  }
  each_at_any(pool, kLimits, [&](yaml::Node value) {
    const auto limit = resource::integer(value);
    if (!limit || *limit >= 0) return;
    problems.push_back({value.where(), fmt::format("a limit of {} is below 0", *limit)});
  });
  check_durations(pool, kPoolDurations, problems);
  const yaml::Node upgrade = pool.at("http", "h2UpgradePolicy");
  if (upgrade.text() != "UPGRADE") return;
  if (!resource::boolean(pool.at("http", "useClientProtocol")).value) return;
  problems.push_back(
      {upgrade.where(), "the pool cannot both upgrade to HTTP/2 and keep the client's protocol"});
}

void check_ejection(yaml::Node ejection, std::vector<Problem>& problems) {
  check_durations(ejection, kEjectionDurations, problems);
  each_at_any(ejection, kPercentages, [&](yaml::Node value) {
    const auto percent = resource::integer(value);
    if (!percent || (*percent >= 0 && *percent <= 100)) return;
    problems.push_back({value.where(), fmt::format("{} is no percentage", *percent)});
  });
  const auto failures = resource::integer(ejection.find("consecutiveLocalOriginFailures"));
  if (failures.value <= 0) return;
  if (resource::boolean(ejection.find("splitExternalLocalOriginErrors")).value) return;
  problems.push_back({failures.where(),
                      "local failures are counted apart only with "
                      "`splitExternalLocalOriginErrors`"});
}

bool names_locality(yaml::Node priority) {
  const auto items = resource::texts(priority);
  return std::any_of(items.begin(), items.end(), [](const resource::Text& item) {
    return std::find(kLocalityLabels.begin(), kLocalityLabels.end(), item.value) !=
           kLocalityLabels.end();
  });
}

void check_failover(yaml::Node failover, std::vector<Problem>& problems) {
  for (const yaml::Node item : failover.items()) {
    const yaml::Node from = item.find("from");
    const yaml::Node to = item.find("to");
    for (const yaml::Node region : {from, to}) {
      if (region.text().find_first_of("/*") == std::string_view::npos) continue;
      problems.push_back({region.where(), fmt::format("`{}` is no region", region.text())});
    }
    if (from.text().empty() || from.text() != to.text()) continue;
    problems.push_back({to.where(), fmt::format("`{}` fails over to itself", to.text())});
  }
}

void check_shares(yaml::Node distribute, std::vector<Problem>& problems) {
  for (const yaml::Node item : distribute.items()) {
    std::int64_t sum = 0;
    yaml::Node last;
    for (const yaml::Entry share : item.find("to").entries()) {
      const auto weight = resource::integer(share.value);
      last = share.value;
      sum += weight.value;
      if (weight && *weight > 0 && *weight <= 100) continue;
      problems.push_back({share.value.where(), "a share is 1 to 100"});
    }
    if (!last || sum == 100) continue;
    problems.push_back({last.where(), fmt::format("the shares of `{}` add up to {}, not 100",
                                                  item.find("from").text(), sum)});
  }
}

/// Sources exclude each other, and so do the targets of each.
void check_places(yaml::Node distribute, std::vector<Problem>& problems) {
  const auto check = [&](const std::vector<yaml::Node>& nodes, bool in_order) {
    for (const LocalityProblem& problem : locality_problems(nodes, in_order)) {
      problems.push_back({problem.node.where(), problem.message});
    }
  };
  std::vector<yaml::Node> sources;
  for (const yaml::Node item : distribute.items()) {
    if (item.find("from")) sources.push_back(item.find("from"));
    std::vector<yaml::Node> targets;
    for (const yaml::Entry share : item.find("to").entries()) targets.push_back(share.key);
    check(targets, false);
  }
  check(sources, true);
}

void check_locality(yaml::Node setting, std::vector<Problem>& problems) {
  const yaml::Node failover = setting.find_key("failover");
  if (setting.find("failover").size() > 0 && setting.find("distribute").size() > 0) {
    problems.push_back(
        {failover.where(), "a locality setting has `distribute` or `failover`, not both"});
    return;
  }
  if (setting.find("failover").size() > 0 && names_locality(setting.find("failoverPriority"))) {
    problems.push_back({failover.where(),
                        "`failover` cannot stand beside labels of localities in "
                        "`failoverPriority`"});
    return;
  }
  check_shares(setting.find("distribute"), problems);
  check_places(setting.find("distribute"), problems);
  check_failover(setting.find("failover"), problems);
}

}  // namespace

std::vector<Problem> default_policy_problems(yaml::Node config) {
  std::vector<Problem> problems;
  check_pool(config.at("defaultTrafficPolicy", "connectionPool"), problems);
  check_ejection(config.at("defaultTrafficPolicy", "outlierDetection"), problems);
  check_locality(config.find("localityLbSetting"), problems);
  const yaml::Node zones = config.find("zoneAwareLbSetting");
  if (names_locality(zones.find("failoverPriority"))) {
    problems.push_back({zones.find_key("failoverPriority").where(),
                        "`zoneAwareLbSetting` orders localities itself"});
  }
  check_failover(zones.find("failover"), problems);
  return problems;
}

}  // namespace meshfn::lint::istio
