#pragma once

// One cluster as one client proxy sees it: which hosts it believes healthy, how many requests it
// has on each, how load divides over priorities, and the balancers of its workers. Two proxies
// share none of this, as in reality: each needs its own five errors to eject a host.

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "simulate/accrual.h"
#include "simulate/connections.h"
#include "simulate/edf.h"
#include "simulate/priority.h"
#include "simulate/world.h"

namespace meshfn::simulate {

class Upstream {
 public:
  /// `seed` decides where round robin and the schedules of each worker start.
  Upstream(const ClusterInfo& cluster, const Shape& shape, std::uint32_t workers,
           std::uint64_t seed);

  /// A host for one attempt, or kNoHost. `hash` as in Choice; `attempt` counts repeated picks.
  std::uint32_t choose(std::uint32_t worker, Random& random, std::uint64_t hash,
                       std::uint32_t attempt, Time now) {
    if (!simple_) return choose_level(worker, random, hash, attempt, now);
    if (sets_[0].hosts.empty()) return kNoHost;
    return balancer(worker).pick(sets_[0], {random, counts(), weights_, shape_->distance.data(),
                                            nullptr, total_active, hash, attempt, now});
  }

  /// The same, but not among the levels of the hosts `tried` as long as others are healthy.
  std::uint32_t choose_elsewhere(std::uint32_t worker, Random& random, std::uint64_t hash,
                                 std::uint32_t attempt, Time now,
                                 std::span<const std::uint32_t> tried);

  void started(std::uint32_t host) {
    ++active_[host];
    ++total_active;
    if (everyones_ != nullptr) ++everyones_[host];
  }

  void finished(std::uint32_t host) {
    --active_[host];
    --total_active;
    if (everyones_ != nullptr) --everyones_[host];
  }

  /// Shares the counts of active requests with the other clients; for policies that see all.
  void share_counts(std::uint32_t* everyones) { everyones_ = everyones; }

  /// Whether hosts have gates: connections that have to be made again, or failure accrual.
  bool gated() const { return !gates_.empty(); }

  /// A request goes to a host with a gate, or is given up there.
  void entered(std::uint32_t host);
  void left(std::uint32_t host);

  /// What an answer did to the host's gate.
  struct GateChange {
    Time shut = 0;          ///< above 0: it is shut for so long
    Time reconnect = 0;     ///< above 0: the connection broke, and is made again after this
    bool reopened = false;  ///< a probe went well
  };

  GateChange judge_gate(std::uint32_t host, const Outcome& outcome, Time now, Random& random);
  void admit_probe(std::uint32_t host);
  /// The host was asked for a connection: it stands, or the wait before the next try.
  Time reconnected(std::uint32_t host, bool stands, Random& random);

  /// Whether any host can be chosen.
  bool ready() {
    if (stale_) refresh();
    return ready_ > 0;
  }

  void answered(std::uint32_t worker, std::uint32_t host, Time elapsed, Time now) {
    balancer(worker).answered(host, elapsed, now);
  }

  /// Every worker hears what a host reports; a broken connection was one worker's.
  void reported(std::uint32_t host, const LoadReport& report, Time now) {
    for (const auto& each : balancers_) each->reported(host, report, now);
  }

  void disconnected(std::uint32_t worker, std::uint32_t host) {
    balancer(worker).disconnected(host);
  }

  std::uint32_t active(std::uint32_t host) const { return active_[host]; }

  const ClusterInfo& cluster() const { return *cluster_; }

  const TrafficPolicy& policy() const { return *cluster_->policy; }

  /// An attempt has a connection to the host.
  void connected(std::uint32_t host) {
    if (!records_.empty()) count_connected(policy().outlier, records_[host]);
  }

  /// What counting an answer led to; `denied`: the maximum percentage forbids another ejection.
  enum class Verdict : std::uint8_t { nothing, ejected, denied };

  Verdict count(std::uint32_t host, std::uint32_t status, bool local, Time now, Random& random);

  /// A host that comes back, and since when it was out.
  struct Returned {
    std::uint32_t host;
    Time since;
  };

  /// What one interval of outlier detection changed.
  struct TickChanges {
    std::vector<Returned> returned;
    std::vector<std::uint32_t> ejected;  ///< by success rate or failure percentage
    std::uint32_t denied = 0;
  };

  TickChanges tick(Time now, Random& random);
  /// The result of an active check; true when the host goes out or comes back by it. A good one
  /// ends an ejection as well.
  bool checked(std::uint32_t host, CheckResult result, Time now);

  bool is_healthy(std::uint32_t host) const { return checks_.empty() || checks_[host].healthy(); }

  /// Whether the control plane knows any host at all.
  bool has_known() const { return known_count_ > 0; }

  /// The control plane takes the host out of the cluster, or puts it back.
  void set_known(std::uint32_t host, bool known, Time now);

  std::uint32_t ejected() const { return ejected_; }

  bool is_ejected(std::uint32_t host) const { return !records_.empty() && records_[host].ejected; }

  /// REQUIRES: the host is ejected.
  Time ejected_since(std::uint32_t host) const { return records_[host].ejected_at; }

