// Functions against closed forms: Little's law, the Poisson number of M/G/infinity, the chance of a
// cold start, Erlang's loss, and the formulas of the price lists. Each figure has to lie in the 99
// % confidence interval of ten runs.

#include <cmath>

#include "catch.h"
#include "function/price.h"
#include "simulate/erlang.h"
#include "simulate/function_presets.h"
#include "simulate/theory.h"

namespace meshfn::simulate {

namespace {

FunctionSpec lambda() { return spec_of(*find_preset("aws-lambda", "")); }

Scenario function_station(FunctionSpec function, double rate, Distribution service_time) {
  Scenario scenario = station(1, 1, rate);
  scenario.services[0].function = std::move(function);
  scenario.services[0].workloads[0].service_time = std::move(service_time);
  return scenario;
}

double cold_share(const World&, const Recording& r) {
  return static_cast<double>(r.functions[0].cold_starts) /
         static_cast<double>(r.endpoints[0].requests);
}

/// Mean number at work, by the time series.
double mean_of_course(const World& world, const Recording& r) {
  const auto& course = r.functions[0].course;
  const auto from = static_cast<std::size_t>(world.scenario.warmup / world.step) + 1;
  const auto to = static_cast<std::size_t>(world.scenario.duration / world.step);
  double sum = 0;
  for (std::size_t i = from; i < to; ++i) sum += static_cast<double>(course[i]);
  return sum / static_cast<double>(to - from) / static_cast<double>(world.step);
}

}  // namespace

TEST_CASE("throttling without a queue is Erlang's loss", "[simulate][theory][function]") {
  // Insensitive to the law of the service time: M/G/c/c.
  const Distribution laws[] = {Distribution::exponential(kSecond / 10),
                               Distribution::constant(kSecond / 10),
                               Distribution::lognormal_mean_p99(kSecond / 10, kSecond)};
  for (const Distribution& law : laws) {
    FunctionSpec function = lambda();
    function.concurrency = 12;
    function.request_rate = 0;
    Check check{function_station(function, 100, law), {failure_share}, {erlang_b(10, 12)}};
    set_length(check.scenario, 100);
    CHECK(misses(check) == "");
  }
}

TEST_CASE("the limit of an account throttles as one station", "[simulate][theory][function]") {
  FunctionSpec function = lambda();
  function.concurrency = 1000;
  function.account_concurrency = 12;
  function.request_rate = 0;
  Check check{function_station(function, 50, Distribution::exponential(kSecond / 10)), {}, {}};
  check.scenario.services.push_back(check.scenario.services[0]);
  check.scenario.services[1].name = "other";
  check.scenario.load.push_back(check.scenario.load[0]);
  check.scenario.load[1].call.to = "other";
  check.figures.push_back(failure_share);
  check.expected.push_back(erlang_b(10, 12));
  set_length(check.scenario, 100);
  CHECK(misses(check) == "");
}

TEST_CASE("a reservation is a function's own share", "[simulate][theory][function]") {
  // Of 108, the neighbour's reservation takes 4: 104 are left, and the neighbour has a station
  // of 4.
  FunctionSpec function = lambda();
  function.account_concurrency = 108;
  function.request_rate = 0;
  Check check{function_station(function, 1000, Distribution::exponential(kSecond / 10)), {}, {}};
  check.scenario.services.push_back(check.scenario.services[0]);
  check.scenario.services[1].name = "other";
  check.scenario.services[1].function->reserved = 4;
  check.scenario.services[1].function->concurrency = 4;
  check.scenario.load.push_back(check.scenario.load[0]);
  check.scenario.load[1].call.to = "other";
  check.scenario.load[1].arrivals.rate = 100;
  for (const std::size_t load : {0U, 1U}) {
    check.figures.push_back([load](const World&, const Recording& r) {
      const Counts& c = r.loads[load][0].counts;
      return static_cast<double>(c.failed) / static_cast<double>(c.ok + c.failed);
    });
  }
  check.expected = {erlang_b(100, 104), erlang_b(10, 4)};
  set_length(check.scenario, 1100, 2);
  CHECK(misses(check) == "");
}

TEST_CASE("the concurrency of a function is rate times duration", "[simulate][theory][function]") {
  Check check{function_station(lambda(), 50, Distribution::exponential(kSecond / 5)),
              {mean_busy, mean_of_course},
              {10, 10}};
  set_length(check.scenario, 50);
  CHECK(misses(check) == "");
}

TEST_CASE("the number at work is Poisson without a limit", "[simulate][theory][function]") {
  // M/G/infinity: mean and variance are both rate x duration, seen once in each of many runs. The
  // last step of the course is a twentieth of a service time long.
  constexpr int kSeen = 400;
  constexpr double kMean = 10;
  Scenario scenario = function_station(lambda(), 0.1, Distribution::exponential(100.0 * kSecond));
  scenario.services[0].function->timeout = 0;
  scenario.duration = 1000 * kSecond;
  const auto world = world_of(scenario);
  const auto last = static_cast<std::size_t>(scenario.duration / world->step) - 1;
  double sum = 0;
  double squares = 0;
  for (std::uint64_t seed = 1; seed <= kSeen; ++seed) {
    const Recording record = run(*world, seed);
    const double n =
        static_cast<double>(record.functions[0].course[last]) / static_cast<double>(world->step);
    sum += n;
    squares += n * n;
  }
  const double mean = sum / kSeen;
  const double variance = (squares - sum * mean) / (kSeen - 1);
  CHECK(std::fabs(mean - kMean) < 2.576 * std::sqrt(kMean / kSeen));
  // The fourth central moment of a Poisson law is m + 3 m^2.
  CHECK(std::fabs(variance - kMean) < 2.576 * std::sqrt((kMean + 2 * kMean * kMean) / kSeen));
}

TEST_CASE("a single environment is cold with probability e^(-lambda T)",
          "[simulate][theory][function]") {
  FunctionSpec function = lambda();
  function.keep_alive = Distribution::constant(kSecond);
  Check fixed{function_station(function, 1, Distribution::constant(kMicrosecond)),
              {cold_share},
              {std::exp(-1.0)}};
  set_length(fixed.scenario, 1, 0.2);
  CHECK(misses(fixed) == "");
  // With an exponential keep-alive of rate mu it is idle longer than that with mu / (mu + lambda).
  function.keep_alive = Distribution::exponential(kSecond / 3.0);
  Check random{
      function_station(function, 1, Distribution::constant(kMicrosecond)), {cold_share}, {0.75}};
  set_length(random.scenario, 1, 0.2);
  CHECK(misses(random) == "");
}

TEST_CASE("a queue before environments of many places is M/M/c", "[simulate][theory][function]") {
  // Two environments of five places that are always there: ten servers, as theory has them.
  FunctionSpec function = spec_of(*find_preset("gcp-functions", "run"));
  function.provisioned = function.max_instances = 2;
  function.instance_concurrency = 5;
  function.concurrency = 10;
  function.queue_timeout = 1000 * kSecond;
  const double wait = erlang_c(8, 10) / (100 - 80);
  Check check{function_station(function, 80, Distribution::exponential(kSecond / 10)),
              {mean_sojourn},
              {0.1 + wait}};
  set_length(check.scenario, 80);
  CHECK(misses(check) == "");
}

TEST_CASE("prices are those of the lists", "[simulate][function]") {
  const auto price = [](std::string_view platform, std::string_view plan) {
    return find_preset(platform, plan)->price;
  };
  // 10^6 x 120 ms x 512 MB: 0.20 + 60 000 GB-s x 0.0000166667.
  const Usage million{1'000'000, 120'000'000, 0, 0};
  CHECK(price_of(price("aws-lambda", ""), 512, million).total() ==
        Approx(0.2 + 60'000 * 0.0000166667).epsilon(1e-12));
  CHECK(price_of(price("aws-lambda", ""), 512, million).total() == Approx(1.2).epsilon(1e-5));
  // 1000 provisioned environments of 1 GB for an hour, whether they work or not.
  CHECK(price_of(price("aws-lambda", ""), 1024, {0, 0, 0, 3.6e6}).ready ==
        Approx(3.6e6 * 0.0000041667));
  CHECK(price_of(price("aws-lambda", ""), 1024, {0, 0, 1'000'000, 0}).duration ==
        Approx(1000 * 0.0000097222));
  // Azure rounds memory up to 128 MB and counts 100 ms at least.
  CHECK(price("azure-functions", "consumption").billed_gb(130) == Approx(0.25));
  CHECK(price("azure-functions", "consumption").billed(3 * kMillisecond) == 100 * kMillisecond);
  CHECK(price("aws-lambda", "").billed(3 * kMillisecond + 1) == 4 * kMillisecond);
  // Cloud Run: a processor and 512 MiB for a second that an instance works.
  CHECK(price_of(price("gcp-functions", "run"), 512, {0, 1000, 0, 0}).duration ==
        Approx(0.000024 + 0.5 * 0.0000025));
  CHECK(price("gcp-functions", "run").billed(101 * kMillisecond) == 200 * kMillisecond);
}

TEST_CASE("one execution costs the same simulated and invoked", "[simulate][function]") {
  for (const char* platform : {"aws-lambda", "azure-functions"}) {
    const PriceList& ours = find_preset(platform, "")->price;
    const function::PlatformPrice* theirs = function::find_platform_price(platform);
    REQUIRE(theirs != nullptr);
    CHECK(ours.per_gb_second == theirs->per_gb_second);
    CHECK(ours.per_request == theirs->per_execution);
    CHECK(ours.memory_step_mb == theirs->memory_step_mb);
  }
}

TEST_CASE("overlapping requests of an environment share its price", "[simulate][function]") {
  // Ten arrivals at once, 100 ms each: one environment with ten places works 100 ms, ten with one
  // place a second together.
  FunctionSpec function = spec_of(*find_preset("gcp-functions", "run"));
  function.provisioned = 0;
  const auto billed = [&](std::uint32_t places) {
    function.instance_concurrency = places;
    Scenario scenario = function_station(function, 0, Distribution::constant(kSecond / 10));
    scenario.load[0].arrivals.kind = Arrivals::Kind::trace;
    scenario.load[0].arrivals.trace.assign(10, kSecond);
    scenario.duration = 10 * kSecond;
    const auto world = world_of(scenario);
    return run(*world, 1).functions[0].billed_ms;
  };
  CHECK(billed(10) == 100);
  CHECK(billed(1) == 1000);
  // A start is billed with the first work, however long the environment was idle in between.
  function.cold_start = Distribution::constant(3 * kSecond);
  CHECK(billed(10) == 3100);
  function.price.start_counts = false;
  CHECK(billed(10) == 100);
}

}  // namespace meshfn::simulate
