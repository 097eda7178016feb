#include "simulate/flow.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "simulate/expected_attempts.h"
#include "simulate/outlier.h"
#include "simulate/priority.h"

namespace meshfn::simulate {

namespace {

constexpr int kDeepest = 64;     ///< calls below calls that are followed
constexpr double kLeast = 1e-9;  ///< requests per second that are worth following
constexpr double kPercent = 0.01;

/// What clients know of a cluster's hosts after a loss.
class Hosts {
 public:
  Hosts(const ClusterInfo& cluster, const Lost& lost) {
    const OutlierSettings& outlier = cluster.policy->outlier;
    std::uint32_t ejected = 0;
    for (const std::uint32_t endpoint : cluster.hosts) {
      const bool gone = !lost.empty() && lost[endpoint];
      const bool out = gone && outlier.enabled && may_eject(outlier, ejected, cluster.hosts.size());
      ejected += out;
      known_.push_back(!gone || outlier.enabled);
      healthy_.push_back(!out && (!gone || outlier.enabled));
    }
  }

  bool known(std::uint32_t host) const { return known_[host]; }

  bool healthy(std::uint32_t host) const { return healthy_[host]; }

  std::vector<std::uint32_t> of(const std::vector<std::uint32_t>& hosts, bool healthy_only) const {
    std::vector<std::uint32_t> kept;
    std::copy_if(hosts.begin(), hosts.end(), std::back_inserter(kept),
                 [&](std::uint32_t host) { return healthy_only ? healthy(host) : known(host); });
    return kept;
  }

 private:
  std::vector<bool> known_;
  std::vector<bool> healthy_;
};

bool heeds_weights(const Policy& policy) {
  constexpr const Policy* kHeedful[] = {&kRoundRobin, &kLeastRequest, &kRingHash, &kMaglev};
  return std::find(std::begin(kHeedful), std::end(kHeedful), &policy) != std::end(kHeedful);
}

/// What the requests to one cluster have in common, for hashing.
struct HashKeys {
  std::set<std::uint64_t> keys;  ///< that requests carry
  std::size_t clients = 0;       ///< whose requests have their client's key
  bool random = false;           ///< some carry none
};

HashKeys keys_of(const World& world, const ClusterInfo& cluster) {
  HashKeys out;
  for (std::uint32_t c = 0; c < world.callers.size(); ++c) {
    const Caller& caller = world.callers[c];
    bool by_client = false;
    for (const Plan& plan : caller.plans) {
      const bool calls = std::any_of(plan.slots.begin(), plan.slots.end(), [&](std::uint32_t slot) {
        return caller.slots[slot].cluster == cluster.id;
      });
      if (!calls) continue;
      const HashKey::Source source = plan.hash_source;
      // A request's cookie is one of its own, as no client keeps it.
      out.random =
          out.random || source == HashKey::Source::none || source == HashKey::Source::cookie;
      by_client = by_client || source == HashKey::Source::source_ip;
      if (source == HashKey::Source::header || source == HashKey::Source::query) {
        out.keys.insert(plan.hash);
      }
    }
    if (!by_client) continue;
    out.clients += static_cast<std::size_t>(
        std::count_if(world.proxies.begin(), world.proxies.end(),
                      [&](const ProxyInfo& proxy) { return proxy.caller == c; }));
  }
  return out;
}

/// How many proxies call the cluster.
std::size_t callers_of(const World& world, const ClusterInfo& cluster) {
  return static_cast<std::size_t>(
      std::count_if(world.proxies.begin(), world.proxies.end(), [&](const ProxyInfo& proxy) {
        const auto& slots = world.callers[proxy.caller].slots;
        return std::any_of(slots.begin(), slots.end(),
                           [&](const Slot& slot) { return slot.cluster == cluster.id; });
      }));
}

class Divider {
 public:
  Divider(const World& world, const ClusterInfo& cluster, const Shape& shape, const Lost& lost)
      : cluster_(cluster),
        shape_(shape),
        hosts_(cluster, lost),
        one_host_(spread_of(world, cluster) == Spread::one_host),
        weighs_(!cluster.weights.empty() && heeds_weights(*cluster.policy->balancer)) {}

