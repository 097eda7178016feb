// What a scenario says about functions, accounts and sources: presets, and the one error that each
// mistake gets; in step with the schema.

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "catch.h"
#include "simulate/function_presets.h"
#include "simulate/reading.h"
#include "simulate/support.h"
#include "support/paths.h"

namespace meshfn::simulate {

namespace {

std::string with(const std::string& function, const std::string& load = {},
                 const std::string& more = {}) {
  return "services: {f: {function: {" + function + "}}}\nload: [{to: f, " + load +
         "arrivals: {poisson: 10/s}}]\n" + more;
}

Scenario good(const std::string& function, const std::string& load = {},
              const std::string& more = {}) {
  std::vector<std::string> said;
  const auto scenario = read(with(function, load, more), said);
  INFO(function << load << more);
  CHECK(said == std::vector<std::string>());
  REQUIRE(scenario);
  return *scenario;
}

FunctionSpec function(const std::string& text) { return *good(text).services[0].function; }

SourceSpec source(const std::string& text) {
  return *good("", "source: " + text + ", ").load[0].source;
}

std::string refused(const std::string& text, const std::string& load = {}) {
  std::vector<std::string> said;
  CHECK_FALSE(read(with(text, load), said));
  INFO(text << load);
  REQUIRE(said.size() == 1);
  return said[0];
}

std::string unbuildable(const std::string& text) {
  std::vector<std::string> said;
  const auto scenario = read(text, said);
  CHECK(said == std::vector<std::string>());
  REQUIRE(scenario);
  const auto world = build_world(*scenario);
  REQUIRE_FALSE(world);
  return world.error().message + " | " + world.error().hint;
}

}  // namespace

TEST_CASE("platforms and plans bring their numbers", "[simulate][reader][function]") {
  const FunctionSpec aws = function("platform: aws-lambda");
  CHECK(aws.concurrency == 1000);
  CHECK(aws.account_concurrency == 1000);
  CHECK(aws.instance_concurrency == 1);
  CHECK(aws.scaling.burst == 1000);
  CHECK(aws.scaling.per == 10 * kSecond);
  CHECK(aws.request_rate == 10);
  CHECK_FALSE(aws.queues);
  CHECK(aws.timeout == 3 * kSecond);
  CHECK(aws.init_limit == 10 * kSecond);
  const FunctionSpec run = function("platform: gcp-functions");
  CHECK(run.instance_concurrency == 80);
  CHECK(run.concurrency == 8000);
  CHECK(run.queues);
  CHECK(function("platform: gcp-functions, cpus: 0.5").instance_concurrency == 1);
  CHECK(function("platform: gcp-functions, cpus: 0.5, instance-concurrency: 9")
            .instance_concurrency == 9);
  CHECK(run.keep_alive.mean() == Approx(900e9));
  CHECK(function("platform: gcp-functions, plan: gen1").instance_concurrency == 1);
  CHECK(function("platform: gcp-functions, cold-start: 4s").queue_timeout == 14 * kSecond);
  const std::string azure = "platform: azure-functions, plan: ";
  CHECK(function("platform: azure-functions").plan == "consumption");
  CHECK(function(azure + "flex, memory: 512MB").instance_concurrency == 4);
  CHECK(function(azure + "flex").instance_concurrency == 16);
  CHECK(function(azure + "flex, memory: 4GB").instance_concurrency == 32);
  CHECK(function(azure + "premium").provisioned == 1);
  CHECK(function(azure + "consumption").timeout == 300 * kSecond);
  CHECK(function(azure + "flex").timeout == 1800 * kSecond);
  CHECK(function(azure + "premium").timeout == 1800 * kSecond);
  CHECK(function(azure + "premium").answer_limit == 230 * kSecond);
  CHECK(function("arch: arm64").price.per_gb_second == Approx(0.0000133334));
}

TEST_CASE("every number of a preset can be said otherwise", "[simulate][reader][function]") {
  const FunctionSpec f = function(
      "memory: 1GB, storage: 2GB, concurrency: {reserved: 200, provisioned: 20}, "
      "instance-concurrency: 2, max-instances: 90, scaling: {burst: 3000, refill: 500, per: 1m}, "
      "request-rate: 5, on-full: {queue: 3s}, keep-alive: {uniform: {min: 5m, max: 15m}}, "
      "lifetime: 2h, cold-start: 300ms, timeout: 30s, "
      "async: {retries: 1, delays: [5s], max-age: 1h, first-backoff: 2s, longest-backoff: 1m}, "
      "price: {billing: busy-instance, gb-second: 0.1, vcpu-second: 0.2, request: 0.3, "
      "ready-gb-second: 0.4, ready-vcpu-second: 0.5, provisioned-gb-second: 0.6, "
      "storage-gb-second: 0.7, round: 100ms, least: 1s, start: false}");
  CHECK(f.reserved == 200);
  CHECK(f.concurrency == 200);
  CHECK(f.provisioned == 20);
  CHECK(f.most_instances() == 90);
  CHECK(f.scaling.burst == 3000);
  CHECK(f.scaling.refill == 500);
  CHECK(f.scaling.per == 60 * kSecond);
  CHECK(f.queue_timeout == 3 * kSecond);
  CHECK(f.keep_alive.mean() == Approx(600e9));
  CHECK(f.lifetime == 7200 * kSecond);
  CHECK(f.async.delays == std::vector<Time>{5 * kSecond});
  CHECK(f.async.longest_backoff == 60 * kSecond);
  CHECK(f.price.billing == PriceList::Billing::busy_instance);
  CHECK(f.price.provisioned_per_gb_second == 0.6);
  CHECK(f.price.round == 100 * kMillisecond);
  CHECK_FALSE(f.price.start_counts);
  CHECK(function("scaling: none").scaling.on() == false);
  CHECK(function("concurrency: 5000").account_concurrency == 5000);
}

TEST_CASE("a runtime starts as it usually does, by the memory", "[simulate][reader][function]") {
  const double usual = function("runtime: python, memory: 512MB").cold_start.mean();
  CHECK(usual == Approx(Distribution::lognormal_p50_p99(200e6, 600e6).mean()));
  CHECK(function("runtime: python, memory: 256MB").cold_start.mean() == Approx(2 * usual));
  CHECK(function("runtime: python, memory: 1769MB").cold_start.mean() ==
        Approx(usual * 512 / 1769));
  CHECK(function("runtime: python, memory: 10GB").cold_start.mean() == Approx(usual * 512 / 1769));
  CHECK(function("runtime: python, memory: 512MB, image: true").cold_start.mean() ==
        Approx(Distribution::lognormal_p50_p99(350e6, 1200e6).mean()));
  CHECK(function("runtime: java, cold-start: 1s").cold_start.mean() == Approx(1e9));
}

TEST_CASE("sources bring their numbers too", "[simulate][reader][function]") {
  CHECK(source("sqs").most == 1250);
  CHECK(source("sqs").lanes == 0);
  CHECK(source("{sqs: {start: 1000, max: 20}}").start == 20);
  CHECK(source("{kinesis: {shards: 4, parallelization: 3}}").lanes == 12);
  CHECK(source("{kafka: {partitions: 8}}").most == 8);
  CHECK(source("{kafka: {partitions: 8}}").start == 1);
  CHECK(source("{azure-queue: {}}").max_receive == 5);
  for (const SourcePreset& preset : source_presets()) {
    const std::string name(preset.name);
    CHECK(source(name).kind == name);
    CHECK((source(name).lanes > 0) == preset.ordered);
  }
}

TEST_CASE("a mistake about functions has its place and a way out", "[simulate][reader][function]") {
  CHECK(refused("platform: aws-lamda").find("1:37 ") == 0);
  CHECK(refused("platform: aws-lamda").find("did you mean `aws-lambda`?") != std::string::npos);
  CHECK(refused("concurency: 5") ==
        "1:27 function has no field `concurency` | did you mean `concurrency`?");
  CHECK(refused("concurrency: {reservd: 5}") ==
        "1:41 concurrency has no field `reservd` | did you mean `reserved`?");
  CHECK(refused("concurrency: 0").find("between 1 and") != std::string::npos);
  CHECK(refused("concurrency: {reserved: 5, provisioned: 6}").find("6 environments are kept") !=
        std::string::npos);
  CHECK(refused("memory: 64MB").find("gives a function 128 to 10240 MB, not 64") !=
        std::string::npos);
  CHECK(refused("memory: big").find("`big` is no size") != std::string::npos);
  CHECK(refused("plan: flex").find("aws-lambda has no plans") != std::string::npos);
  CHECK(refused("platform: azure-functions, plan: felx").find("did you mean `flex`?") !=
        std::string::npos);
  CHECK(refused("runtime: pyton").find("did you mean `python`?") != std::string::npos);
  CHECK(refused("image: true").find("name the runtime") != std::string::npos);
  CHECK(refused("scaling: {burst: 5, per: 0s}").find("`per` must be above 0") != std::string::npos);
  CHECK(refused("scaling: {refill: 5}").find("burst") != std::string::npos);
  CHECK(refused("scaling: {brust: 5}").find("did you mean `burst`?") != std::string::npos);
  CHECK(refused("on-full: {qeue: 1s}").find("queue") != std::string::npos);
  CHECK(refused("on-full: rejct").find("did you mean `reject`?") != std::string::npos);
  CHECK(refused("timeout: 16m").find("ends every invocation after 15m") != std::string::npos);
  CHECK(refused("timeout: 0s").find("must be above 0") != std::string::npos);
  CHECK(refused("cpu-time: 130%").find("cpu-time") != std::string::npos);
  CHECK(refused("async: {delays: [soon]}").find("`soon` is no duration") != std::string::npos);
  CHECK(refused("async: {retires: 1}").find("did you mean `retries`?") != std::string::npos);
  CHECK(refused("price: {gb-second: -1}").find("must not be negative") != std::string::npos);
  CHECK(refused("request-rate: -1").find("must not be negative") != std::string::npos);
}

TEST_CASE("a mistake about sources has its place and a way out", "[simulate][reader][function]") {
  CHECK(refused("", "source: sqz, ").find("did you mean `sqs`?") != std::string::npos);
  CHECK(refused("", "source: {sqs: {bach: 5}}, ").find("did you mean `batch`?") !=
        std::string::npos);
  CHECK(refused("", "source: {sqs: {batch: 0}}, ").find("between 1 and 10000") !=
        std::string::npos);
  CHECK(refused("", "source: {sqs: {shards: 5}}, ").find("keeps no order") != std::string::npos);
  CHECK(refused("", "source: {sqs: {bisect: true}}, ").find("nothing to halve") !=
        std::string::npos);
  CHECK(refused("", "source: {kinesis: {visibility: 5s}}, ").find("no field `visibility`") !=
        std::string::npos);
  CHECK(refused("", "source: {sqs: {visibility: 0s}}, ").find("must be above 0") !=
        std::string::npos);
  CHECK(refused("", "invoke: asinc, ").find("did you mean `async`?") != std::string::npos);
  std::vector<std::string> said;
  CHECK_FALSE(
      read("services: {f: {function: {}}}\nload: [{to: f, source: sqs, arrivals: {closed: "
           "{users: 2}}}]\n",
           said));
  REQUIRE(said.size() == 1);
  CHECK(said[0].find("a source has no users") != std::string::npos);
}

TEST_CASE("what only the whole scenario can show is refused with its place",
          "[simulate][reader][function]") {
  CHECK(unbuildable("services: {web: {endpoints: 1}}\nload: [{to: web, source: sqs, arrivals: "
                    "{poisson: 1/s}}]\n")
            .find("s.yaml:2:13: a source hands events to `web`, which is no function") == 0);
  CHECK(unbuildable("services: {web: {endpoints: 1}}\nload: [{to: web, invoke: async, arrivals: "
                    "{poisson: 1/s}}]\n")
            .find("s.yaml:2:13: `invoke: async` calls `web`, which is no function") == 0);
  CHECK(unbuildable(
            with("concurrency: {reserved: 950}", "", "functions: {account-concurrency: 1000}\n"))
            .find("s.yaml:1:") == 0);
  std::vector<std::string> said;
  const auto scenario = read(with("concurrency: {reserved: 950}"), said);
  REQUIRE(scenario);
  REQUIRE(scenario->assumptions.size() == 1);
  CHECK(scenario->assumptions[0].find("is 1050 here") != std::string::npos);
}

TEST_CASE("functions have expectations of their own", "[simulate][reader][function]") {
  CHECK(parse_expectation("cold-share <= 5%")->value == Approx(0.05));
  CHECK(parse_expectation("service f: event-age < 2m")->value == Approx(120));
  CHECK(parse_expectation("service f: dead-letters = 0")->subject == "f");
  CHECK(parse_expectation("during gone: throttled = 0").error().message ==
        "throttled is known for the whole run or a service");
  CHECK_FALSE(parse_expectation("zone a: cold-share < 5%"));
  // Two a second where one a second is dealt with: a minute later the backlog is half a minute old.
  std::vector<std::string> said;
  const auto scenario = read(
      "duration: 60s\nservices: {f: {function: {}, service-time: 1s}}\n"
      "load: [{to: f, source: {kinesis: {batch: 1, poll: 0s}}, arrivals: {constant: 2/s}}]\n"
      "expect: [event-age > 25s, 'service f: event-age < 35s', dead-letters = 0, throttled = 0]\n",
      said);
  REQUIRE(scenario);
  CHECK(answer_of(*world_of(*scenario)).passed());
}

TEST_CASE("the schema of scenarios knows what functions and sources have",
          "[simulate][reader][function]") {
  const auto text = real_files()->read(test::source_dir() + "/cli/schemas/scenario.json");
  REQUIRE(text);
  const auto definitions = nlohmann::json::parse(*text)["definitions"];
  const auto& f = definitions["function"]["properties"];
  const auto said_of = [&](const std::string& function, const std::string& load) {
    std::vector<std::string> said;
    read(with(function, load), said);
    std::string all;
    for (const std::string& line : said) all += line + "\n";
    return all;
  };
  // No property that the reader does not know, at any depth.
  for (const auto& [name, property] : f.items()) {
    INFO(name);
    CHECK(said_of(name + ": 1", "").find("has no field") == std::string::npos);
    if (!property.contains("properties")) continue;
    for (const auto& [inner, ignored] : property["properties"].items()) {
      CHECK(said_of(name + ": {" + inner + ": 1}", "").find("has no field") == std::string::npos);
    }
  }
  CHECK(f["runtime"]["enum"].size() == runtime_presets().size());
  for (const SourcePreset& preset : source_presets()) {
    const std::string name(preset.name);
    INFO(name);
    const auto& all = definitions["source"]["oneOf"][1]["properties"];
    REQUIRE(all.contains(name));
    const std::string own = preset.ordered ? "ordered-source" : "queue-source";
    CHECK(all[name]["$ref"] == "#/definitions/" + own);
    for (const auto& [field, ignored] : definitions[own]["properties"].items()) {
      INFO(field);
      CHECK(said_of("", "source: {" + name + ": {" + field + ": 1}}, ").find("no field") ==
            std::string::npos);
    }
  }
  CHECK(definitions["source"]["oneOf"][0]["enum"].size() == source_presets().size());
}

}  // namespace meshfn::simulate
