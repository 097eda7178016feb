#include "simulate/support.h"

#include <iostream>
#include <sstream>

#include "base/files.h"
#include "catch.h"
#include "cli/app.h"
#include "support/paths.h"

namespace meshfn::simulate {

Scenario station(std::uint32_t endpoints, std::uint32_t slots, double rate) {
  Scenario scenario;
  scenario.name = "station";
  ServiceSpec service;
  service.name = "station";
  WorkloadSpec workload;
  workload.name = "station";
  workload.endpoints = {{"", endpoints}};
  workload.concurrency = slots;
  workload.service_time = Distribution::exponential(kSecond);
  service.workloads.push_back(workload);
  scenario.services.push_back(service);
  LoadSpec load;
  load.workers = 1;
  load.call.to = "station";
  load.arrivals.rate = rate;
  scenario.load.push_back(load);
  return scenario;
}

std::unique_ptr<World> world_of(Scenario scenario) {
  auto world = build_world(std::move(scenario));
  if (!world) FAIL(world.error().message);
  return std::move(*world);
}

Recording run(const World& world, std::uint64_t seed) { return Simulation(world, seed).run(); }

Answer answer_of(const World& world, std::uint64_t seed) { return simulate(world, seed, 1, 1); }

Tally entry_tally(const Recording& record) {
  Tally sum;
  for (const auto& load : record.loads) {
    for (const Tally& tally : load) sum.merge(tally);
  }
  return sum;
}

std::optional<std::string> shared_file(const std::string& path) {
  auto text = real_files()->read(test::shared_path(path));
  if (text) return std::move(*text);
  std::cout << "passed over: " << path << " is not beside the repository\n";
  return std::nullopt;
}

Ran meshfn(const std::vector<std::string>& words, const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  cli::Terminal terminal{.in = in, .out = out, .err = err};
  const auto files = real_files();
  cli::Context context{terminal, *files, ".", {}};
  const int code = cli::run(context, words);
  return {code, out.str(), err.str()};
}

std::string gallery(const std::string& name) {
  return test::source_dir() + "/tests/scenarios/" + name + ".scenario.yaml";
}

double run_scale() {
#if defined(__SANITIZE_ADDRESS__)
  return 0.5;
#elif defined(__OPTIMIZE__)
  return 10;
#else
  return 1;
#endif
}

}  // namespace meshfn::simulate
