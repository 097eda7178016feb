#include "simulate/station.h"

#include <algorithm>
#include <cmath>

#include "simulate/erlang.h"

namespace meshfn::simulate {

namespace {

constexpr int kRounds = 64;  ///< calls below calls whose answers are waited for
constexpr double kSettled = 1e-9;

double seconds_of(const Distribution& law) { return law.mean() * 1e-9; }

class Solver {
 public:
  Solver(const World& world, const Flow& flow, bool with_waits)
      : world_(world), flow_(flow), with_waits_(with_waits) {
    out_.endpoints.resize(world.endpoints.size());
    out_.response.resize(world.services.size(), 0);
    find_round_trips();
  }

  Stations solve() {
    for (int round = 0; round < kRounds; ++round) {
      const std::vector<double> before = out_.response;
      find_endpoints();
      find_responses();
      double change = 0;
      for (std::size_t s = 0; s < before.size(); ++s) {
        change = std::max(change, std::fabs(out_.response[s] - before[s]));
      }
      if (change < kSettled) break;
    }
    return std::move(out_);
  }

 private:
  /// Mean time there and back to each cluster and attempts of a call, over those who call it.
  void find_round_trips() {
    round_trips_.resize(world_.clusters.size(), 0);
    attempts_.resize(world_.clusters.size(), 0);
    std::vector<double> rates(world_.clusters.size(), 0);
    for (const Edge& edge : flow_.edges) {
      const ClusterInfo& cluster = world_.clusters[edge.cluster];
      const Shape& shape = world_.shapes[edge.shape];
      const Division division = divide(world_, cluster, shape, {});
      double trip = 0;
      for (std::size_t h = 0; h < division.hosts.size(); ++h) {
        trip += 2 * division.hosts[h] * to_seconds(shape.distance[h]);
      }
      round_trips_[edge.cluster] += edge.rate * trip;
      attempts_[edge.cluster] += edge.attempts;
      rates[edge.cluster] += edge.rate;
    }
    for (std::size_t c = 0; c < rates.size(); ++c) {
      if (rates[c] > 0) round_trips_[c] /= rates[c];
      attempts_[c] = rates[c] > 0 ? attempts_[c] / rates[c] : 1;
    }
  }

  /// Mean wait before the first retry, seconds.
  static double first_wait(const Plan& plan) {
    const RetryPolicy::Range range = plan.route->retry.backoff_range(0);
    return (to_seconds(range.low) + to_seconds(range.high)) / 2;
  }

  double answer_of(const Caller& caller, const Plan& plan) const {
    double sum = 0;
    double before = 0;
    for (std::size_t i = 0; i < plan.slots.size(); ++i) {
      const double share = (plan.cumulative[i] - before) / plan.cumulative.back();
      before = plan.cumulative[i];
      const std::uint32_t cluster = caller.slots[plan.slots[i]].cluster;
      const double once = round_trips_[cluster] + out_.response[world_.clusters[cluster].service];
      sum += share * (attempts_[cluster] * once + (attempts_[cluster] - 1) * first_wait(plan));
    }
    return sum + plan.route->delay_share * to_seconds(plan.route->delay);
  }

  /// Mean time that the script takes: of calls at once the longest mean.
  double script_of(const WorkloadInfo& workload) const {
    double sum = 0;
    for (const auto& step : world_.services[workload.service].script) {
      double longest = 0;
      for (const Command& command : step.commands) {
        double time = seconds_of(command.sleep.law);
        if (command.plan_index != kNone) {
          const Caller& caller = world_.callers[workload.caller];
          const Plan& plan = caller.plans[command.plan_index];
          // Nobody waits for what an event brings about.
          time = plan.async ? 0 : answer_of(caller, plan);
        }
        longest = std::max(longest, command.probability * time);
      }
      sum += longest;
    }
    return sum;
  }

  /// Whether requests of an endpoint run out of processors before they run out of slots, which
  /// each holds for `held` and uses for `own` of it.
  static bool lacks_processors(const WorkloadInfo& workload, double own, double held) {
    if (workload.function != nullptr || workload.spec->processors <= 0) return false;
    const double processors = workload.spec->processors;
    const std::uint32_t slots = slots_of(workload);
    return slots == kUnlimitedSlots || (processors < slots && own * slots >= held * processors);
  }

