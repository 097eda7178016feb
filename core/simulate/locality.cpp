#include "simulate/locality.h"

#include <algorithm>

#include "base/str.h"

namespace meshfn::simulate {

Locality Locality::parse(std::string_view text) {
  Locality result;
  const auto parts = str::split(text, '/');
  result.region = parts[0];
  if (parts.size() > 1) result.zone = parts[1];
  if (parts.size() > 2) result.subzone = parts[2];
  return result;
}

std::string Locality::to_string() const {
  std::string text = region;
  if (!zone.empty() || !subzone.empty()) text += "/" + zone;
  if (!subzone.empty()) text += "/" + subzone;
  return text;
}

namespace {

std::uint32_t failover_level(const Locality& proxy, const Locality& endpoint,
                             const std::vector<std::pair<std::string, std::string>>& failover) {
  if (proxy.region == endpoint.region) {
    if (proxy.zone != endpoint.zone) return 2;
    return proxy.subzone == endpoint.subzone ? 0 : 1;
  }
  for (const auto& [from, to] : failover) {
    if (from == proxy.region) return endpoint.region == to ? 3 : 4;
  }
  return 3;
}

}  // namespace

std::vector<std::uint32_t> failover_levels(
    const Locality& proxy, std::span<const Locality> endpoints,
    const std::vector<std::pair<std::string, std::string>>& failover) {
  std::vector<std::uint32_t> levels;
  for (const Locality& endpoint : endpoints) {
    levels.push_back(failover_level(proxy, endpoint, failover));
  }
  return compact(std::move(levels));
}

std::vector<std::uint32_t> zone_aware_levels(
    const Locality& proxy, std::span<const Locality> endpoints,
    const std::vector<std::pair<std::string, std::string>>& failover) {
  std::vector<std::uint32_t> levels;
  for (const Locality& endpoint : endpoints) {
    const bool here = endpoint.region == proxy.region;
    levels.push_back(here ? 0 : failover_level(proxy, endpoint, failover));
  }
  return compact(std::move(levels));
}

std::vector<std::uint32_t> label_levels(const std::vector<std::string>& failover_priority,
                                        const Labels& proxy, std::span<const Labels> endpoints) {
  std::vector<std::uint32_t> levels;
  for (const Labels& endpoint : endpoints) {
    std::size_t matched = 0;
    for (const std::string& entry : failover_priority) {
      const std::size_t equals = entry.find('=');
      const std::string label = entry.substr(0, equals);
      const auto own = proxy.find(label);
      const std::string wanted = equals != std::string::npos ? entry.substr(equals + 1)
                                 : own != proxy.end()        ? own->second
                                                             : "";
      const auto has = endpoint.find(label);
      if ((has == endpoint.end() ? "" : has->second) != wanted) break;
      ++matched;
    }
    levels.push_back(static_cast<std::uint32_t>(failover_priority.size() - matched));
  }
  return levels;
}

std::vector<std::uint32_t> compact(std::vector<std::uint32_t> levels) {
  std::vector<std::uint32_t> used = levels;
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  for (std::uint32_t& level : levels) {
    const auto at = std::lower_bound(used.begin(), used.end(), level);
    level = static_cast<std::uint32_t>(at - used.begin());
  }
  return levels;
}

bool locality_matches(std::string_view pattern, const Locality& locality) {
  const std::string_view parts[] = {locality.region, locality.zone, locality.subzone};
  const auto wanted = str::split(pattern, '/');
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "*") return true;
    if (i >= 3 || wanted[i] != parts[i]) return false;
  }
  return true;
}

std::vector<std::uint32_t> distribute_weights(const LocalitySetting& setting, const Locality& proxy,
                                              std::span<const Locality> localities,
                                              std::span<const std::uint32_t> own) {
  for (const auto& entry : setting.distribute) {
    if (!locality_matches(entry.from, proxy)) continue;
    std::vector<std::uint32_t> weights(localities.size(), 0);
    std::vector<bool> taken(localities.size(), false);
    for (const auto& share : entry.to) {
      std::uint64_t total = 0;
      std::vector<std::size_t> covered;
      for (std::size_t i = 0; i < localities.size(); ++i) {
        if (taken[i] || !locality_matches(share.to, localities[i])) continue;
        covered.push_back(i);
        total += own[i];
      }
      for (const std::size_t i : covered) {
        taken[i] = true;
        // ceil(weight * own / total): a small locality still gets something.
        if (total > 0) {
          weights[i] = static_cast<std::uint32_t>(
              (std::uint64_t{share.weight} * own[i] + total - 1) / total);
        }
      }
    }
    return weights;
  }
  return {};
}

double effective_locality_weight(std::uint32_t weight, std::uint32_t healthy, std::uint32_t total,
                                 std::uint32_t overprovisioning) {
  if (weight == 0 || healthy == 0 || total == 0) return 0;
  const double share = overprovisioning / 100.0 * healthy / total;
  return weight * std::min(1.0, share);
}

ZoneAware zone_aware(std::span<const std::uint64_t> local,
                     std::span<const std::uint64_t> upstream) {
  constexpr std::uint64_t kWhole = 10000;
  std::uint64_t local_sum = 0;
  std::uint64_t upstream_sum = 0;
  for (const std::uint64_t n : local) local_sum += n;
  for (const std::uint64_t n : upstream) upstream_sum += n;
  const auto percent = [](std::uint64_t part, std::uint64_t sum) {
    return sum == 0 ? 0 : kWhole * part / sum;
  };
  const auto local_at = [&](std::size_t i) {
    return i < local.size() ? percent(local[i], local_sum) : 0;
  };
  ZoneAware result;
  const std::uint64_t here = upstream.empty() ? 0 : percent(upstream[0], upstream_sum);
  if (here > 0 && here >= local_at(0)) {
    result.direct = true;
    return result;
  }
  result.local = here == 0 || local_at(0) == 0 ? 0 : here * kWhole / local_at(0);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < upstream.size(); ++i) {
    const std::uint64_t share = percent(upstream[i], upstream_sum);
    if (i > 0 && share > local_at(i)) sum += share - local_at(i);
    result.residual.push_back(sum);
  }
  return result;
}

}  // namespace meshfn::simulate
