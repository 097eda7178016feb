#include "simulate/upstream.h"

#include <algorithm>

namespace meshfn::simulate {

Upstream::Upstream(const ClusterInfo& cluster, const Shape& shape, std::uint32_t workers,
                   std::uint64_t seed)
    : throttle(cluster.policy->retry_throttle),
      budget(cluster.policy->retry_budget),
      begun(cluster.policy->breaker.retry_budget_interval),
      cluster_(&cluster),
      shape_(&shape),
      per_worker_(cluster.policy->balancer->per_worker && cluster.policy->settings.affinity == 0),
      known_count_(static_cast<std::uint32_t>(cluster.hosts.size())),
      active_(cluster.hosts.size(), 0),
      weights_(cluster.weights.empty() ? nullptr : cluster.weights.data()),
      seed_(seed) {
  if (cluster.policy->outlier.enabled) records_.resize(active_.size());
  if (cluster.policy->health.on()) checks_.resize(active_.size());
  if (cluster.policy->balancer->reconnect != nullptr || cluster.policy->accrual.enabled) {
    gates_.resize(active_.size());
  }
  if (!cluster.spare.empty()) {
    gone_ = cluster.spare;
    known_count_ -= static_cast<std::uint32_t>(std::count(gone_.begin(), gone_.end(), true));
  }
  // Hosts that are there from the start have been there for long.
  if (cluster.policy->settings.slow_start.on()) joined_.resize(active_.size(), -kNever / 2);
  if (cluster.policy->breaker.counts_connections()) {
    connections = std::make_unique<Connections>(cluster.policy->breaker);
  }
  for (std::uint32_t w = 0; w < (per_worker_ ? workers : 1); ++w) {
    balancers_.push_back(cluster.policy->balancer->make({cluster.policy->settings, cluster.keys,
                                                         static_cast<std::uint32_t>(active_.size()),
                                                         split_mix(seed)}));
  }
  for (const Shape::Level& level : shape.levels) {
    first_set_.push_back(static_cast<std::uint32_t>(sets_.size()));
    sets_.resize(sets_.size() + 2 + level.groups.size());
  }
  if (sets_.empty()) sets_.resize(1);  // no hosts at all: one empty set
  members_.resize(sets_.size());
  for (std::uint32_t i = 0; i < sets_.size(); ++i) sets_[i].slot = i;
  localities_.resize(shape.weighted ? workers * shape.levels.size() : 0);
  refresh();
}

void Upstream::set_members(HostSet& set, const std::vector<std::uint32_t>& from,
                           bool healthy_only) {
  const bool whole = (gone_.empty() && (!healthy_only || ejected_ + unhealthy_ + shut_ == 0));
  const auto keep = [&](std::uint32_t host) { return healthy_only ? usable(host) : known(host); };
  if (whole || std::all_of(from.begin(), from.end(), keep)) {
    if (set.hosts.data() == from.data() && set.hosts.size() == from.size()) return;
    set.hosts = from;
    ++set.version;
    return;
  }
  std::vector<std::uint32_t> kept;
  std::copy_if(from.begin(), from.end(), std::back_inserter(kept), keep);
  auto& storage = members_[set.slot];
  if (set.hosts.data() == storage.data() && storage == kept) return;
  storage = std::move(kept);
  set.hosts = storage;
  ++set.version;
}

void Upstream::refresh_level(std::uint32_t level) {
  const Shape::Level& shape = shape_->levels[level];
  const std::uint32_t first = first_set(level);
  set_members(sets_[first], shape.hosts, true);
  set_members(sets_[first + 1], shape.hosts, false);
  for (std::uint32_t g = 0; g < shape.groups.size(); ++g) {
    set_members(sets_[first + 2 + g], shape.groups[g].hosts, true);
  }
  LevelHealth health;
  health.hosts = static_cast<std::uint32_t>(sets_[first + 1].hosts.size());
  health.healthy = static_cast<std::uint32_t>(sets_[first].hosts.size());
  health_.push_back(health);
}

void Upstream::refresh() {
  stale_ = false;
  health_.clear();
  for (std::uint32_t level = 0; level < shape_->levels.size(); ++level) refresh_level(level);
  ready_ = 0;
  for (const LevelHealth& level : health_) ready_ += level.healthy;
  // Clients that know their connections do not try hosts without one.
  load_ = priority_load(health_, gates_.empty() ? policy().panic_threshold : 0);
  panic_ = std::find(load_.panic.begin(), load_.panic.end(), true) != load_.panic.end();
  refresh_zones();
  refresh_shares();
  find_simple();
  for (LocalitySchedule& schedule : localities_) schedule.made = false;
}

void Upstream::find_simple() {
  const auto localities = [&] { return shape_->weighted && !shape_->levels[0].groups.empty(); };
  simple_ = shape_->levels.empty() || (load_.healthy[0] == 100 && !load_.panic[0] && !localities());
  if (warm_at_ > 0 || zones_on_) simple_ = false;
}

void Upstream::refresh_zones() {
  const auto used = [](std::uint64_t n) { return n > 0; };
  const auto zones = std::count_if(shape_->callers.begin(), shape_->callers.end(), used);
  zones_on_ = zones >= 2 && shape_->levels[0].groups.size() >= 2 && !load_.panic[0] &&
              health_[0].healthy >= policy().locality.min_cluster_size;
  if (!zones_on_) return;
  std::vector<std::uint64_t> hosts;
  for (std::uint32_t g = 0; g < shape_->levels[0].groups.size(); ++g) {
    hosts.push_back(sets_[first_set(0) + 2 + g].hosts.size());
  }
  zones_ = zone_aware(shape_->callers, hosts);
}

const HostSet* Upstream::choose_zone(Random& random) const {
  const HostSet* const zones = &sets_[first_set(0) + 2];
  if (zones_.direct || random.below(10'000) < zones_.local) return zones;
  const auto total = static_cast<std::uint32_t>(zones_.residual.back());
  const auto count = static_cast<std::uint32_t>(zones_.residual.size());
  if (total == 0) return zones + random.below(count);
  const std::uint32_t draw = random.below(total);
  std::uint32_t zone = 0;
  while (zones_.residual[zone] <= draw) ++zone;
  return zones + zone;
}

const HostSet* Upstream::choose_locality(std::uint32_t worker, std::uint32_t level) {
  const auto& groups = shape_->levels[level].groups;
  LocalitySchedule& schedule = localities_[worker * shape_->levels.size() + level];
  const std::uint32_t first = first_set(level) + 2;
  if (!schedule.made) {
    std::vector<double> weights;
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
      const auto total = static_cast<std::uint32_t>(
          std::count_if(groups[g].hosts.begin(), groups[g].hosts.end(),
                        [&](std::uint32_t host) { return known(host); }));
      const auto healthy = static_cast<std::uint32_t>(sets_[first + g].hosts.size());
      weights.push_back(effective_locality_weight(locality_weight(groups[g]), healthy, total));
    }
    Edf edf(weights, seed_++);
    schedule = {std::move(edf), std::move(weights), true};
  }
  if (schedule.edf.empty()) return nullptr;
  return &sets_[first + schedule.edf.pick([&](std::uint32_t g) { return schedule.weights[g]; })];
}

std::uint32_t Upstream::locality_weight(const Shape::Group& group) const {
  if (!policy().locality.distribute.empty()) return group.weight;
  // Istio sums up the endpoints that it knows.
  std::uint32_t sum = 0;
  for (const std::uint32_t host : group.hosts) sum += known(host) ? weight_of(host) : 0;
  return sum;
}

/// A locality's part is that of its weight, however few of its hosts are left to share it
/// (normalizeLocalityWeights in thread_aware_lb_impl.cc).
void Upstream::refresh_shares() {
  if (!hashes_localities()) return;
  std::vector<double> shares(active_.size(), 0);
  for (std::uint32_t level = 0; level < shape_->levels.size(); ++level) {
    const auto& groups = shape_->levels[level].groups;
    double all = 0;
    for (const Shape::Group& group : groups) all += locality_weight(group);
    for (const Shape::Group& group : groups) {
      const auto takes = [&](std::uint32_t host) {
        return load_.panic[level] ? known(host) : usable(host);
      };
      double own = 0;
      for (const std::uint32_t host : group.hosts) own += takes(host) ? weight_of(host) : 0;
      for (const std::uint32_t host : group.hosts) {
        if (takes(host)) shares[host] = locality_weight(group) / all * weight_of(host) / own;
      }
    }
  }
  if (shares == shares_) return;
  shares_ = std::move(shares);
  for (HostSet& set : sets_) ++set.version;  // the same hosts may have other shares now
}

std::uint32_t Upstream::choose_level(std::uint32_t worker, Random& random, std::uint64_t hash,
                                     std::uint32_t attempt, Time now) {
  if (shape_->levels.empty()) return kNoHost;
  if (stale_) {
    refresh();
    return choose(worker, random, hash, attempt, now);
  }
  if (warm_at_ > 0 && now >= warm_at_) {
    warm_at_ = 0;
    find_simple();
  }
  const auto draw =
      policy().balancer->hashes ? static_cast<std::uint32_t>(hash % 100) : random.below(100);
  return choose_in(load_.choose(draw + 1).level, worker, random, hash, attempt, now);
}

std::uint32_t Upstream::choose_in(std::uint32_t level, std::uint32_t worker, Random& random,
                                  std::uint64_t hash, std::uint32_t attempt, Time now) {
  const HostSet* set = &sets_[first_set(level)];
  if (load_.panic[level]) {
    set = &sets_[first_set(level) + 1];
  } else if (shape_->weighted) {
    const HostSet* local = hashes_localities() ? nullptr : choose_locality(worker, level);
    if (local != nullptr) set = local;
  } else if (zones_on_ && level == 0) {
    const HostSet* zone = choose_zone(random);
    if (!zone->hosts.empty()) set = zone;
  }
  if (set->hosts.empty()) return kNoHost;
  const Time* joined = warm_at_ > 0 ? joined_.data() : nullptr;
  const bool shared = !shares_.empty() && !shape_->levels[level].groups.empty();
  return balancer(worker).pick(
      *set, {random, counts(), weights_, shape_->distance.data(), joined, total_active, hash,
             attempt, now, shared ? shares_.data() : nullptr});
}

std::uint32_t Upstream::level_of(std::uint32_t host) const {
  std::uint32_t level = 0;
  for (const Shape::Level& each : shape_->levels) {
    if (std::find(each.hosts.begin(), each.hosts.end(), host) != each.hosts.end()) break;
    ++level;
  }
  return level;
}

std::uint32_t Upstream::choose_elsewhere(std::uint32_t worker, Random& random, std::uint64_t hash,
                                         std::uint32_t attempt, Time now,
                                         std::span<const std::uint32_t> tried) {
  if (stale_) refresh();
  std::vector<LevelHealth> left = health_;
  for (const std::uint32_t host : tried) {
    const std::uint32_t level = level_of(host);
    if (level < left.size()) left[level] = {};
  }
  const bool any = std::any_of(left.begin(), left.end(),
                               [](const LevelHealth& level) { return level.healthy > 0; });
  // When no level is left it starts over with all of them.
  if (!any) return choose(worker, random, hash, attempt, now);
  const PriorityLoad load = priority_load(left, 0);
  const auto draw =
      policy().balancer->hashes ? static_cast<std::uint32_t>(hash % 100) : random.below(100);
  return choose_in(load.choose(draw + 1).level, worker, random, hash, attempt, now);
}

Upstream::Verdict Upstream::count(std::uint32_t host, std::uint32_t status, bool local, Time now,
                                  Random& random) {
  const OutlierSettings& settings = policy().outlier;
  HostRecord& record = records_[host];
  if (!count_answer(settings, record, status, local)) return Verdict::nothing;
  if (!known(host)) return Verdict::nothing;
  if (!may_eject(settings, ejected_, known_count_)) return Verdict::denied;
  eject(settings, record, now, random);
  ++ejected_;
  refresh();
  return Verdict::ejected;
}

void Upstream::judge_rates(bool local, Time now, Random& random, TickChanges& changes) {
  const OutlierSettings& settings = policy().outlier;
  const auto expel = [&](const std::vector<std::uint32_t>& found, std::uint32_t enforcing) {
    for (const std::uint32_t host : found) {
      if (!usable(host)) continue;
      if (!may_eject(settings, ejected_, known_count_)) {
        ++changes.denied;
      } else if (enforcing >= 100 || random.below(100) < enforcing) {
        eject(settings, records_[host], now, random);
        ++ejected_;
        changes.ejected.push_back(host);
      }
    }
  };
  const auto& rate = settings.success_rate;
  const auto& failures = settings.failure_percentage;
  if (known_count_ < rate.minimum_hosts && known_count_ < failures.minimum_hosts) return;
  if (rate.enforcing > 0) {
    const auto rated = rated_hosts(records_, rate.request_volume, local);
    expel(below_success_rate(settings, rated), rate.enforcing);
  }
  if (failures.enforcing > 0) {
    const auto rated = rated_hosts(records_, failures.request_volume, local);
    expel(above_failure_percentage(settings, rated), failures.enforcing);
  }
}

Upstream::TickChanges Upstream::tick(Time now, Random& random) {
  const OutlierSettings& settings = policy().outlier;
  TickChanges changes;
  const auto comes_back = [&](std::uint32_t host) {
    --ejected_;
    changes.returned.push_back({host, records_[host].ejected_at});
  };
  for (std::uint32_t host = 0; host < records_.size(); ++host) {
    if (begin_tick(settings, records_[host], now)) comes_back(host);
  }
  if (settings.rates()) {
    judge_rates(false, now, random, changes);
    if (settings.split_local_errors) judge_rates(true, now, random, changes);
  }
  for (std::uint32_t host = 0; host < records_.size(); ++host) {
    if (end_tick(settings, records_[host], now)) comes_back(host);
  }
  if (!changes.returned.empty() || !changes.ejected.empty()) refresh();
  return changes;
}

void Upstream::set_known(std::uint32_t host, bool known, Time now) {
  if (gone_.empty()) gone_.resize(active_.size(), false);
  if (gone_[host] != known) return;
  gone_[host] = !known;
  known_count_ += known ? 1U : ~0U;
  if (!records_.empty() && !known) {
    if (records_[host].ejected) --ejected_;
    records_[host] = {};  // a host that comes back starts afresh
  }
  if (!gates_.empty() && !known) {
    if (!gates_[host].open()) --shut_;
    gates_[host] = {};
  }
  if (known) warm(host, now);
  // Many hosts often come and go at once; the sets are made anew when one is chosen.
  stale_ = true;
  simple_ = false;
}

void Upstream::warm(std::uint32_t host, Time now) {
  if (joined_.empty()) return;
  joined_[host] = now;
  warm_at_ = now + policy().settings.slow_start.window;
}

template <class Change>
void Upstream::change_gate(std::uint32_t host, const Change& change) {
  const bool was_open = gates_[host].open();
  change(gates_[host]);
  if (gates_[host].open() == was_open) return;
  shut_ += was_open ? 1U : ~0U;
  refresh();
}

void Upstream::entered(std::uint32_t host) {
  change_gate(host, [](HostGate& gate) { gate.enter(); });
}

void Upstream::left(std::uint32_t host) {
  change_gate(host, [](HostGate& gate) { gate.leave(); });
}

Upstream::GateChange Upstream::judge_gate(std::uint32_t host, const Outcome& outcome, Time now,
                                          Random& random) {
  GateChange out;
  const bool was_open = gates_[host].open();
  const Reconnect* reconnect = policy().balancer->reconnect;
  const bool refused = outcome.cause == Cause::connect_failure;
  change_gate(host, [&](HostGate& gate) {
    if (reconnect != nullptr && (refused || outcome.cause == Cause::reset) && gate.disconnect()) {
      out.reconnect = gate.reconnect_after(*reconnect, random);
    }
    // A failed connection is no answer: it says nothing to the breaker.
    if (refused) return gate.leave();
    gate.judge(policy().accrual, {outcome.status, now}, random, out.shut);
  });
  out.reopened = !was_open && gates_[host].open();
  return out;
}

void Upstream::admit_probe(std::uint32_t host) {
  change_gate(host, [](HostGate& gate) { gate.admit_probe(); });
}

Time Upstream::reconnected(std::uint32_t host, bool stands, Random& random) {
  if (!stands) return gates_[host].reconnect_after(*policy().balancer->reconnect, random);
  change_gate(host, [](HostGate& gate) { gate.connect(); });
  return 0;
}

bool Upstream::checked(std::uint32_t host, CheckResult result, Time now) {
  if (result == CheckResult::success && is_ejected(host)) {
    put_back(records_[host], now);
    --ejected_;
    refresh();
  }
  if (!checks_[host].count(policy().health, result)) return false;
  const bool healthy = checks_[host].healthy();
  unhealthy_ += healthy ? ~0U : 1U;
  if (healthy) warm(host, now);
  refresh();
  return true;
}

}  // namespace meshfn::simulate