  /// A call to others needs no processor.
  static EndpointLoad share(const WorkloadInfo& workload, EndpointLoad out, double own,
                            double rate) {
    const double processors = workload.spec->processors;
    out.servers = processors;
    out.shared = true;
    out.load = rate * own;
    out.waits = shared_waits(out.load, processors);
    out.wait = shared_wait(out.load, processors, own);
    const std::uint32_t slots = slots_of(workload);
    if (slots == kUnlimitedSlots || workload.spec->queue == kUnlimitedSlots) return out;
    // The number of requests is that of whole servers of the same speed together.
    const double whole = std::max(1.0, std::floor(processors));
    const double room = static_cast<double>(slots) - whole + workload.spec->queue;
    const FiniteQueue queue = finite_queue(
        out.load * whole / processors, static_cast<std::uint32_t>(whole),
        static_cast<std::uint32_t>(std::clamp(room, 0.0, 1e9)), own * whole / processors);
    out.wait = queue.wait;
    out.refused = queue.lost;
    return out;
  }

  EndpointLoad load_of(const WorkloadInfo& workload, double rate) const {
    EndpointLoad out;
    const double own = seconds_of(workload.service_time.law);
    const double script = script_of(workload);
    out.held = own + script;
    out.load = rate * out.held;
    const std::uint32_t slots = slots_of(workload);
    if (lacks_processors(workload, own, out.held)) return share(workload, out, own, rate);
    if (slots == kUnlimitedSlots) return out;
    out.servers = slots;
    if (out.held <= 0) return out;
    // The law of the calls is not known: an exponential one.
    const double variance =
        squared_variation(workload.service_time.law) * own * own + script * script;
    const double scv = variance / (out.held * out.held);
    out.waits = erlang_c(out.load, slots);
    const bool refuses = workload.function != nullptr && !workload.function->queues;
    const std::uint32_t room = refuses ? 0 : workload.spec->queue;
    if (room == kUnlimitedSlots) {
      out.wait = mean_wait(out.load, slots, out.held, scv);
    } else {
      const FiniteQueue queue = finite_queue(out.load, slots, room, out.held);
      out.wait = queue.wait * (1 + scv) / 2;
      out.refused = queue.lost;
    }
    return out;
  }

  void find_endpoints() {
    for (std::size_t e = 0; e < out_.endpoints.size(); ++e) {
      const std::uint32_t workload = world_.endpoints[e].workload;
      const bool alike = e > 0 && world_.endpoints[e - 1].workload == workload &&
                         flow_.endpoints[e - 1] == flow_.endpoints[e];
      out_.endpoints[e] =
          alike ? out_.endpoints[e - 1] : load_of(world_.workloads[workload], flow_.endpoints[e]);
    }
  }

  void find_responses() {
    std::vector<double> rates(out_.response.size(), 0);
    std::fill(out_.response.begin(), out_.response.end(), 0);
    for (std::size_t e = 0; e < out_.endpoints.size(); ++e) {
      const EndpointLoad& one = out_.endpoints[e];
      const bool counts = with_waits_ && std::isfinite(one.wait);
      const std::uint32_t service = world_.endpoints[e].service;
      const double rate = std::max(flow_.endpoints[e], kSettled);
      out_.response[service] += rate * (one.held + (counts ? one.wait : 0));
      rates[service] += rate;
    }
    for (std::size_t s = 0; s < rates.size(); ++s) {
      if (rates[s] > 0) out_.response[s] /= rates[s];
    }
  }

  const World& world_;
  const Flow& flow_;
  bool with_waits_;
  std::vector<double> round_trips_;
  std::vector<double> attempts_;
  Stations out_;
};

}  // namespace

std::uint32_t slots_of(const WorkloadInfo& workload) {
  return workload.function != nullptr ? workload.function->concurrency : workload.spec->concurrency;
}

Stations stations_of(const World& world, const Flow& flow, bool with_waits) {
  return Solver(world, flow, with_waits).solve();
}

}  // namespace meshfn::simulate
