// Parts of replications, computed apart and put together.

#include "simulate/shard_replications.h"

#include <algorithm>

#include "catch.h"
#include "simulate/formats.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

Scenario scenario_with_loss() {
  Scenario scenario = station(3, 4, 60);
  scenario.services[0].workloads[0].service_time = Distribution::exponential(kSecond / 20);
  scenario.services[0].policy.outlier.enabled = true;
  scenario.duration = 10 * kSecond;
  FaultSpec fault;
  fault.name = "loss";
  fault.endpoint = "station-1";
  fault.at = 3 * kSecond;
  fault.length = 3 * kSecond;
  scenario.faults = {fault};
  for (const char* text : {"success-rate >= 99%", "during loss: recovery-time < 2s"}) {
    scenario.expect.push_back(*parse_expectation(text));
  }
  return scenario;
}

std::vector<ShardFile> parts(const ReplicationPlan& plan, std::uint32_t count) {
  std::vector<ShardFile> files;
  for (std::uint32_t k = count; k >= 1; --k) {
    files.push_back({std::to_string(k) + ".json", run_shard(plan, {k, count}, 2)});
  }
  return files;
}

}  // namespace

TEST_CASE("the parts of replications make the same bytes as one run", "[simulate][shard]") {
  const auto world = world_of(scenario_with_loss());
  const ReplicationPlan plan{world.get(), 5, 6, 1};
  const Answer whole = simulate(*world, 5, 6, 1);
  // Eight parts of six replications: two are empty.
  for (const std::uint32_t count : {1U, 2U, 5U, 8U}) {
    const auto merged = merge_replications(plan, parts(plan, count));
    REQUIRE(merged);
    for (const Format& format : kFormats) {
      INFO(format.name << " of " << count);
      if (format.answer == nullptr) continue;
      CHECK(format.answer(*merged, {}) == format.answer(whole, {}));
    }
  }
}

TEST_CASE("parts of other replications are refused", "[simulate][shard]") {
  const auto world = world_of(scenario_with_loss());
  const ReplicationPlan plan{world.get(), 5, 4, 1};
  const std::vector<ShardFile> good = parts(plan, 2);
  const auto message = [&](const ReplicationPlan& with, std::vector<ShardFile> files) {
    const auto merged = merge_replications(with, files);
    return merged ? "merged" : merged.error().message;
  };
  CHECK(is_replications(good[0]));
  CHECK_FALSE(is_replications({"x", "{}"}));
  CHECK_FALSE(is_replications({"x", "{"}));
  CHECK(message(plan, {good[0]}) == "1 part missing: 1/2");
  CHECK(message(plan, {good[1], good[1]}) == "`1.json` and `1.json` are the same part 1/2");
  CHECK(message({world.get(), 6, 4, 1}, good) == "`2.json` is a part of other replications");
  CHECK(message({world.get(), 5, 4, 2}, good) == "`2.json` is a part of other replications");
  CHECK(message(plan, {{"x", "{"}}) == "`x` is no part of replications");
  std::string cut = good[0].text;
  const std::size_t runs = cut.find("{\"figures\"");
  REQUIRE(runs != std::string::npos);
  cut.erase(runs, cut.find("]}", runs) + 3 - runs);
  CHECK(message(plan, {{"x", cut}}) == "`x` is damaged: its rows do not fit its part");
}

}  // namespace meshfn::simulate