  Division divide() {
    out_.hosts.resize(cluster_.hosts.size(), 0);
    std::vector<LevelHealth> health;
    for (const Shape::Level& level : shape_.levels) {
      LevelHealth one;
      one.hosts = static_cast<std::uint32_t>(hosts_.of(level.hosts, false).size());
      one.healthy = static_cast<std::uint32_t>(hosts_.of(level.hosts, true).size());
      health.push_back(one);
    }
    const PriorityLoad load = priority_load(health, cluster_.policy->panic_threshold);
    for (std::size_t l = 0; l < shape_.levels.size(); ++l) {
      out_.levels.push_back(
          {health[l].hosts, health[l].healthy, load.healthy[l], load.panic[l], {}});
      spread_level(l);
    }
    return std::move(out_);
  }

 private:
  void share(const std::vector<std::uint32_t>& hosts, double amount) {
    if (one_host_ && !hosts.empty()) {
      out_.hosts[hosts.front()] += amount;
      return;
    }
    double sum = 0;
    for (const std::uint32_t host : hosts) sum += weight_of(host);
    for (const std::uint32_t host : hosts) out_.hosts[host] += amount * weight_of(host) / sum;
  }

  double weight_of(std::uint32_t host) const { return weighs_ ? cluster_.weights[host] : 1; }

  void spread_level(std::size_t l) {
    const Shape::Level& level = shape_.levels[l];
    const LevelShare& figures = out_.levels[l];
    const double amount = figures.load * kPercent;
    if (figures.panic) return share(hosts_.of(level.hosts, false), amount);
    if (shape_.weighted && spread_weighted(level, amount)) return;
    if (l == 0 && !shape_.weighted && spread_zones(level, figures.healthy, amount)) return;
    share(hosts_.of(level.hosts, true), amount);
  }

  bool spread_weighted(const Shape::Level& level, double amount) {
    std::vector<double> weights;
    double sum = 0;
    for (const Shape::Group& group : level.groups) {
      weights.push_back(effective_locality_weight(
          group.weight, static_cast<std::uint32_t>(hosts_.of(group.hosts, true).size()),
          static_cast<std::uint32_t>(hosts_.of(group.hosts, false).size())));
      sum += weights.back();
    }
    if (sum <= 0) return false;
    for (std::size_t g = 0; g < weights.size(); ++g) {
      share(hosts_.of(level.groups[g].hosts, true), amount * weights[g] / sum);
    }
    return true;
  }

  /// Envoy's zone-aware routing; false when it is not active.
  bool spread_zones(const Shape::Level& level, std::uint32_t healthy, double amount) {
    const auto used = std::count_if(shape_.callers.begin(), shape_.callers.end(),
                                    [](std::uint64_t n) { return n > 0; });
    if (used < 2 || level.groups.size() < 2) return false;
    if (healthy < cluster_.policy->locality.min_cluster_size) return false;
    std::vector<std::vector<std::uint32_t>> hosts;
    std::vector<std::uint64_t> counts;
    for (const Shape::Group& group : level.groups) {
      hosts.push_back(hosts_.of(group.hosts, true));
      counts.push_back(hosts.back().size());
    }
    const ZoneAware zones = zone_aware(shape_.callers, counts);
    const double local = zones.direct ? 1 : static_cast<double>(zones.local) / 10'000;
    if (hosts[0].empty() && local > 0) return false;
    share(hosts[0], amount * local);
    if (local >= 1) return true;
    const auto total = static_cast<double>(zones.residual.back());
    std::uint64_t before = 0;
    for (std::size_t z = 0; z < zones.residual.size(); ++z) {
      const auto own = static_cast<double>(zones.residual[z] - before);
      before = zones.residual[z];
      const double part = total > 0 ? own / total : 1 / static_cast<double>(counts.size());
      share(hosts[z], amount * (1 - local) * part);
    }
    return true;
  }

