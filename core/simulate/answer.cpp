#include "simulate/answer.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace meshfn::simulate {

bool Answer::passed() const {
  return std::all_of(expectations.begin(), expectations.end(),
                     [](const ExpectationFigures& e) { return e.pass; });
}

Totals totals_of(const Tally& tally, double seconds) {
  Totals t;
  t.counts = tally.counts;
  const std::uint64_t ended = t.counts.ok + t.counts.failed;
  if (ended > 0) {
    t.success_rate = static_cast<double>(t.counts.ok) / static_cast<double>(ended);
    t.retry_ratio =
        std::max(0.0, static_cast<double>(t.counts.attempts) / static_cast<double>(ended) - 1);
  }
  const std::uint64_t started = t.counts.started > 0 ? t.counts.started : ended;
  if (seconds > 0) t.rps = static_cast<double>(started) / seconds;
  const auto at = [&](double q) { return tally.latency.quantile(q) * 1e-6; };
  t.latency = {tally.latency.mean() * 1e-6,   at(0.5), at(0.9), at(0.95), at(0.99), at(0.999),
               to_millis(tally.latency.max())};
  return t;
}

namespace {

double measured_seconds(const World& world) {
  return to_seconds(world.scenario.duration - world.scenario.warmup);
}

/// What limits one endpoint; nothing when it is unlimited.
std::optional<double> slots_of(const WorkloadInfo& workload) {
  const double n = workload.slots();
  return std::isfinite(n) ? std::optional(n) : std::nullopt;
}

class Summary {
 public:
  Summary(const World& world, Answer& result)
      : world_(world),
        result_(result),
        seconds_(measured_seconds(world)),
        runs_(result.replications) {}

  void fill() {
    add_totals();
    for (std::uint32_t c = 0; c < world_.clusters.size(); ++c) add_service(c);
    add_edges();
    add_bottleneck();
    add_phases();
    add_faults();
    add_theory();
    add_availability();
  }

 private:
  Tally over(const std::vector<std::uint32_t>& segments) const {
    Tally sum;
    for (const auto& load : result_.record.loads) {
      for (const std::uint32_t s : segments) sum.merge(load[s]);
    }
    return sum;
  }

  void add_totals() {
    std::vector<std::uint32_t> all;
    for (std::uint32_t s = 0; s < world_.segments.size(); ++s) all.push_back(s);
    result_.totals = totals_of(over(all), seconds_ * runs_);
  }

  EndpointFigures endpoint(const ClusterInfo& cluster, std::uint32_t e) const {
    const EndpointInfo& info = world_.endpoints[e];
    const EndpointRecord& record = result_.record.endpoints[e];
    EndpointFigures figures{world_.id_of(info), world_.zones[info.zone], record.requests, 0, {}, 0};
    if (record.requests > 0) {
      figures.mean_latency = to_millis(record.latency) / static_cast<double>(record.requests);
    }
    if (const auto slots = slots_of(world_.workloads[info.workload])) {
      const double time = seconds_in_service(e);
      if (time > 0) figures.utilization = to_seconds(record.busy) / (*slots * time);
    }
    const double proxies = proxies_of(cluster);
    if (proxies > 0) figures.ejected_seconds = to_seconds(record.ejected) / (proxies * runs_);
    return figures;
  }

  static std::optional<double> imbalance_of(const std::vector<EndpointFigures>& endpoints) {
    std::uint64_t most = 0;
    std::uint64_t sum = 0;
    for (const EndpointFigures& e : endpoints) {
      most = std::max(most, e.requests);
      sum += e.requests;
    }
    if (sum == 0) return std::nullopt;
    return static_cast<double>(most) * static_cast<double>(endpoints.size()) /
           static_cast<double>(sum);
  }

  /// The name that a caller has for people: its service, or its load's `from`.
  std::string caller_name(std::uint32_t caller) const {
    for (const WorkloadInfo& workload : world_.workloads) {
      if (workload.caller == caller) return world_.services[workload.service].spec->name;
    }
    for (const LoadInfo& load : world_.loads) {
      if (world_.proxies[load.first_proxy].caller == caller) return load.spec->from;
    }
    return world_.callers[caller].name;
  }

  /// Workloads of one service, and loads of one name, are put together.
  void add_edges() {
    std::map<std::pair<std::string, std::uint32_t>, Counts> sums;
    for (std::size_t e = 0; e < world_.edges.size(); ++e) {
      const EdgeInfo& edge = world_.edges[e];
      sums[{caller_name(edge.caller), edge.cluster}].merge(result_.record.edges[e]);
    }
    for (const auto& [key, counts] : sums) {
      const std::uint64_t ended = counts.ok + counts.failed;
      if (ended == 0) continue;
      const ClusterInfo& cluster = world_.clusters[key.second];
      result_.edges.push_back({key.first, world_.services[cluster.service].spec->name,
                               cluster.subset, ended,
                               static_cast<double>(counts.ok) / static_cast<double>(ended),
                               static_cast<double>(counts.attempts) / static_cast<double>(ended)});
    }
  }

