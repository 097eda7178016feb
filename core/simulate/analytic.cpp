#include "simulate/analytic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "simulate/erlang.h"
#include "simulate/station.h"

namespace meshfn::simulate {

namespace {

/// Something that is lost, by the endpoints that go with it.
struct Loss {
  std::string name;
  Lost lost;
};

Loss zone_loss(const World& world, std::uint32_t zone) {
  Loss loss{"zone " + world.zones[zone], Lost(world.endpoints.size(), false)};
  for (std::size_t e = 0; e < world.endpoints.size(); ++e) {
    loss.lost[e] = world.endpoints[e].zone == zone;
  }
  return loss;
}

/// Where most of the slots, or of the processors, are in use, by endpoint; kNone when nothing is
/// limited or called.
std::uint32_t fullest(const World& world, const Stations& stations, std::uint32_t service = kNone) {
  std::uint32_t worst = kNone;
  double most = 0;
  for (std::uint32_t e = 0; e < stations.endpoints.size(); ++e) {
    if (service != kNone && world.endpoints[e].service != service) continue;
    const double busy = stations.endpoints[e].busy();
    if (busy <= most) continue;
    most = busy;
    worst = e;
  }
  return worst;
}

class Analyser {
 public:
  explicit Analyser(const World& world) : world_(world), flow_(flow_of(world, {})) {}

  Analysis analyse() {
    out_.world = &world_;
    out_.offered = flow_.offered;
    once_ = flow_of(world_, {}, false);
    const Stations stations = stations_of(world_, flow_, true);
    for (std::uint32_t s = 0; s < world_.services.size(); ++s) add_station(s, stations);
    add_losses();
    for (const Loss& loss : losses_) add_case(loss);
    assume();
    return std::move(out_);
  }

 private:
  void add_station(std::uint32_t service, const Stations& stations) {
    StationFigures figures;
    figures.name = world_.services[service].spec->name;
    Sums sums;
    for (std::uint32_t e = 0; e < world_.endpoints.size(); ++e) {
      if (world_.endpoints[e].service == service) add_endpoint(e, stations.endpoints[e], sums);
    }
    figures.rate = sums.rate;
    figures.endpoints = sums.endpoints;
    const double rate = std::max(sums.rate, 1e-12);
    figures.held = sums.held / rate * 1e3;
    if (std::isfinite(sums.wait)) figures.response = stations.response[service] * 1e3;
    if (sums.limited && sums.slots > 0) {
      figures.slots = sums.slots;
      figures.utilization = sums.load / sums.slots;
      figures.waiting = sums.waits / rate;
      figures.random_wait = sums.wait / rate * 1e3;
      figures.refused = sums.refused / rate;
      figures.pooled_wait = sums.shared
                                ? shared_wait(sums.load, sums.slots, sums.load / rate * 1e3)
                                : mean_wait(sums.load, static_cast<std::uint32_t>(sums.slots),
                                            figures.held, sums.variation / rate);
    }
    if (const std::uint32_t worst = fullest(world_, stations, service); worst != kNone) {
      const EndpointInfo& info = world_.endpoints[worst];
      figures.busiest = stations.endpoints[worst].busy();
      figures.busiest_zone = world_.zones[info.zone];
    }
    add_attempts(service, figures);
    out_.stations.push_back(std::move(figures));
  }

  void add_attempts(std::uint32_t service, StationFigures& figures) const {
    double calls = 0;
    double attempts = 0;
    double failed = 0;
    for (const Edge& edge : flow_.edges) {
      if (world_.clusters[edge.cluster].service != service) continue;
      calls += edge.rate;
      attempts += edge.attempts;
      failed += edge.failed;
    }
    double once = 0;
    for (std::uint32_t e = 0; e < world_.endpoints.size(); ++e) {
      if (world_.endpoints[e].service == service) once += once_.endpoints[e];
    }
    if (once > 0) figures.amplification = figures.rate / once;
    if (calls <= 0) return;
    figures.attempts = attempts / calls;
    figures.failed = failed / calls;
  }

  /// Over a service's endpoints; all but the first three weighted by their rates.
  struct Sums {
    std::uint32_t endpoints = 0;
    double slots = 0;
    bool limited = true;
    bool shared = true;  ///< all of the slots are processors
    double rate = 0, load = 0, held = 0, waits = 0, wait = 0, refused = 0, variation = 0;
  };

  void add_endpoint(std::uint32_t e, const EndpointLoad& one, Sums& sums) const {
    const WorkloadInfo& workload = world_.workloads[world_.endpoints[e].workload];
    const double rate = flow_.endpoints[e];
    ++sums.endpoints;
    sums.limited = sums.limited && one.limited();
    sums.shared = sums.shared && one.shared;
    sums.slots += one.servers;
    sums.rate += rate;
    sums.load += one.load;
    sums.held += rate * one.held;
    sums.waits += rate * one.waits;
    if (rate > 0) sums.wait += rate * one.wait;
    sums.refused += rate * one.refused;
    sums.variation += rate * squared_variation(workload.service_time.law);
  }