  const ClusterInfo& cluster_;
  const Shape& shape_;
  Hosts hosts_;
  bool one_host_;
  bool weighs_;
  Division out_;
};

/// Invocations per second that a load makes: of a source, its messages by the mean batch. A batch
/// begins with one message and takes those that come while it waits for its window or the poll.
double calls_per_second(const LoadSpec& load, Time duration) {
  const double rate = mean_rate(load.arrivals, duration);
  if (!load.source) return rate;
  const SourceSpec& source = *load.source;
  const double lanes = source.lanes > 0 ? source.lanes : 1;
  const double wait = to_seconds(source.window) + to_seconds(source.poll) / 2;
  return rate / std::min<double>(source.batch, 1 + rate / lanes * wait);
}

/// Follows the requests from the loads through the services' scripts.
class Walk {
 public:
  Walk(const World& world, const Lost& lost, bool retries)
      : world_(world), lost_(lost), retries_(retries), failures_(world, retries) {
    flow_.endpoints.resize(world.endpoints.size(), 0);
    next_.resize(world.endpoints.size(), 0);
  }

  Flow walk() {
    for (const LoadInfo& load : world_.loads) {
      const Caller& caller = world_.callers[world_.proxies[load.first_proxy].caller];
      const double rate = calls_per_second(*load.spec, world_.scenario.duration);
      flow_.offered += rate;
      call(caller, caller.plans[0], load.zone, rate);
    }
    for (int depth = 0; depth < kDeepest; ++depth) {
      std::vector<double> wave(world_.endpoints.size(), 0);
      std::swap(wave, next_);
      double sum = 0;
      for (std::size_t e = 0; e < wave.size(); ++e) {
        sum += wave[e];
        flow_.endpoints[e] += wave[e];
      }
      if (sum < kLeast) break;
      pass_on(wave);
    }
    for (const auto& [key, sums] : edges_) {
      flow_.edges.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), sums.rate,
                             sums.attempts, sums.failed});
    }
    return std::move(flow_);
  }

 private:
  /// The calls of services that `wave` reaches, callers of one workload and zone together.
  void pass_on(const std::vector<double>& wave) {
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, double> rates;
    for (std::size_t e = 0; e < wave.size(); ++e) {
      const EndpointInfo& info = world_.endpoints[e];
      const std::uint32_t caller = world_.workloads[info.workload].caller;
      if (caller == kNone || wave[e] < kLeast) continue;
      const double ok = 1 - world_.workloads[info.workload].spec->errors;
      rates[{caller, info.zone, info.service}] += wave[e] * ok;
    }
    for (const auto& [key, rate] : rates) {
      const auto& [caller, zone, service] = key;
      const Caller& from = world_.callers[caller];
      double going_on = rate;  // a step that fails ends the script
      for (const auto& step : world_.services[service].script) {
        for (const Command& command : step.commands) {
          if (command.plan_index == kNone) continue;
          call(from, from.plans[command.plan_index], zone, going_on * command.probability);
        }
        going_on *= failures_.step_succeeds(from, step);
      }
    }
  }

  void call(const Caller& caller, const Plan& plan, std::uint32_t zone, double rate) {
    rate *= 1 - plan.route->abort_share;
    for (std::size_t m = 0; m < plan.mirror_slots.size(); ++m) {
      send(caller.slots[plan.mirror_slots[m]], zone, rate * plan.route->mirrors[m].share, nullptr);
    }
    if (plan.cumulative.empty() || plan.route->direct_status != 0) return;
    double before = 0;
    for (std::size_t i = 0; i < plan.slots.size(); ++i) {
      const double share = (plan.cumulative[i] - before) / plan.cumulative.back();
      before = plan.cumulative[i];
      if (share > 0) send(caller.slots[plan.slots[i]], zone, rate * share, plan.route);
    }
  }

  /// `route` says how often the calls are tried; null for copies, whose answers nobody waits for.
  void send(const Slot& slot, std::uint32_t zone, double rate, const Route* route) {
    const std::uint32_t shape = slot.shape_of_zone[zone];
    if (shape == kNone) return;
    const ClusterInfo& cluster = world_.clusters[slot.cluster];
    const auto key = std::tuple(slot.cluster, zone, shape);
    auto known = divisions_.find(key);
    if (known == divisions_.end()) {
      known = divisions_.emplace(key, divide(world_, cluster, world_.shapes[shape], lost_)).first;
    }
    const std::vector<double>& shares = known->second.hosts;
    double placed = 0;
    double failing = 0;
    for (std::size_t h = 0; h < shares.size(); ++h) {
      if (!lost_.empty() && lost_[cluster.hosts[h]]) continue;
      placed += shares[h];
      failing += shares[h] * failures_.of_workload(world_.endpoints[cluster.hosts[h]].workload);
    }
    AttemptFigures tries{1, failing + std::max(0.0, 1 - placed)};
    if (route != nullptr && retries_) {
      tries = expected_attempts(*route, *cluster.policy, rate, failing, std::max(0.0, 1 - placed));
    }
    for (std::size_t h = 0; h < shares.size(); ++h) {
      if (!lost_.empty() && lost_[cluster.hosts[h]]) continue;
      next_[cluster.hosts[h]] += rate * tries.attempts * shares[h];
    }
    Sums& sums = edges_[key];
    sums.rate += rate;
    sums.attempts += rate * tries.attempts;
    sums.failed += rate * tries.failed;
    if (route != nullptr) flow_.failed += rate * lost_share(tries, failing, 1 - placed);
  }

  /// Of the calls that fail in the end, those whose last attempt found no endpoint.
  static double lost_share(const AttemptFigures& tries, double failing, double lost) {
    const double all = failing + std::max(0.0, lost);
    return all > 0 ? tries.failed * std::max(0.0, lost) / all : 0;
  }

  struct Sums {
    double rate = 0;
    double attempts = 0;
    double failed = 0;
  };

  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;

  const World& world_;
  const Lost& lost_;
  bool retries_;
  Failures failures_;
  std::vector<double> next_;
  std::map<Key, Sums> edges_;
  std::map<Key, Division> divisions_;
  Flow flow_;
};

}  // namespace