  void add_bottleneck() {
    for (const ServiceFigures& service : result_.services) {
      for (const EndpointFigures& endpoint : service.endpoints) {
        if (!endpoint.utilization) continue;
        if (result_.bottleneck && *endpoint.utilization <= result_.bottleneck->utilization)
          continue;
        result_.bottleneck = {service.name, endpoint.id, *endpoint.utilization};
      }
    }
  }

  /// How long the endpoint was there, over all replications.
  double seconds_in_service(std::uint32_t e) const {
    if (result_.record.ready.empty()) return seconds_ * runs_;
    return to_seconds(result_.record.ready[e]);
  }

  /// How the number of endpoints changed, over the fleets of the whole service.
  void add_fleet(const ClusterInfo& cluster, ServiceFigures& figures) const {
    for (std::size_t f = 0; f < world_.fleets.size(); ++f) {
      if (world_.workloads[world_.fleets[f].workload].service != cluster.service) continue;
      const FleetRecord& record = result_.record.fleets[f];
      if (!figures.fleet) figures.fleet = FleetFigures{record.least, record.most, 0, 0, 0};
      FleetFigures& sum = *figures.fleet;
      sum.least = std::min(sum.least, record.least);
      sum.most = std::max(sum.most, record.most);
      sum.started += record.started;
      sum.stopped += record.stopped;
      sum.mean += to_seconds(record.ready) / (seconds_ * runs_);
    }
  }

  /// Client proxies that may call the cluster.
  double proxies_of(const ClusterInfo& cluster) const {
    double count = 0;
    for (const ProxyInfo& proxy : world_.proxies) {
      for (const Slot& slot : world_.callers[proxy.caller].slots)
        count += slot.cluster == cluster.id;
    }
    return count;
  }

  void add_service(std::uint32_t c) {
    const ClusterInfo& cluster = world_.clusters[c];
    ServiceFigures figures;
    figures.name = world_.services[cluster.service].spec->name;
    figures.subset = cluster.subset;
    figures.cluster = c;
    figures.totals = totals_of(result_.record.clusters[c], seconds_ * runs_);
    double busy = 0;
    double slots = 0;
    bool limited = true;
    for (const std::uint32_t e : cluster.hosts) {
      figures.endpoints.push_back(endpoint(cluster, e));
      busy += to_seconds(result_.record.endpoints[e].busy);
      const auto own = slots_of(world_.workloads[world_.endpoints[e].workload]);
      limited = limited && own.has_value();
      slots += own.value_or(0) * seconds_in_service(e);
    }
    if (limited && slots > 0) figures.utilization = busy / slots;
    if (limited && busy > 0) figures.allocation = slots / busy;
    figures.imbalance = imbalance_of(figures.endpoints);
    add_fleet(cluster, figures);
    figures.function = function_figures(world_, cluster, result_.record, runs_);
    if (figures.function && counts_once(cluster)) result_.cost += figures.function->cost;
    result_.services.push_back(std::move(figures));
  }

  /// Whether nobody else tells about the cluster's endpoints: a subset has some of its service's.
  bool counts_once(const ClusterInfo& cluster) const {
    return cluster.subset.empty() ||
           std::none_of(world_.clusters.begin(), world_.clusters.end(), [&](const auto& other) {
             return other.service == cluster.service && other.subset.empty();
           });
  }

  void add_phase(std::string name, const std::vector<std::uint32_t>& segments) {
    if (segments.empty()) return;
    double length = 0;
    for (const std::uint32_t s : segments) {
      length += to_seconds(world_.segments[s].to - world_.segments[s].from);
    }
    result_.phases.push_back({std::move(name), to_seconds(world_.segments[segments.front()].from),
                              to_seconds(world_.segments[segments.back()].to), segments,
                              totals_of(over(segments), length * runs_)});
  }

  void add_phases() {
    if (world_.faults.empty()) return;
    std::vector<std::uint32_t> before;
    std::vector<std::uint32_t> after;
    Time first = kNever;
    Time last = 0;
    for (const FaultInfo& fault : world_.faults) {
      first = std::min(first, fault.spec->at);
      last = std::max(last, fault.spec->at + fault.spec->length);
    }
    std::vector<std::vector<std::uint32_t>> during(world_.faults.size());
    for (std::uint32_t s = 0; s < world_.segments.size(); ++s) {
      if (world_.segments[s].to <= first) before.push_back(s);
      if (world_.segments[s].from >= last) after.push_back(s);
      for (const std::uint32_t f : world_.segments[s].faults) during[f].push_back(s);
    }
    add_phase("before", before);
    for (std::uint32_t f = 0; f < world_.faults.size(); ++f) {
      add_phase(world_.faults[f].name, during[f]);
    }
    add_phase("after", after);
  }

  /// Success of one step of the series; 1 when nothing ended in it.
  static double success_of(const Window& w) {
    const std::uint64_t ended = w.ok + w.failed;
    return ended == 0 ? 1 : static_cast<double>(w.ok) / static_cast<double>(ended);
  }

