// Scenario files: what is read, and the one error that each mistake gets.

#include "catch.h"
#include "simulate/scenario_reader.h"
#include "simulate/support.h"
#include "support/paths.h"

namespace meshfn::simulate {

namespace {

struct ReadOut {
  std::optional<ScenarioFile> file;
  std::vector<std::string> problems;  ///< "line:column message | help"
};

ReadOut read(const std::string& text, std::map<std::string, std::string> others = {}) {
  source::Store store;
  yaml::Problems problems;
  const MemoryFiles files(std::move(others));
  ReadOut out;
  out.file = read_scenario(store.add("s.yaml", text), files, store, problems);
  for (const auto& problem : problems) {
    out.problems.push_back(source::to_string(problem.where).substr(7) + " " + problem.message +
                           (problem.help.empty() ? "" : " | " + problem.help));
  }
  return out;
}

std::string with(const std::string& more) {
  return "services:\n  web: {endpoints: 1}\nload: [{to: web, arrivals: {poisson: 10/s}}]\n" + more;
}

std::string only_problem(const std::string& text) {
  const ReadOut out = read(text);
  CHECK_FALSE(out.file);
  REQUIRE(out.problems.size() == 1);
  return out.problems[0];
}

}  // namespace

TEST_CASE("a scenario is read whole", "[simulate][reader]") {
  const ReadOut out = read(R"(
apiVersion: meshfn.dev/v1
kind: Scenario
name: full
seed: 42
duration: 2m
warmup: 10s
mesh: [networking/]
network:
  same-zone: 0.25ms
  cross-region: {lognormal: {p50: 40ms, p99: 70ms}}
  links: [{from: eu, to: us, latency: 35ms, loss: 0.1%}]
services:
  reviews:
    port: 9080
    workloads:
      - labels: {version: v1}
        endpoints: {eu/a: 3, eu/b: 2}
        concurrency: 16
        queue: 200
        service-time: {exponential: 8ms}
        errors: 0.1%
    calls:
      - {to: ratings, probability: 50%}
      - [{to: ratings, path: /x}, {sleep: 2ms}]
  ratings: {endpoints: {eu/a: 1}}
  thumbnail:
    function: {platform: aws-lambda, memory: 512MB, concurrency: 100, keep-alive: 10m, cold-start: 250ms}
    endpoints: 1
    service-time: {exponential: {mean: 60ms}}
load:
  - {from: ingress, zone: eu/a, clients: 4, to: reviews, path: /r, headers: {x: y}, arrivals: {poisson: 800/s}}
faults:
  - {name: loss, at: 60s, for: 30s, zone: eu/a, effect: down}
  - {at: 70s, for: 10s, service: ratings, labels: {version: v1}, effect: {slow: 10}}
expect:
  - success-rate >= 99.9%
  - "during loss: success-rate >= 99%"
)");
  CHECK(out.problems == std::vector<std::string>());
  REQUIRE(out.file);
  const Scenario& s = out.file->scenario;
  CHECK(out.file->mesh == std::vector<std::string>{"networking/"});
  CHECK(s.seed == 42);
  CHECK(s.duration == 120 * kSecond);
  REQUIRE(s.services.size() == 3);
  const WorkloadSpec& w = s.services[0].workloads[0];
  CHECK(w.name == "reviews-v1");
  CHECK(w.endpoints.size() == 2);
  CHECK(w.queue == 200);
  CHECK(w.errors == Approx(0.001));
  REQUIRE(s.services[0].script.size() == 2);
  CHECK(s.services[0].script[1].size() == 2);
  CHECK(s.services[2].function->memory_mb == Approx(512));
  CHECK(s.load[0].clients == 4);
  CHECK(s.faults[1].effect == FaultSpec::Effect::slow);
  CHECK(s.expect.size() == 2);
}

TEST_CASE("each mistake in a scenario has its place and a way out", "[simulate][reader]") {
  CHECK(only_problem(with("durration: 5s\n")) ==
        "4:1 scenario has no field `durration` | did you mean `duration`?");
  CHECK(only_problem(with("duration: -5s\n")).find("4:11 `duration` must not be negative") == 0);
  CHECK(only_problem(with("duration: 5\n")).find("4:11 `duration` must be a duration") == 0);
  CHECK(only_problem(with("duration: 5s\nwarmup: 6s\n")).find("5:9 `warmup` leaves nothing") == 0);
  CHECK(only_problem(with("expect: [p9 < 5ms]\n")).find("4:10 unknown metric `p9`") == 0);
  CHECK(only_problem(with("faults: [{at: 1s, for: 1s, zone: a, effect: dwon}]\n")) ==
        "4:45 `dwon` is no effect of a fault | did you mean `down`?");
  CHECK(only_problem(with("faults: [{at: 1s, for: 1s}]\n"))
            .find("4:10 the fault does not say what it hits") == 0);
  CHECK(only_problem(with("network: {same-zone: {exponental: 1ms}}\n")) ==
        "4:22 not a distribution that exists | did you mean `exponential`?");
  CHECK(only_problem(with("network: {same-zone: {lognormal: {p50: 5ms, p99: 1ms}}}\n"))
            .find("4:50 `p99` must not be below `p50`") == 0);
  CHECK(only_problem("services: {web: {endpoints: 1}}\n").find("1:1 the scenario has no load") ==
        0);
  CHECK(
      only_problem("services: {web: {endpoints: x}}\nload: [{to: web, arrivals: {poisson: 1/s}}]\n")
          .find("1:29 `endpoints` must be a whole number") == 0);
  CHECK(only_problem(
            "services: {web: {endpoints: 1}}\nload: [{to: web, arrivals: {poison: 1/s}}]\n") ==
        "2:28 not an arrival pattern that exists | did you mean `poisson`?");
}

TEST_CASE("an expectation about a fault needs no quotes", "[simulate][reader]") {
  const ReadOut out =
      read(with("faults: [{name: loss, at: 1s, for: 1s, service: web, effect: down}]\n"
                "expect:\n- during loss: success-rate >= 99%\n- 'during loss: p99 < 1s'\n"));
  REQUIRE(out.file);
  REQUIRE(out.file->scenario.expect.size() == 2);
  for (const Expectation& expectation : out.file->scenario.expect) {
    CHECK(expectation.scope == Expectation::Scope::fault);
    CHECK(expectation.subject == "loss");
  }
  CHECK(out.file->scenario.expect[0].text == "during loss: success-rate >= 99%");
}

TEST_CASE("samples and traces come from files beside the scenario", "[simulate][reader]") {
  const std::string text = with("network: {same-zone: {empirical: samples.txt}}\n");
  const ReadOut good = read(text, {{"samples.txt", "# ms\n1ms\n2ms 3\n"}});
  REQUIRE(good.file);
  CHECK(good.file->scenario.network.same_zone.mean() == Approx(1.75e6));
  CHECK(read(text).problems.size() == 1);
  CHECK(read(text, {{"samples.txt", "fast\n"}}).problems.size() == 1);
}

TEST_CASE("a fault on the command line says what, how, when and for how long",
          "[simulate][reader]") {
  const auto zone = parse_fault("zone=eu-west-1/a@60s+30s");
  REQUIRE(zone);
  CHECK(zone->zone == "eu-west-1/a");
  CHECK(zone->at == 60 * kSecond);
  CHECK(zone->length == 30 * kSecond);
  const auto slow = parse_fault("service=ratings,version=v1:slow=10@70s+10s");
  REQUIRE(slow);
  CHECK(slow->labels.at("version") == "v1");
  CHECK(slow->amount == Approx(10));
  CHECK_FALSE(parse_fault("zone=a"));
  CHECK_FALSE(parse_fault("a@1s+1s"));
  CHECK_FALSE(parse_fault("zone=a:explode@1s+1s"));
}

TEST_CASE("isotope topologies run as they are", "[simulate][reader]") {
  const ReadOut out = read(R"(
defaults: {numReplicas: 2}
services:
- name: a
  isEntrypoint: true
  errorRate: 1%
  script:
  - sleep: 10ms
  - - call: b
    - call: {service: c, probability: 30}
- name: b
- name: c
)");
  REQUIRE(out.file);
  const Scenario& s = out.file->scenario;
  CHECK(s.services.size() == 3);
  CHECK(s.services[0].script.size() == 2);
  CHECK(s.services[0].script[1][1].probability == Approx(0.3));
  CHECK(s.load.size() == 1);
  const auto world = world_of(s);
  const Answer answer = answer_of(*world);
  CHECK(answer.totals.success_rate == Approx(0.99).margin(0.005));
  CHECK(answer.totals.latency.p50 == Approx(10).epsilon(0.01));
}

TEST_CASE("every isotope example runs", "[simulate][reader]") {
  const auto files = real_files();
  const auto paths = files->walk(test::shared_path("corpus/isotope"));
  if (!paths || !shared_file("corpus/isotope/canonical.yaml")) return;
  for (const std::string& path : *paths) {
    source::Store store;
    yaml::Problems problems;
    auto text = files->read(path);
    REQUIRE(text);
    auto read = read_scenario(store.add(path, std::move(*text)), *files, store, problems);
    INFO(path);
    REQUIRE(read);
    read->scenario.duration = kSecond / 5;
    const auto world = world_of(std::move(read->scenario));
    CHECK(answer_of(*world).totals.success_rate == 1);
  }
}

}  // namespace meshfn::simulate
