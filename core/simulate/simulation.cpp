#include "simulate/simulation.h"

#include <algorithm>

namespace meshfn::simulate {

namespace {

/// Entries kept in the log; the rest is counted.
constexpr std::size_t kLogLimit = 500;
/// Attempts that fit into the caches nearest to the processor.
constexpr std::uint32_t kCached = 8192;
/// What a lost packet costs: Linux's smallest retransmission timeout, doubled each time.
constexpr Time kRetransmission = 200 * kMillisecond;

/// Starts to load all of `thing` into the cache.
template <class T>
void fetch(const T& thing) {
  constexpr std::size_t kLine = 64;
  const auto* bytes = reinterpret_cast<const char*>(&thing);
  for (std::size_t at = 0; at < sizeof(T); at += kLine) __builtin_prefetch(bytes + at);
  // GCC takes a function that does nothing else for one without effect, and drops its calls.
  asm volatile("");
}

}  // namespace

Simulation::Simulation(const World& world, std::uint64_t seed)
    : world_(world), queue_(world.rings.size()) {
  endpoints_.reserve(world.endpoints.size());
  for (const EndpointInfo& info : world.endpoints) {
    endpoints_.push_back({.random = Random::stream(seed, "endpoint/" + world.id_of(info)),
                          .workload = &world.workloads[info.workload],
                          .zone = info.zone});
  }
  build_servers();
  build_functions(seed);
  build_upstreams(seed);
  build_fleets();
  if (std::any_of(world.clusters.begin(), world.clusters.end(),
                  [](const ClusterInfo& c) { return c.policy->balancer->reports; })) {
    meters_.resize(world.endpoints.size());
  }
  for (std::uint32_t l = 0; l < world.loads.size(); ++l) {
    const LoadInfo& load = world.loads[l];
    if (load.spec->source) continue;
    for (std::uint32_t i = 0; i < load.spec->clients; ++i) {
      const std::uint32_t proxy = load.first_proxy + i;
      clients_.push_back({Random::stream(seed, "arrivals/" + world.proxies[proxy].name),
                          ArrivalProcess(load.spec->arrivals, i, load.spec->clients), l, proxy,
                          load.spec->arrivals.kind == Arrivals::Kind::closed});
    }
  }
  const std::size_t segments = world.segments.size();
  record_.loads.assign(world.loads.size(), std::vector<Tally>(segments));
  record_.clusters.resize(world.clusters.size());
  record_.edges.resize(world.edges.size());
  record_.phases.assign(world.clusters.size(), std::vector<Counts>(segments));
  record_.traffic.assign(segments, std::vector<std::uint64_t>(world.links.size(), 0));
  record_.endpoints.resize(world.endpoints.size());
  record_.detected.assign(world.faults.size(), kNever);
  fault_active_.resize(world.faults.size(), false);
  fault_warming_.resize(world.faults.size(), false);
  if (std::any_of(world.faults.begin(), world.faults.end(),
                  [](const FaultInfo& f) { return !f.links.empty(); })) {
    link_states_.resize(world.links.size());
  }
  segment_end_ = world.scenario.warmup;
}

/// What only some endpoints have stands beside them, so that the others stay small.
void Simulation::build_servers() {
  const auto any = [&](const auto& has) {
    return std::any_of(world_.workloads.begin(), world_.workloads.end(),
                       [&](const WorkloadInfo& w) { return has(*w.spec); });
  };
  if (any([](const WorkloadSpec& spec) { return spec.processors > 0; })) {
    for (const EndpointInfo& e : world_.endpoints) {
      shares_.emplace_back(world_.workloads[e.workload].spec->processors, world_.scenario.warmup);
    }
  }
  if (!any([](const WorkloadSpec& spec) { return spec.rate_limit.on(); })) return;
  bucket_of_.assign(world_.endpoints.size(), kNone);
  std::vector<std::uint32_t> shared(world_.workloads.size(), kNone);
  for (std::uint32_t e = 0; e < world_.endpoints.size(); ++e) {
    const std::uint32_t workload = world_.endpoints[e].workload;
    const RateLimit& limit = world_.workloads[workload].spec->rate_limit;
    if (!limit.on()) continue;
    const auto next = static_cast<std::uint32_t>(buckets_.size());
    bucket_of_[e] = limit.shared && shared[workload] != kNone ? shared[workload] : next;
    if (bucket_of_[e] == next) buckets_.emplace_back(limit);
    if (limit.shared) shared[workload] = bucket_of_[e];
  }
}

void Simulation::build_upstreams(std::uint64_t seed) {
  upstreams_of_cluster_.resize(world_.clusters.size());
  everyones_.resize(world_.clusters.size());
  for (const ClusterInfo& cluster : world_.clusters) {
    if (cluster.policy->balancer->sees_all) everyones_[cluster.id].assign(cluster.hosts.size(), 0);
  }
  upstreams_.reserve(world_.upstreams);
  for (const ProxyInfo& proxy : world_.proxies) {
    const Caller& caller = world_.callers[proxy.caller];
    proxy_random_.push_back(Random::stream(seed, "proxy/" + proxy.name));
    std::uint32_t edge = caller.first_edge;
    for (const Slot& slot : caller.slots) {
      const ClusterInfo& cluster = world_.clusters[slot.cluster];
      upstream_edge_.push_back(edge++);
      upstream_proxy_.push_back(static_cast<std::uint32_t>(proxy_random_.size() - 1));
      upstreams_of_cluster_[slot.cluster].push_back(static_cast<std::uint32_t>(upstreams_.size()));
      upstreams_.emplace_back(cluster, world_.shapes[slot.shape_of_zone[proxy.zone]],
                              caller.workers, proxy_random_.back().next());
      auto& everyones = everyones_[slot.cluster];
      if (!everyones.empty()) upstreams_.back().share_counts(everyones.data());
    }
  }
}

void Simulation::schedule_first_events() {
  for (std::uint32_t f = 0; f < world_.faults.size(); ++f) {
    const FaultSpec& spec = *world_.faults[f].spec;
    queue_.schedule(kHeap, spec.at, kFault, f, kBegins);
    queue_.schedule(kHeap, spec.at + spec.length, kFault, f, kEnds);
  }
  queue_.schedule(world_.step_ring, world_.step, kSample, 0, 0);
  for (std::uint32_t f = 0; f < fleets_.size(); ++f) {
    if (fleets_[f].autoscaler) sample(f);
  }
  std::uint32_t index = 0;
  for (std::uint32_t p = 0; p < world_.proxies.size(); ++p) {
    for (const Slot& slot : world_.callers[world_.proxies[p].caller].slots) {
      const ClusterInfo& cluster = world_.clusters[slot.cluster];
      const OutlierSettings& outlier = cluster.policy->outlier;
      // Proxies were not started at the same moment, so their intervals are out of phase.
      if (outlier.enabled) {
        const Time first =
            from_nanos(proxy_random_[p].uniform() * static_cast<double>(outlier.interval));
        queue_.schedule(kHeap, first, kTick, index, 0);
      }
      const HealthCheck& health = cluster.policy->health;
      for (std::uint32_t host = 0; health.on() && host < cluster.hosts.size(); ++host) {
        const double phase = proxy_random_[p].uniform();
        queue_.schedule(kHeap, from_nanos(phase * static_cast<double>(health.interval)),
                        kHealthCheck, index, host);
      }
      ++index;
    }
  }
  for (std::uint32_t c = 0; c < clients_.size(); ++c) {
    Client& client = clients_[c];
    const LoadSpec& load = *world_.loads[client.load].spec;
    for (std::uint32_t user = 0; user < client.process.users(); ++user) {
      queue_.schedule(kHeap, from_nanos(load.arrivals.think.draw(client.random)), kArrival, c, 0);
    }
    const Time first = client.process.next(0, client.random);
    if (first != kNever) queue_.schedule(kHeap, first, kArrival, c, 0);
  }
}

Recording Simulation::run() {
  schedule_first_events();
  Event event;
  while (queue_.pop(world_.scenario.duration, event)) {
    now_ = event.at;
    while (now_ >= segment_end_ && next_segment_ < world_.segments.size()) {
      segment_ = static_cast<std::uint16_t>(next_segment_);
      segment_end_ = world_.segments[next_segment_++].to;
    }
    ++record_.events;
    if (queue_.opened() && attempts_.size() > kCached) fetch_upcoming();
    handle(event);
  }
  now_ = world_.scenario.duration;
  finish_recording();
  return std::move(record_);
}

/// Starts to load what the events of the next buckets will touch while those of this one are
/// handled: with more requests in flight than the caches hold, waiting for memory is most of the
/// run. What an attempt points to is loaded a bucket later than the attempt itself.
void Simulation::fetch_upcoming() const {
  queue_.look_ahead(1, [this](const Event& event) {
    if (event.kind() == kServiceDone) fetch(attempts_[event.target]);
  });
  queue_.look_ahead(0, [this](const Event& event) {
    if (event.kind() != kServiceDone) return;
    const Attempt& attempt = attempts_[event.target];
    fetch(endpoints_[attempt.endpoint]);
    fetch(record_.endpoints[attempt.endpoint]);
    if (attempt.request != kNone) fetch(requests_[attempt.request]);
  });
  queue_.look_at_open([this](const Event& event) {
    if (event.kind() != kServiceDone) return;
    const Endpoint& endpoint = endpoints_[attempts_[event.target].endpoint];
    if (endpoint.head != kNone) fetch(attempts_[endpoint.head]);
  });
}

void Simulation::handle(const Event& event) {
  const std::uint32_t target = event.target;
  const auto current_attempt = [&] { return attempts_[target].generation == event.check; };
  const auto current_request = [&] { return requests_[target].generation == event.check; };
  switch (static_cast<Kind>(event.kind())) {
    case kArrival:
      return on_arrival(target, event.check);
    case kAtServer:
      return on_at_server(target);
    case kServiceDone:
      return current_attempt() ? on_service_done(target) : void();
    case kAnswer:
      return on_answer(target);
    case kTryTimeout:
      return current_attempt() ? on_try_timeout(target) : void();
    case kRouteTimeout:
      return current_request() ? on_route_timeout(target) : void();
    case kRetry:
      return current_request() ? start_attempt(target) : void();
    case kTick:
      return on_tick(target);
    case kFault:
      return event.check == kWarm ? on_warm(target) : on_fault(target, event.check == kBegins);
    case kDiscovery:
      return on_discovery(target, event.check != 0);
    case kSample:
      return close_window();
    case kPauseDone:
      return current_attempt() ? call_done(target, attempts_[target].step, false, false) : void();
    case kShareDone:
      return shares_[target].epoch() == event.check ? on_share_done(target) : void();
    case kProbe:
      return on_probe(target, event.check);
    case kReconnect:
      return on_reconnect(target, event.check);
    case kFailfast:
      return on_failfast(target, event.check);
    case kFleet:
      return on_fleet(target, event.check);
    case kDelayed:
      return current_request() ? admit(target) : void();
    case kHealthCheck:
      return on_health_check(target, event.check);
    case kFunction:
      return on_function(target, event.check);
    case kConnected:
      return on_connected(target, event.check >> kHostBits, event.check & kHostMask);
  }
}

void Simulation::schedule_timeout(Ring ring, Time length, Kind kind, std::uint32_t target,
                                  std::uint32_t generation) {
  queue_.schedule_unlikely(ring, now_ + length, kind, target, generation, [this](const Event& e) {
    if (e.kind() == kTryTimeout) return attempts_[e.target].generation != e.check;
    return e.kind() == kRouteTimeout && requests_[e.target].generation != e.check;
  });
}

void Simulation::after(const Delay& delay, Random& random, Kind kind, std::uint32_t target,
                       std::uint32_t check) {
  if (delay.ring != kHeap) {
    queue_.schedule(delay.ring, now_ + delay.constant, kind, target, check);
    return;
  }
  after_drawn(delay, 1, delay.loss, random, kind, target, check);
}

/// The delay drawn anew, `factor` times as long; a lost packet is sent again.
void Simulation::after_drawn(const Delay& delay, double factor, double loss, Random& random,
                             Kind kind, std::uint32_t target, std::uint32_t check) {
  Time length = from_nanos(delay.law.draw(random) * factor);
  Time wait = kRetransmission;
  while (loss > 0 && wait < kSecond * 60 && random.uniform() < loss) {
    length += wait;
    wait *= 2;
  }
  queue_.schedule(kHeap, now_ + length, kind, target, check);
}

/// An attempt on its way to its endpoint, or `back` from it.
void Simulation::travel(const Attempt& a, bool back, Random& random, Kind kind,
                        std::uint32_t target, std::uint32_t check) {
  const Endpoint& endpoint = endpoints_[a.endpoint];
  const std::uint32_t from = back ? endpoint.zone : a.zone;
  const std::uint32_t to = back ? a.zone : endpoint.zone;
  const Delay& link = world_.link(from, to);
  if (link_states_.empty() && !endpoint.degraded) {
    return after(link, random, kind, target, check);
  }
  LinkState way;
  if (!link_states_.empty()) way = link_states_[from * world_.zones.size() + to];
  const double own = endpoint.degraded ? degraded_.at(a.endpoint).loss : 0;
  const double passes = (1 - link.loss) * (1 - way.loss) * (1 - own);
  if (passes >= 1 && way.slow == 1) return after(link, random, kind, target, check);
  after_drawn(link, way.slow, 1 - passes, random, kind, target, check);
}

void Simulation::log(std::string_view kind, std::string text) {
  if (record_.log.size() < kLogLimit) {
    record_.log.push_back({now_, kind, std::move(text)});
  } else {
    ++record_.log_dropped;
  }
}

void Simulation::close_window() {
  window_.mean = window_latency_.mean();
  window_.p50 = window_latency_.quantile(0.5);
  window_.p99 = window_latency_.quantile(0.99);
  for (const Upstream& upstream : upstreams_) window_.ejected += upstream.ejected();
  record_.windows.push_back(window_);
  window_latency_.clear();
  window_ = {};
  queue_.schedule(world_.step_ring, now_ + world_.step, kSample, 0, 0);
}

void Simulation::finish_recording() {
  for (std::uint32_t id = 0; id < attempts_.size(); ++id) {
    const Attempt& attempt = attempts_[id];
    if (!attempt.alive) continue;
    const bool holds_slot = attempt.state == State::serving || attempt.state == State::calling;
    if (!holds_slot) continue;
    record_.endpoints[attempt.endpoint].busy +=
        now_ - std::max(attempt.begun, world_.scenario.warmup);
  }
  for (std::size_t e = 0; e < endpoints_.size(); ++e) {
    if (endpoints_[e].workload->spec->processors > 0) {
      record_.endpoints[e].busy = from_nanos(shares_[e].used(now_));
    }
  }
  if (functions_ != nullptr) {
    for (FunctionPool& pool : functions_->pools) pool.finish(now_);
  }
  finish_fleets();
  for (std::size_t e = 0; e < world_.edges.size(); ++e) {
    record_.clusters[world_.edges[e].cluster].counts.merge(record_.edges[e]);
  }
  std::uint64_t ended = 0;
  std::uint64_t started = 0;
  for (const auto& load : record_.loads) {
    for (const Tally& tally : load) {
      started += tally.counts.started;
      ended += tally.counts.ok + tally.counts.failed;
    }
  }
  record_.in_flight = started - ended;
  for (std::size_t c = 0; c < upstreams_of_cluster_.size(); ++c) {
    for (const std::uint32_t u : upstreams_of_cluster_[c]) {
      const Upstream& upstream = upstreams_[u];
      for (std::uint32_t host = 0; host < upstream.hosts(); ++host) {
        if (!upstream.is_ejected(host)) continue;
        record_.endpoints[world_.clusters[c].hosts[host]].ejected +=
            now_ - upstream.ejected_since(host);
      }
    }
  }
}

}  // namespace meshfn::simulate