  /// Below normal by half a point, and by more than chance explains in a step of so few requests.
  static bool is_worse(const Window& w, double normal) {
    const auto n = static_cast<double>(w.ok + w.failed);
    if (n < 1) return false;
    const double spread = std::sqrt(std::max((1 - normal) * normal, 1 / n) / n);
    return success_of(w) < normal - std::max(0.005, 4 * spread);
  }

  std::optional<double> recovery(const FaultSpec& fault) const {
    const auto before = std::find_if(result_.phases.begin(), result_.phases.end(),
                                     [](const PhaseFigures& p) { return p.name == "before"; });
    const double normal = before == result_.phases.end() ? 1 : before->totals.success_rate;
    const auto& windows = result_.record.windows;
    std::optional<std::size_t> last_bad;
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const Time end = static_cast<Time>(i + 1) * world_.step;
      if (end > fault.at && is_worse(windows[i], normal)) last_bad = i;
    }
    if (!last_bad) return 0;
    if (*last_bad + 1 == windows.size()) return std::nullopt;
    return to_seconds(static_cast<Time>(*last_bad + 1) * world_.step - fault.at);
  }

  void add_faults() {
    for (std::size_t f = 0; f < world_.faults.size(); ++f) {
      FaultFigures figures{world_.faults[f].name, {}, recovery(*world_.faults[f].spec)};
      const Time detected = result_.record.detected[f];
      if (detected != kNever) {
        figures.detection_seconds = to_seconds(detected - world_.faults[f].spec->at);
      }
      result_.faults.push_back(std::move(figures));
    }
  }

  void add_availability() {
    const auto& windows = result_.record.windows;
    std::size_t good = 0;
    std::size_t counted = 0;
    for (std::size_t i = 0; i < windows.size(); ++i) {
      if (static_cast<Time>(i) * world_.step < world_.scenario.warmup) continue;
      ++counted;
      good += success_of(windows[i]) >= 0.99;
    }
    if (counted > 0) {
      result_.availability = static_cast<double>(good) / static_cast<double>(counted);
    }
  }

  /// How long each endpoint is away, by the faults alone and within the measured time.
  std::vector<Time> downtimes() const {
    std::vector<const FaultInfo*> faults;
    for (const FaultInfo& fault : world_.faults) {
      if (fault.spec->kills()) faults.push_back(&fault);
    }
    std::stable_sort(faults.begin(), faults.end(),
                     [](const auto* a, const auto* b) { return a->spec->at < b->spec->at; });
    std::vector<Time> down(world_.endpoints.size(), 0);
    std::vector<Time> counted_to(world_.endpoints.size(), world_.scenario.warmup);
    for (const FaultInfo* fault : faults) {
      const Time end = std::min(fault->spec->at + fault->spec->length, world_.scenario.duration);
      for (const std::uint32_t e : fault->endpoints) {
        const Time from = std::max(fault->spec->at, counted_to[e]);
        if (end <= from) continue;
        down[e] += end - from;
        counted_to[e] = end;
      }
    }
    return down;
  }

  /// Share of the measured time for which each zone's endpoints are up, by the faults alone.
  std::vector<double> zone_availabilities() const {
    std::vector<double> down(world_.zones.size(), 0);
    std::vector<double> endpoints(world_.zones.size(), 0);
    const std::vector<Time> downtime = downtimes();
    for (std::uint32_t e = 0; e < world_.endpoints.size(); ++e) {
      down[world_.endpoints[e].zone] += to_seconds(downtime[e]);
      endpoints[world_.endpoints[e].zone] += 1;
    }
    std::vector<double> out;
    for (std::size_t z = 0; z < down.size(); ++z) {
      out.push_back(endpoints[z] > 0 ? 1 - down[z] / (endpoints[z] * seconds_) : 0);
    }
    return out;
  }

  void add_theory() {
    TheoryFigures& theory = result_.theory;
    double sum = 0;
    double used = 0;
    for (const EndpointRecord& e : result_.record.endpoints) {
      if (e.requests == 0) continue;
      sum += to_millis(e.latency) / static_cast<double>(e.requests);
      used += 1;
    }
    theory.mean_of_endpoints = used > 0 ? sum / used : 0;
    for (std::size_t l = 0; l < world_.loads.size(); ++l) {
      for (const Tally& tally : result_.record.loads[l]) {
        theory.trigger_work += world_.loads[l].spec->weight *
                               static_cast<double>(tally.counts.ok + tally.counts.failed);
      }
    }
    theory.best_site = 0;
    double none_up = 1;
    for (const double p : zone_availabilities()) {
      theory.best_site = std::max(theory.best_site, p);
      none_up *= 1 - p;
    }
    theory.any_site = 1 - none_up;
  }

  const World& world_;
  Answer& result_;
  double seconds_;
  double runs_;
};

}  // namespace

Answer summarise(const World& world, std::uint64_t seed, std::uint32_t replications,
                 Recording record) {
  Answer result;
  result.world = &world;
  result.seed = seed;
  result.replications = replications;
  result.record = std::move(record);
  Summary(world, result).fill();
  judge(world, result);
  result.warnings = find_warnings(world, result);
  return result;
}

}  // namespace meshfn::simulate
