// Losing one thing after the other, and putting two answers side by side.

#include "simulate/sweep.h"

#include "catch.h"
#include "simulate/compare_report.h"
#include "simulate/formats.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

const SweepKind& kind(std::string_view name) {
  for (const SweepKind& one : sweep_kinds()) {
    if (one.name == name) return one;
  }
  FAIL("no such sweep");
  return sweep_kinds()[0];
}

/// Three zones of two endpoints that serve four requests at once in 0.1 s: 240/s in all.
Scenario three_zones(double rate) {
  Scenario scenario = station(0, 4, rate);
  WorkloadSpec& workload = scenario.services[0].workloads[0];
  workload.endpoints = {{"r/a", 2}, {"r/b", 2}, {"r/c", 2}};
  workload.service_time = Distribution::exponential(kSecond / 10);
  workload.queue = 20;
  scenario.services[0].policy.outlier.enabled = true;
  scenario.services[0].policy.outlier.consecutive_5xx = 1;
  scenario.services[0].policy.outlier.max_ejection_percent = 100;
  scenario.services[0].policy.panic_threshold = 0;
  scenario.services[0].policy.locality.enabled = false;
  scenario.load[0].zone = "r/a";
  scenario.duration = 30 * kSecond;
  return scenario;
}

Sweep sweep(double rate, std::string_view what, LoadRange range, unsigned threads = 2) {
  const auto plan = SweepPlan::make(three_zones(rate), kind(what), range);
  REQUIRE(plan);
  return run_sweep(*plan, threads);
}

}  // namespace

TEST_CASE("a sweep finds the load that is survived", "[simulate][sweep]") {
  const Sweep found = sweep(100, "each-zone", {20, 300});
  REQUIRE(found.rows.size() == 4);
  CHECK(found.rows[0].name == "nothing");
  CHECK(found.passed());
  for (std::size_t i = 1; i < 4; ++i) {
    // Two thirds of 240/s are left, which is 160 % of 100/s.
    REQUIRE(found.rows[i].survives);
    CHECK(*found.rows[i].survives > 120);
    CHECK(*found.rows[i].survives < 200);
    REQUIRE(found.rows[i].beyond);
    CHECK_FALSE(found.rows[i].beyond->pass);
    CHECK(found.rows[i].beyond->weakest.starts_with("station"));
  }
  CHECK(conclusion(found).starts_with("survives any one zone up to 1"));
  CHECK(conclusion(found).find("; first to fail: station") != std::string::npos);
}

TEST_CASE("a sweep says so when even the least load fails", "[simulate][sweep]") {
  const Sweep found = sweep(1000, "each-zone", {90, 110});
  CHECK_FALSE(found.passed());
  CHECK(conclusion(found).starts_with("does not survive any one zone"));
}

TEST_CASE("a sweep gives the same bytes on any number of threads", "[simulate][sweep]") {
  for (const char* what : {"each-zone", "each-endpoint", "each-service", "pairs"}) {
    const std::string one = to_json(sweep(100, what, {80, 120}, 1));
    CHECK(one == to_json(sweep(100, what, {80, 120}, 5)));
  }
  CHECK(sweep(50, "each-endpoint", {100, 100}).rows.size() == 7);
  CHECK(sweep(50, "pairs", {100, 100}).rows.size() == 7);
}

TEST_CASE("ranges of load are read", "[simulate][sweep]") {
  const auto range = parse_load_range("20%..1.5x");
  REQUIRE(range);
  CHECK(range->low == 20);
  CHECK(range->high == 150);
  for (const char* wrong : {"", "20%", "150%..20%", "a..b", "0%..10%"}) {
    CHECK_FALSE(parse_load_range(wrong));
  }
}

TEST_CASE("a comparison names what changed", "[simulate][compare]") {
  const auto slow = world_of(station(4, 4, 2));
  Scenario changed = station(4, 4, 2);
  changed.services[0].workloads[0].service_time = Distribution::exponential(kSecond / 2.0);
  const auto fast = world_of(std::move(changed));
  const Comparison same = compare(simulate(*slow, 1, 3, 2), simulate(*slow, 1, 3, 2), "old", "new");
  CHECK(conclusion(same) == "new: no figure changed");
  const Comparison better =
      compare(simulate(*slow, 1, 3, 2), simulate(*fast, 1, 3, 2), "old", "new");
  CHECK(conclusion(better).find("p50 0.5") != std::string::npos);
  for (const ComparedFigure& figure : better.figures) CHECK_FALSE(figure.worse());
}

TEST_CASE("every format writes every kind of result", "[simulate][formats]") {
  const auto world = world_of(three_zones(50));
  const Answer answer = answer_of(*world);
  const Sweep swept = sweep(50, "each-service", {100, 100});
  const Comparison compared = compare(answer, answer, "a", "b");
  for (const Format& format : kFormats) {
    INFO(format.name);
    if (format.answer != nullptr) CHECK_FALSE(format.answer(answer, {}).empty());
    if (format.sweep != nullptr) CHECK_FALSE(format.sweep(swept, {}).empty());
    if (format.comparison != nullptr) CHECK_FALSE(format.comparison(compared, {}).empty());
  }
  CHECK(to_openmetrics(answer).ends_with("# EOF\n"));
  CHECK(to_hgrm(answer).find("#[Mean") != std::string::npos);
}

TEST_CASE("questions that do not fit together are refused", "[simulate][sweep]") {
  const std::string path = gallery("zone-loss");
  CHECK(meshfn({"simulate", path, "--sweep", "each-zon"}).code == 2);
  CHECK(meshfn({"simulate", path, "--load-range", "1x..2x"}).code == 2);
  CHECK(meshfn({"simulate", path, path}).code == 2);
  CHECK(meshfn({"simulate", path, "--compare"}).code == 2);
  CHECK(meshfn({"simulate", path, "--sweep", "each-zone", "-o", "hgrm"}).code == 2);
  CHECK(meshfn({"simulate", path, "--sweep", "each-zone"}).code == 1);
  CHECK(meshfn({"simulate", path, gallery("zone-loss-outlier"), "--compare"}).code == 0);
}

}  // namespace meshfn::simulate