  /// Whether some priority level panics now: unhealthy hosts are used as well.
  bool in_panic() const { return panic_; }

  std::size_t hosts() const { return active_.size(); }

  std::uint32_t total_active = 0;    ///< requests in flight to the cluster
  std::uint32_t active_retries = 0;  ///< retries scheduled or in flight
  RetryThrottle throttle;
  RetryBudget budget;
  SlidingSum begun;  ///< requests of the last interval of a retry budget that has one
  std::deque<std::uint32_t> waiting;  ///< requests in the client's queue
  std::uint32_t wait = 0;             ///< counts the times it began to wait for a host
  bool failfast = false;
  std::unique_ptr<Connections> connections;  ///< only where the policy limits them

 private:
  Balancer& balancer(std::uint32_t worker) { return *balancers_[per_worker_ ? worker : 0]; }

  std::uint32_t choose_level(std::uint32_t worker, Random& random, std::uint64_t hash,
                             std::uint32_t attempt, Time now);
  std::uint32_t choose_in(std::uint32_t level, std::uint32_t worker, Random& random,
                          std::uint64_t hash, std::uint32_t attempt, Time now);
  std::uint32_t level_of(std::uint32_t host) const;
  /// One zone's set by Envoy's zone-aware routing; null when it is off.
  const HostSet* choose_zone(Random& random) const;
  void refresh_zones();
  /// The set of one of the localities with weights; null when none can be picked.
  const HostSet* choose_locality(std::uint32_t worker, std::uint32_t level);
  /// What a locality weighs, whatever its health.
  std::uint32_t locality_weight(const Shape::Group& group) const;

  std::uint32_t weight_of(std::uint32_t host) const {
    return weights_ == nullptr ? 1 : weights_[host];
  }

  /// Whether hashing decides about the locality too: Envoy has one table for each level. (gRPC's is
  /// made over all addresses without weights, so there the locality comes first.)
  bool hashes_localities() const {
    return shape_->weighted && policy().balancer->hashes && policy().balancer->reconnect == nullptr;
  }

  void refresh_shares();
  /// Ejects what the detectors over an interval find in the external or the local windows.
  void judge_rates(bool local, Time now, Random& random, TickChanges& changes);
  void refresh();
  /// Whether the common case of one plain level holds, with no host in slow start.
  void find_simple();
  void refresh_level(std::uint32_t level);

  bool usable(std::uint32_t host) const {
    return known(host) && !is_ejected(host) && is_healthy(host) &&
           (gates_.empty() || gates_[host].open());
  }

  const std::uint32_t* counts() const {
    return everyones_ != nullptr ? everyones_ : active_.data();
  }

  /// Counts the gate again and tells the sets.
  template <class Change>
  void change_gate(std::uint32_t host, const Change& change);

  /// The host joins, or joins again: its slow start begins.
  void warm(std::uint32_t host, Time now);

  bool known(std::uint32_t host) const { return gone_.empty() || !gone_[host]; }

  void set_members(HostSet& set, const std::vector<std::uint32_t>& from, bool healthy_only);

  /// The sets of one level: 0 healthy, 1 all known, then one per locality.
  std::uint32_t first_set(std::uint32_t level) const { return first_set_[level]; }

  const ClusterInfo* cluster_;
  const Shape* shape_;
  bool per_worker_;
  bool simple_ = true;  ///< one level, nothing weighted, no panic: the common case
  bool stale_ = false;  ///< hosts came or went, and the sets do not know yet
  Time warm_at_ = 0;    ///< when the last host leaves slow start
  bool panic_ = false;
  std::uint32_t ejected_ = 0;
  std::uint32_t known_count_ = 0;
  std::vector<std::uint32_t> active_;
  std::vector<HostRecord> records_;     ///< only with outlier detection
  std::vector<HostHealth> checks_;      ///< only with active health checks
  std::uint32_t unhealthy_ = 0;         ///< by active checks
  std::vector<HostGate> gates_;         ///< only where connections or failure accrual count
  std::uint32_t shut_ = 0;              ///< gates that are
  std::uint32_t ready_ = 0;             ///< hosts that can be chosen
  std::uint32_t* everyones_ = nullptr;  ///< active requests of all clients
  std::vector<bool> gone_;              ///< only once the control plane removed a host
  std::vector<Time> joined_;            ///< only with slow start
  std::vector<HostSet> sets_;
  std::vector<std::vector<std::uint32_t>> members_;  ///< storage of sets that differ from the shape
  std::vector<std::uint32_t> first_set_;
  std::vector<LevelHealth> health_;
  PriorityLoad load_;
  bool zones_on_ = false;  ///< zone-aware routing is active now
  ZoneAware zones_;
  std::vector<std::unique_ptr<Balancer>> balancers_;

  struct LocalitySchedule {
    Edf edf;
    std::vector<double> weights;
    bool made = false;
  };

  std::vector<LocalitySchedule> localities_;  ///< worker * levels + level
  std::vector<double> shares_;                ///< see Choice; only if `hashes_localities`
  const std::uint32_t* weights_;              ///< of the hosts; null when they are equal
  std::uint64_t seed_;
};

}  // namespace meshfn::simulate
