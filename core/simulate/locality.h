#pragma once

// Where endpoints are, and what Istio makes of it: failover priorities, `distribute` shares, and
// Envoy's locality weighting and zone-aware routing. Pure functions of the configuration; the
// simulator applies them to each client proxy.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshfn::simulate {

/// region/zone/subzone; trailing parts may be empty.
struct Locality {
  std::string region;
  std::string zone;
  std::string subzone;

  /// Reads `region[/zone[/subzone]]`.
  static Locality parse(std::string_view text);
  std::string to_string() const;
  friend bool operator==(const Locality&, const Locality&) = default;
};

/// `localityLbSetting` of a DestinationRule (or of the mesh).
struct LocalitySetting {
  struct Share {
    std::string to;        ///< `region/zone/*` or a prefix
    std::uint32_t weight;  ///< percent
  };

  struct Distribute {
    std::string from;
    std::vector<Share> to;
  };

  bool enabled = true;
  std::vector<Distribute> distribute;
  std::vector<std::pair<std::string, std::string>> failover;  ///< from region, to region
  std::vector<std::string> failover_priority;                 ///< labels, or label=value
  /// `zoneAwareLbSetting`: levels by region only, and Envoy's zone-aware routing inside the first.
  bool zone_aware = false;
  std::uint32_t min_cluster_size = 6;  ///< fewer healthy hosts turn zone awareness off
};

using Labels = std::map<std::string, std::string>;

/// Priority of each endpoint for a proxy at `proxy`, compacted to 0 … k without gaps.
std::vector<std::uint32_t> failover_levels(
    const Locality& proxy, std::span<const Locality> endpoints,
    const std::vector<std::pair<std::string, std::string>>& failover);

/// The same for zone-aware balancing: zones of one region are one level.
std::vector<std::uint32_t> zone_aware_levels(
    const Locality& proxy, std::span<const Locality> endpoints,
    const std::vector<std::pair<std::string, std::string>>& failover);

/// The same by labels: the longer the prefix of `failover_priority` that matches, the better.
/// Not compacted.
std::vector<std::uint32_t> label_levels(const std::vector<std::string>& failover_priority,
                                        const Labels& proxy, std::span<const Labels> endpoints);

/// Renumbers levels to 0 … k without gaps, keeping their order.
std::vector<std::uint32_t> compact(std::vector<std::uint32_t> levels);

/// Whether `locality` is covered by `pattern` (`region/*`, `region/zone/*`, `*`, or a prefix).
bool locality_matches(std::string_view pattern, const Locality& locality);

/// Weight of each locality under the `distribute` entry for `proxy`; localities that no `to` names
/// get 0. Empty when no entry matches. `own` are the localities' own weights (endpoint counts).
std::vector<std::uint32_t> distribute_weights(const LocalitySetting& setting, const Locality& proxy,
                                              std::span<const Locality> localities,
                                              std::span<const std::uint32_t> own);

/// Weight with which a locality takes part in locality-weighted balancing: falls once fewer than
/// 1/1.4 of its hosts are healthy. 0 when it cannot be picked.
double effective_locality_weight(std::uint32_t weight, std::uint32_t healthy, std::uint32_t total,
                                 std::uint32_t overprovisioning = 140);

/// Envoy's zone-aware routing, in units of 0.01 percent.
struct ZoneAware {
  bool direct = false;                  ///< everything stays in the local zone
  std::uint64_t local = 0;              ///< a draw below this, of 10000, stays local
  std::vector<std::uint64_t> residual;  ///< running sums over the upstream zones, local one first
};

/// Counts per zone; index 0 of `upstream` is the local zone, and `local` has the same zones in the
/// same order (0 where this proxy's own cluster has none there), other local zones after them.
ZoneAware zone_aware(std::span<const std::uint64_t> local, std::span<const std::uint64_t> upstream);

}  // namespace meshfn::simulate
