// Parts of a sweep, computed apart and put together.

#include "simulate/shard.h"

#include "catch.h"
#include "simulate/formats.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

SweepPlan plan_of(std::uint64_t seed = 1) {
  Scenario scenario = station(0, 4, 20);
  scenario.seed = seed;
  scenario.services[0].workloads[0].endpoints = {{"r/a", 2}, {"r/b", 2}, {"r/c", 1}};
  scenario.services[0].workloads[0].service_time = Distribution::exponential(kSecond / 10);
  scenario.load[0].zone = "r/a";
  scenario.duration = 20 * kSecond;
  auto plan = SweepPlan::make(std::move(scenario), sweep_kinds()[1], {50, 200});
  REQUIRE(plan);
  return std::move(*plan);
}

std::vector<ShardFile> parts(const SweepPlan& plan, std::uint32_t count) {
  std::vector<ShardFile> files;
  for (std::uint32_t k = count; k >= 1; --k) {
    files.push_back({std::to_string(k) + ".json", run_shard(plan, {k, count}, 1)});
  }
  return files;
}

std::string message(std::vector<ShardFile> files) {
  const auto merged = merge_shards(files);
  return merged ? "merged" : merged.error().message;
}

}  // namespace

TEST_CASE("the parts of a sweep make the same bytes as one run", "[simulate][shard]") {
  const SweepPlan plan = plan_of();
  const Sweep whole = run_sweep(plan, 2);
  // Seven parts of six cases: one is empty.
  for (const std::uint32_t count : {1U, 2U, 4U, 7U}) {
    const auto merged = merge_shards(parts(plan, count));
    REQUIRE(merged);
    for (const Format& format : kFormats) {
      if (format.sweep == nullptr) continue;
      CHECK(format.sweep(*merged, {}) == format.sweep(whole, {}));
    }
  }
}

TEST_CASE("parts that do not belong together are refused", "[simulate][shard]") {
  const std::vector<ShardFile> good = parts(plan_of(), 2);
  CHECK(message({good[0]}) == "1 part missing: 1/2");
  CHECK(message({good[0], good[0]}) == "`2.json` and `2.json` are the same part 2/2");
  const std::vector<ShardFile> other = parts(plan_of(2), 2);
  CHECK(message({good[0], {"other.json", other[1].text}}) ==
        "`2.json` and `other.json` are parts of different runs");
  CHECK(message({{"x", "{"}}) == "`x` is no part of a sweep");
  CHECK(message({{"x", "[1]"}}) == "`x` is no part of a sweep");
  std::string cut = good[0].text;
  const std::size_t row = cut.find("\"case\": 1");
  REQUIRE(row != std::string::npos);
  CHECK(message({{"x", cut.replace(row, 9, "\"case\": 0")}}) ==
        "`x` is damaged: its rows do not fit its part");
}

TEST_CASE("a part is written as K/N", "[simulate][shard]") {
  CHECK(parse_shard("2/8")->index == 2);
  CHECK(parse_shard("2/8")->count == 8);
  for (const char* wrong : {"", "2", "0/2", "3/2", "1/0", "a/2", "1/2x", "-1/2", "1/10001"}) {
    CHECK_FALSE(parse_shard(wrong));
  }
}

}  // namespace meshfn::simulate
