// Laws that many runs have to obey together: intervals cover what they should, weights converge,
// events come in order, and cost grows with the requests and no faster.

#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <iostream>

#include "catch.h"
#include "simulate/event_queue.h"
#include "simulate/parallel.h"
#include "simulate/theory.h"

namespace meshfn::simulate {

namespace {

/// How often the 95 % intervals of two figures hold the true values.
struct Coverage {
  double mean = 0;          ///< of the response time
  double success_rate = 0;  ///< of the success rate
};

/// An M/M/1 queue at half its capacity, one request in ten failing, as `experiments` times ten
/// replications of about 400 requests. Means of so many are nearly normal, which Student's interval
/// asks for.
Coverage coverage_of(std::size_t experiments) {
  constexpr double kTrueMean = 2000;  // ms
  constexpr double kTrueRate = 0.9;
  Scenario scenario = station(1, 1, 0.5);
  scenario.services[0].workloads[0].errors = 1 - kTrueRate;
  scenario.warmup = 40 * kSecond;
  scenario.duration = 840 * kSecond;
  const auto world = world_of(scenario);
  std::vector<int> means(experiments);
  std::vector<int> rates(experiments);
  for_each_index(experiments, 2, [&](std::size_t i) {
    const Answer answer = simulate(*world, 1 + 1000 * i, 10, 1);
    const auto holds = [&](double ReplicationFigures::*figure, double value) {
      const auto interval = interval_of(answer, figure);
      return interval && interval->low <= value && value <= interval->high ? 1 : 0;
    };
    means[i] = holds(&ReplicationFigures::mean, kTrueMean);
    rates[i] = holds(&ReplicationFigures::success_rate, kTrueRate);
  });
  Coverage out;
  for (std::size_t i = 0; i < experiments; ++i) {
    out.mean += means[i];
    out.success_rate += rates[i];
  }
  out.mean /= static_cast<double>(experiments);
  out.success_rate /= static_cast<double>(experiments);
  return out;
}

/// A load that splits by `weights` over as many services of random size in two zones.
Scenario weighted(const std::vector<std::uint32_t>& weights, Random& random) {
  Scenario scenario = station(1, 1000, 2000);
  scenario.services.clear();
  Route route;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    ServiceSpec service = station(1 + random.below(4), 1000, 1).services[0];
    service.name = service.workloads[0].name = "s" + std::to_string(i);
    service.workloads[0].endpoints.push_back({"r/b", random.below(3)});
    service.workloads[0].service_time = Distribution::exponential(2e6);
    scenario.services.push_back(service);
    route.destinations.push_back({service.name, "", weights[i]});
  }
  scenario.load[0].call.to = "s0";
  scenario.load[0].clients = 1 + random.below(5);
  scenario.load[0].route = route;
  scenario.duration = 10 * kSecond;
  return scenario;
}

/// Requests of each cluster; they are in the order in which the route names them.
std::vector<double> shares_of(const Scenario& scenario, std::uint64_t seed) {
  const auto world = world_of(scenario);
  const Recording record = run(*world, seed);
  std::vector<double> out(scenario.services.size());
  for (std::size_t c = 0; c < world->clusters.size(); ++c) {
    const Counts& counts = record.clusters[c].counts;
    out[world->clusters[c].service] += static_cast<double>(counts.ok + counts.failed);
  }
  return out;
}

/// What a run of about `requests` requests costs.
struct RunCost {
  double events;
  double seconds;  ///< of the processor
};

RunCost cost_of(double requests) {
  Scenario scenario = station(10, 16, 1000);
  scenario.services[0].workloads[0].service_time = Distribution::exponential(8e6);
  scenario.services[0].workloads[0].errors = 0.01;
  scenario.network.same_zone = Distribution::constant(250 * kMicrosecond);
  scenario.load[0].route = retried("station", 2);
  scenario.load[0].clients = 4;
  scenario.duration = from_seconds(requests / 1000);
  const auto world = world_of(scenario);
  const std::clock_t begin = std::clock();
  const Recording record = run(*world, 1);
  const double spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const Counts counts = entry_tally(record).counts;
  return {static_cast<double>(record.events) / static_cast<double>(counts.started), spent};
}

}  // namespace

