// Requests per second of the simulator's engine on the loads that DESIGN section 6 names. Prints a
// line for each; `simulate_bench N NAME` runs about N requests (default 4 million) of those whose
// name contains NAME. Processor time, so other work on the machine counts less.

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdlib>
#include <ctime>

#include "base/heap.h"
#include "simulate/simulation.h"

namespace {

using namespace meshfn::simulate;

constexpr double kLoadFactor = 0.8;

/// One client, `endpoints` servers of one slot, exponential service of 1 ms, 80 % busy.
Scenario bare(std::uint32_t endpoints, std::uint64_t requests) {
  Scenario scenario;
  ServiceSpec service;
  service.name = "station";
  WorkloadSpec workload;
  workload.name = "station";
  workload.endpoints = {{"", endpoints}};
  workload.concurrency = 1;
  workload.service_time = Distribution::exponential(kMillisecond);
  service.workloads.push_back(workload);
  scenario.services.push_back(service);
  LoadSpec load;
  load.workers = 1;
  load.call.to = "station";
  load.arrivals.rate = endpoints * kLoadFactor * 1000;
  scenario.load.push_back(load);
  scenario.duration = from_seconds(static_cast<double>(requests) / load.arrivals.rate);
  return scenario;
}

/// The same with a network, a per-try timeout and 1 % errors that are retried.
Scenario mesh_like(std::uint32_t endpoints, std::uint64_t requests) {
  Scenario scenario = bare(endpoints, requests);
  scenario.network.same_zone = Distribution::constant(250 * kMicrosecond);
  scenario.services[0].workloads[0].errors = 0.01;
  scenario.load[0].workers = 2;
  Route route;
  route.destinations = {{"station", "", 100}};
  route.retry.retries = 2;
  route.retry.on = kRetry5xx;
  route.retry.per_try_timeout = 2 * kSecond;
  scenario.load[0].route = route;
  return scenario;
}

/// Processor time of this process, so that other work on the machine does not count.
double processor_seconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

void measure(const char* name, Scenario scenario) {
  const auto world = build_world(std::move(scenario));
  if (!world) {
    fmt::print("{}: {}\n", name, world.error().message);
    return;
  }
  Simulation simulation(**world, 42);
  const double begin = processor_seconds();
  const Recording record = simulation.run();
  const double elapsed = processor_seconds() - begin;
  std::uint64_t started = 0;
  for (const Tally& tally : record.loads[0]) started += tally.counts.started;
  fmt::print("{:<40} {:>6.2f} M requests/s {:>6.2f} M events/s {:>6.1f} ns/event\n", name,
             static_cast<double>(started) / elapsed / 1e6,
             static_cast<double>(record.events) / elapsed / 1e6,
             elapsed * 1e9 / static_cast<double>(record.events));
}

/// The queue alone: `pending` events, each of which schedules the next an exponential time later.
void measure_queue(std::size_t pending, std::uint64_t events) {
  EventQueue queue(0);
  meshfn::Random random(42);
  const Distribution law = Distribution::exponential(kMillisecond);
  for (std::uint32_t i = 0; i < pending; ++i) {
    queue.schedule(kHeap, from_nanos(law.draw(random)), 0, i, 0);
  }
  Event event;
  const double begin = processor_seconds();
  for (std::uint64_t i = 0; i < events && queue.pop(kNever, event); ++i) {
    queue.schedule(kHeap, event.at + from_nanos(law.draw(random)), 0, event.target, 0);
  }
  const double elapsed = processor_seconds() - begin;
  fmt::print("{:<40} {:>6.2f} M events/s {:>6.1f} ns/event\n",
             fmt::format("event queue alone, {} pending", pending),
             static_cast<double>(events) / elapsed / 1e6,
             elapsed * 1e9 / static_cast<double>(events));
}

/// Cost of a request as runs get longer: flat when the whole cost is linear.
void measure_growth(std::uint64_t most) {
  fmt::print("ns per request:");
  for (std::uint64_t n = 1000; n <= most; n *= 10) {
    const auto world = build_world(bare(10, n));
    Simulation simulation(**world, 42);
    const double begin = processor_seconds();
    simulation.run();
    fmt::print("  1e{} {:.0f}", std::to_string(n).size() - 1,
               (processor_seconds() - begin) * 1e9 / static_cast<double>(n));
  }
  fmt::print("\n");
}

/// Peak memory of this process in bytes.
double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

/// What an idle endpoint costs in memory, requests in flight aside.
void measure_memory(std::uint32_t endpoints) {
  const double before = peak_memory();
  Scenario scenario = bare(endpoints, 100);
  const auto world = build_world(std::move(scenario));
  Simulation simulation(**world, 42);
  simulation.run();
  fmt::print("{:<40} {:>6.0f} bytes/endpoint\n", fmt::format("{} endpoints, idle", endpoints),
             (peak_memory() - before) / endpoints);
}

}  // namespace

int main(int argc, char** argv) {
  meshfn::prepare_heap();
  const std::uint64_t n = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 4'000'000;
  const std::string_view only = argc > 2 ? argv[2] : "";
  const auto run = [&](const char* name, Scenario scenario) {
    if (std::string_view(name).find(only) != std::string_view::npos) {
      measure(name, std::move(scenario));
    }
  };
  if (only.empty()) measure_memory(1'000'000);
  run("10 endpoints, least request", bare(10, n));
  run("1000 endpoints, least request", bare(1000, n));
  run("100000 endpoints, least request", bare(100'000, n));
  run("10 endpoints, mesh-like", mesh_like(10, n));
  run("1000 endpoints, mesh-like", mesh_like(1000, n));
  if (!only.empty()) return 0;
  for (const std::size_t pending : {10U, 1000U, 100'000U}) measure_queue(pending, n);
  measure_growth(10 * n / 4);
  return 0;
}