Spread spread_of(const World& world, const ClusterInfo& cluster) {
  const TrafficPolicy& policy = *cluster.policy;
  if (policy.balancer == &kGrpcPickFirst) {
    const bool alike = !policy.settings.shuffle || callers_of(world, cluster) == 1;
    return alike ? Spread::one_host : Spread::by_keys;
  }
  if (policy.settings.affinity > 0) return Spread::by_keys;
  if (!policy.balancer->hashes) return Spread::by_weight;
  const HashKeys found = keys_of(world, cluster);
  const std::size_t keys = found.keys.size() + found.clients;
  if (keys == 0) return Spread::by_weight;
  const bool one = keys == 1 && !found.random && policy.settings.hash_balance_factor == 0;
  return one ? Spread::one_host : Spread::by_keys;
}

Division divide(const World& world, const ClusterInfo& cluster, const Shape& shape,
                const Lost& lost) {
  Division out = Divider(world, cluster, shape, lost).divide();
  for (std::size_t l = 0; l < out.levels.size(); ++l) {
    LevelShare& level = out.levels[l];
    level.zones.resize(world.zones.size(), 0);
    for (const std::uint32_t host : shape.levels[l].hosts) {
      level.zones[world.endpoints[cluster.hosts[host]].zone] += out.hosts[host];
    }
  }
  return out;
}

Flow flow_of(const World& world, const Lost& lost, bool retries) {
  return Walk(world, lost, retries).walk();
}

}  // namespace meshfn::simulate