  void add_losses() {
    losses_.push_back({"nothing", {}});
    for (const FaultInfo& fault : world_.faults) {
      if (!fault.spec->kills()) continue;
      Loss loss{fault.name, Lost(world_.endpoints.size(), false)};
      for (const std::uint32_t e : fault.endpoints) loss.lost[e] = true;
      losses_.push_back(std::move(loss));
    }
    for (std::uint32_t z = 0; z < world_.zones.size(); ++z) {
      const bool used = std::any_of(world_.endpoints.begin(), world_.endpoints.end(),
                                    [&](const EndpointInfo& e) { return e.zone == z; });
      if (used && !world_.zones[z].empty()) losses_.push_back(zone_loss(world_, z));
    }
    const Stations stations = stations_of(world_, flow_, false);
    for (std::uint32_t s = 0; s < world_.services.size(); ++s) {
      const std::uint32_t worst = fullest(world_, stations, s);
      if (worst == kNone) continue;
      Loss loss{"endpoint " + world_.id_of(world_.endpoints[worst]),
                Lost(world_.endpoints.size(), false)};
      loss.lost[worst] = true;
      losses_.push_back(std::move(loss));
    }
  }

  void add_case(const Loss& loss) {
    const Flow flow = loss.lost.empty() ? flow_ : flow_of(world_, loss.lost);
    const Stations stations = stations_of(world_, flow, false);
    CapacityFigures figures{loss.name, {}, {}, 0};
    double calls = 0;
    for (const Edge& edge : flow.edges) calls += edge.rate;
    if (calls > 0) figures.failed = flow.failed / calls;
    if (const std::uint32_t worst = fullest(world_, stations); worst != kNone) {
      const EndpointInfo& info = world_.endpoints[worst];
      figures.factor = 1 / stations.endpoints[worst].busy();
      const std::string& zone = world_.zones[info.zone];
      figures.bottleneck =
          world_.services[info.service].spec->name + (zone.empty() ? "" : " in " + zone);
    }
    out_.capacity.push_back(std::move(figures));
    // One lost endpoint changes a share that its capacity row already tells of.
    if (!loss.name.starts_with("endpoint ")) add_divisions(loss, flow);
  }

  void add_divisions(const Loss& loss, const Flow& flow) {
    for (const Edge& edge : flow.edges) {
      const ClusterInfo& cluster = world_.clusters[edge.cluster];
      const Shape& shape = world_.shapes[edge.shape];
      DivisionFigures figures{world_.services[cluster.service].spec->name,
                              cluster.subset,
                              world_.zones[edge.zone],
                              loss.name,
                              edge.rate,
                              divide(world_, cluster, shape, loss.lost).levels};
      if (!loss.lost.empty() && alike(figures, divide(world_, cluster, shape, {}).levels)) continue;
      out_.divisions.push_back(std::move(figures));
    }
  }

  static bool alike(const DivisionFigures& figures, const std::vector<LevelShare>& whole) {
    return std::equal(figures.levels.begin(), figures.levels.end(), whole.begin(), whole.end(),
                      [](const LevelShare& a, const LevelShare& b) {
                        return a.healthy == b.healthy && a.hosts == b.hosts;
                      });
  }

  /// What the balancer makes of the load of a cluster, where that is not its share of weight.
  void assume_spread(const ClusterInfo& cluster) {
    const bool called = std::any_of(flow_.edges.begin(), flow_.edges.end(),
                                    [&](const Edge& edge) { return edge.cluster == cluster.id; });
    const Spread spread = spread_of(world_, cluster);
    if (!called || cluster.hosts.size() < 2 || spread == Spread::by_weight) return;
    const std::string& name = world_.services[cluster.service].spec->name;
    const std::string_view balancer = cluster.policy->balancer->name;
    out_.assumptions.push_back(
        spread == Spread::one_host
            ? fmt::format("{} sends all that `{}` gets from one zone to one endpoint, the first in "
                          "these tables",
                          balancer, name)
            : fmt::format("{} keeps requests to `{}` together that belong together: an endpoint "
                          "may be fuller than these tables say, which takes a simulation",
                          balancer, name));
  }

  void assume() {
    out_.assumptions.emplace_back(
        "means in the steady state: timeouts and breakers take a simulation, and attempts fail "
        "independently of each other");
    if (!out_.stable()) {
      out_.assumptions.emplace_back(
          "what a full service turns away still counts as load of those that it calls");
    }
    for (const ClusterInfo& cluster : world_.clusters) assume_spread(cluster);
    for (const LoadInfo& load : world_.loads) {
      const Arrivals::Kind kind = load.spec->arrivals.kind;
      if (kind == Arrivals::Kind::closed) {
        out_.assumptions.push_back(
            fmt::format("the closed loop from `{}` is left out: its rate hangs on the answers",
                        load.spec->from));
      } else if (kind != Arrivals::Kind::poisson && kind != Arrivals::Kind::constant) {
        out_.assumptions.push_back(
            fmt::format("the load from `{}` counts with its mean rate", load.spec->from));
      }
      if (load.spec->source) {
        out_.assumptions.push_back(fmt::format(
            "`{}` hands over batches of mean size: what fails or is throttled is not tried again",
            load.spec->from));
      }
    }
  }

  const World& world_;
  Flow flow_;
  Flow once_;  ///< without retries
  std::vector<Loss> losses_;
  Analysis out_;
};

}  // namespace

bool Analysis::stable() const {
  return capacity.empty() || !capacity.front().factor || *capacity.front().factor > 1;
}

Analysis analyse(const World& world) { return Analyser(world).analyse(); }

std::string conclusion(const Analysis& analysis) {
  const CapacityFigures& whole = analysis.capacity.front();
  if (!whole.factor)
    return "no bottleneck: no service that is called has a concurrency or processors";
  if (*whole.factor <= 1) {
    return fmt::format(
        "unstable: {} is full at {:.0f} % of this load; requests pile up or are turned away for as "
        "long as it lasts",
        whole.bottleneck, *whole.factor * 100);
  }
  return fmt::format("first bottleneck: {}, full at {:.0f} % of this load", whole.bottleneck,
                     *whole.factor * 100);
}

}  // namespace meshfn::simulate
