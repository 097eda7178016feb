// More load, changed values, and how sure several runs are.

#include "simulate/what_if.h"

#include "catch.h"
#include "simulate/report.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

bool holds(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("load is scaled by a factor or a percentage", "[simulate][what-if]") {
  CHECK(*parse_scale("1.5x") == 1.5);
  CHECK(*parse_scale("150%") == 1.5);
  CHECK(*parse_scale("2") == 2);
  for (const char* wrong : {"0", "-1x", "x", "", "2000x", "1.5y"}) CHECK_FALSE(parse_scale(wrong));
}

TEST_CASE("a trace keeps its moments under another load", "[simulate][what-if]") {
  Scenario scenario;
  scenario.load.emplace_back();
  scenario.load[0].arrivals.trace = {1, 2, 3, 4};
  scenario.load[0].arrivals.users = 1;
  scale_load(scenario, 1.5);
  CHECK(scenario.load[0].arrivals.trace == std::vector<Time>{1, 2, 2, 3, 4, 4});
  CHECK(scenario.load[0].arrivals.users == 2);
  scale_load(scenario, 0.001);
  CHECK(scenario.load[0].arrivals.users == 1);
}

TEST_CASE("what --set changes in the scenario and the mesh", "[simulate][what-if]") {
  const std::string path = gallery("zone-loss-outlier");
  CHECK(meshfn({"simulate", path}).code == 0);
  const std::string rule = "DestinationRule/shop.spec.trafficPolicy.outlierDetection";
  CHECK(meshfn({"simulate", path, "--set", rule + ".maxEjectionPercent=10"}).code == 1);
  CHECK(meshfn({"simulate", path, "--set", rule + "=null"}).code == 1);
  CHECK(meshfn({"simulate", path, "--set", "faults.zone-loss.at=85s"}).code == 0);
  const std::vector<std::string> less = {"simulate",  path,    "--expect",
                                         "rps < 210", "--set", "load[1].arrivals.poisson=1/s"};
  CHECK(meshfn(less).code == 0);
}

TEST_CASE("a path or value that --set cannot take says what was meant", "[simulate][what-if]") {
  const auto refused = [](const std::string& setting, const std::string& part) {
    const Ran ran = meshfn({"simulate", gallery("zone-loss-outlier"), "--set", setting});
    CHECK(ran.code == 2);
    CHECK(ran.out.empty());
    CHECK(holds(ran.err, part));
  };
  refused("services.shop.concurency=3", "did you mean `concurrency`?");
  refused("services.shp.concurrency=3", "did you mean `shop`?");
  refused("servces.shop.concurrency=3", "did you mean `services`?");
  refused("load[4].clients=3", "its items are 0 to 1");
  refused("faults.zone-los.at=1s", "did you mean `zone-loss`?");
  refused("DestinationRule/shp.spec.host=x", "did you mean `DestinationRule/shop`?");
  refused("DestinationRule/shop=x", "names an object");
  refused("duration", "PATH=VALUE");
  refused("duration=", "no YAML value");
  refused("duration=[", "no YAML value");
  refused("duration.x=1", "has nothing inside");
  refused("duration=soon", "soon");
}

TEST_CASE("an empty scenario is nothing to simulate", "[simulate][what-if]") {
  CHECK(meshfn({"simulate", "-"}, "").code == 3);
  CHECK(meshfn({"simulate", "-"}, "# nothing\n---\n").code == 3);
  CHECK(meshfn({"simulate", "-"}, "a: [").code == 3);
  CHECK(meshfn({"simulate", "-"}, "duration: -1s\n").code == 2);
}

TEST_CASE("the interval of independent values is Student's", "[simulate][replications]") {
  const std::vector<double> values = {1, 2, 3, 4, 5};
  const auto interval = interval95(values);
  REQUIRE(interval);
  CHECK(interval->mean == Approx(3));
  CHECK(interval->high - 3 == Approx(1.963).epsilon(0.001));
  CHECK_FALSE(interval95(std::vector<double>{1}));
  CHECK_FALSE(interval95(std::vector<double>{1, 1e300}));
}

TEST_CASE("95 % intervals cover 93 to 97 % of the truth", "[simulate][replications]") {
  Random random(11);
  int covered = 0;
  constexpr int kExperiments = 4000;
  for (int i = 0; i < kExperiments; ++i) {
    std::vector<double> values(8);
    for (double& v : values) v = standard_normal(random);
    const auto interval = interval95(values);
    covered += interval->low <= 0 && interval->high >= 0;
  }
  CHECK(covered > kExperiments * 0.93);
  CHECK(covered < kExperiments * 0.97);
}

TEST_CASE("an answer has the same bytes on any number of threads", "[simulate][replications]") {
  const auto world = world_of(station(4, 2, 6));
  const std::string one = to_json(simulate(*world, 5, 7, 1), std::nullopt);
  CHECK(one == to_json(simulate(*world, 5, 7, 2), std::nullopt));
  CHECK(one == to_json(simulate(*world, 5, 7, 9), std::nullopt));
}

TEST_CASE("what happens once a run is averaged over replications", "[simulate][replications]") {
  Scenario scenario = station(2, 1, 1);
  scenario.expect.push_back(*parse_expectation("ejections < 1"));
  scenario.expect.push_back(*parse_expectation("availability > 10%"));
  const auto world = world_of(std::move(scenario));
  const Answer answer = simulate(*world, 1, 3, 2);
  REQUIRE(answer.runs.size() == 3);
  CHECK(answer.passed());
  CHECK(answer.expectations[1].interval);
}

}  // namespace meshfn::simulate