TEST_CASE("95 % intervals cover the true value in 93 to 97 of 100 experiments",
          "[simulate][coverage]") {
  // 800 experiments know their share to 0.8 points, so the band is two and a half times that.
  const Coverage found = coverage_of(800);
  std::cout << fmt::format("coverage of 95 % intervals: mean {:.1f} %, success rate {:.1f} %\n",
                           found.mean * 100, found.success_rate * 100);
  CHECK(found.mean > 0.93);
  CHECK(found.mean < 0.97);
  CHECK(found.success_rate > 0.93);
  CHECK(found.success_rate < 0.97);
}

TEST_CASE("weights converge on random topologies", "[simulate][property]") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    std::vector<std::uint32_t> weights(2 + random.below(4));
    double sum = 0;
    for (std::uint32_t& weight : weights) {
      weight = 1 + random.below(100);
      sum += weight;
    }
    const Scenario scenario = weighted(weights, random);
    const std::vector<double> counts = shares_of(scenario, seed);
    double all = 0;
    for (const double count : counts) all += count;
    CHECK(all > 15'000);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double share = weights[i] / sum;
      const double deviation = std::sqrt(share * (1 - share) / all);
      CHECK(std::fabs(counts[i] / all - share) < 4.5 * deviation);
    }
  }
}

TEST_CASE("events come in the order of time, and equals as they were scheduled",
          "[simulate][property]") {
  constexpr Time kDelays[] = {10, 25, 1000};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    EventQueue queue(std::size(kDelays));
    std::uint32_t next = 0;
    Time now = 0;
    const auto schedule = [&] {
      const std::uint32_t ring = random.below(4);
      // Coarse times, so that many fall together; far ones, so that the wheel turns on.
      const Time at = ring < 3 ? now + kDelays[ring] : now + random.below(50'000) / 10 * 10;
      queue.schedule(ring < 3 ? static_cast<Ring>(ring) : kHeap, at, 1, next++, 0);
    };
    for (int i = 0; i < 4000; ++i) schedule();
    Event event{};
    std::uint32_t last = 0;
    int taken = 0;
    bool ordered = true;
    while (queue.pop(kNever - 1, event)) {
      ordered = ordered && event.at >= now && (event.at > now || taken == 0 || event.target > last);
      now = event.at;
      last = event.target;
      if (++taken < 20'000 && random.below(4) != 0) schedule();
    }
    CHECK(ordered);
    CHECK(taken == static_cast<int>(next));
  }
}

TEST_CASE("timeouts that will not happen are forgotten before their time", "[simulate][property]") {
  constexpr std::uint32_t kEvents = 100'000;
  constexpr std::uint32_t kInFlight = 40;
  // One in `lasting` is never over: those have to come out, all and in order.
  for (const std::uint32_t lasting : {0U, 1000U, 7U}) {
    INFO("lasting " << lasting);
    EventQueue queue(1);
    std::uint32_t now = 0;
    const auto lasts = [&](std::uint32_t n) { return lasting > 0 && n % lasting == 1; };
    const auto is_stale = [&](const Event& e) {
      return e.target + kInFlight < now && !lasts(e.target);
    };
    std::vector<std::uint32_t> due;
    for (now = 0; now < kEvents; ++now) {
      queue.schedule_unlikely(0, Time{now} + 1'000'000, 1, now, 0, is_stale);
    }
    Event event{};
    std::size_t taken = 0;
    for (; queue.pop(kNever - 1, event); ++taken) {
      if (lasts(event.target)) due.push_back(event.target);
    }
    const std::size_t all = lasting == 0 ? 0 : (kEvents + lasting - 2) / lasting;
    CHECK(due.size() == all);
    CHECK(std::is_sorted(due.begin(), due.end()));
    if (lasting == 0) CHECK(taken <= 2 * 64);
  }
}

TEST_CASE("cost grows as the number of requests", "[simulate][property]") {
  const RunCost first = cost_of(1e3);
  for (const double requests : {1e4, 1e5, 1e6}) {
    CHECK(cost_of(requests).events == Approx(first.events).epsilon(0.05));
  }
  // Ten times the requests in ten times the time, with room for what else the machine does.
  const double less = cost_of(1e5).seconds;
  const double more = cost_of(1e6).seconds;
  CHECK(more < 25 * std::max(less, 0.005));
}

}  // namespace meshfn::simulate
