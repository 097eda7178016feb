// What a scenario says about clients and calls: read whole, refused with a place and a way out, and
// in step with the table of policies and with the schema.

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "catch.h"
#include "simulate/reading.h"
#include "simulate/support.h"
#include "support/paths.h"

namespace meshfn::simulate {

namespace {

std::string with(const std::string& service, const std::string& load = {}) {
  return "services: {web: {endpoints: 2, " + service + "}}\nload: [{to: web, " + load +
         "arrivals: {poisson: 10/s}}]\n";
}

Scenario good(const std::string& service, const std::string& load = {}) {
  std::vector<std::string> said;
  const auto scenario = read(with(service, load), said);
  INFO(service << load);
  CHECK(said == std::vector<std::string>());
  REQUIRE(scenario);
  return *scenario;
}

TrafficPolicy policy(const std::string& service) { return good(service).services[0].policy; }

std::string refused(const std::string& service, const std::string& load = {}) {
  std::vector<std::string> said;
  CHECK_FALSE(read(with(service, load), said));
  REQUIRE(said.size() == 1);
  return said[0];
}

}  // namespace

TEST_CASE("every policy is reachable by its name, with all its parameters", "[simulate][reader]") {
  for (const Policy* each : policies()) {
    const std::string name(each->name);
    CHECK(policy("balancer: " + name).balancer == each);
    std::string parameters;
    for (const Parameter& one : each->parameters) {
      std::string value = "2";
      if (one.kind == Parameter::Kind::boolean) value = "true";
      if (one.kind == Parameter::Kind::share) value = "50%";
      if (one.kind == Parameter::Kind::duration) value = "1s";
      if (one.kind == Parameter::Kind::whole && one.least > 2) value = "1024";
      if (one.name == "table-size") value = "1009";
      parameters += std::string(one.name) + ": " + value + ", ";
    }
    if (each->hashes) parameters += "key: {header: x-user}";
    CHECK(policy("balancer: {" + name + ": {" + parameters + "}}").balancer == each);
  }
  const TrafficPolicy ring = policy(
      "balancer: {ring-hash: {minimum-ring: 4096, balance-factor: 125, murmur: true, "
      "key: {cookie: user}}}");
  CHECK(ring.settings.minimum_ring == 4096);
  CHECK(ring.settings.hash_balance_factor == 125);
  CHECK(ring.settings.ring_hash == HashFunction::murmur_hash2);
  CHECK(ring.hash.source == HashKey::Source::cookie);
  CHECK(policy("balancer: {round-robin: {slow-start: 30s}}").settings.slow_start.window ==
        30 * kSecond);
}

TEST_CASE("blocks about clients are read whole", "[simulate][reader]") {
  const TrafficPolicy p = policy(
      "health-check: {interval: 5s, timeout: 500ms, unhealthy: 2, healthy: 1}, "
      "outlier: {consecutive-5xx: 3, most-ejected: 50%, success-rate: {requests: 20, deviations: "
      "1}, "
      "failure-share: {threshold: 60%}}, "
      "limits: {connections: 1, pending: 2, retry-share: 20%}, panic: 30%, "
      "failure-accrual: {failures: 3, jitter: 0%}, client-queue: {failfast: 1s}, "
      "retry-throttle: {tokens: 10}, retry-budget: {ratio: 10%}, connect-timeout: 1s");
  CHECK(p.health.interval == 5 * kSecond);
  CHECK(p.outlier.max_ejection_percent == 50);
  CHECK(p.outlier.success_rate.deviation_factor == 1000);
  CHECK(p.outlier.failure_percentage.threshold == 60);
  CHECK(p.breaker.max_pending == 2);
  CHECK(p.breaker.retry_budget_percent == 20);
  CHECK(p.panic_threshold == 30);
  CHECK(p.accrual.failures == 3);
  CHECK(p.queue.capacity == 100);
  CHECK(p.retry_throttle.max_tokens == 10);
  CHECK(p.retry_budget.ratio == Approx(0.1));
  CHECK(p.connect_timeout == kSecond);
  CHECK(policy("outlier: {}").panic_threshold == 0);
}

TEST_CASE("calls say how they are tried again", "[simulate][reader]") {
  const Scenario s = good("processors: 2, rate-limit: {requests: 100/s, burst: 5, shared: true}",
                          "retry: {retries: 3, on: [5xx, 429], style: grpc}, timeout: 2s, ");
  CHECK(s.services[0].workloads[0].processors == 2);
  CHECK(s.services[0].workloads[0].rate_limit.burst == 5);
  const RetryPolicy& retry = *s.load[0].call.policy.retry;
  CHECK(retry.retries == 3);
  CHECK(retry.on == (kRetry5xx | kRetryStatusCodes));
  CHECK(retry.backoff_rule == RetryPolicy::Backoff::grpc);
  CHECK(*s.load[0].call.policy.timeout == 2 * kSecond);
  const Scenario hedged = good("port: 80", "hedge: {after: 20ms}, ");
  CHECK(hedged.load[0].call.policy.retry->hedge);
  const Scenario steps = good("calls: [{need: 1, of: [web, web]}]");
  CHECK(steps.services[0].script[0].need == 1);
}

TEST_CASE("a wrong word about clients or calls has its place and a way out", "[simulate][reader]") {
  CHECK(refused("balancer: least-requst") ==
        "1:42 no balancer `least-requst` | did you mean `least-request`?");
  CHECK(refused("balancer: {maglev: {tabel-size: 7}}") ==
        "1:52 balancer `maglev` has no field `tabel-size` | did you mean `table-size`?");
  CHECK(refused("balancer: {maglev: {table-size: 8}}").find("must be a prime") !=
        std::string::npos);
  CHECK(refused("balancer: {ring-hash: {minimum-ring: 9, maximum-ring: 3}}")
            .find("`minimum-ring` must not be above") != std::string::npos);
  CHECK(refused("balancer: {ring-hash: {balance-factor: 50}}").find("between 100 and") !=
        std::string::npos);
  CHECK(refused("balancer: {ring-hash: {key: {hedaer: x}}}").find("did you mean `header`?") !=
        std::string::npos);
  CHECK(refused("health-check: {intervall: 1s}").find("did you mean `interval`?") !=
        std::string::npos);
  CHECK(refused("failure-accrual: {min-penalty: 5s, max-penalty: 1s}").find("must not be below") !=
        std::string::npos);
  CHECK(refused("calls: [{need: 3, of: [web]}]").find("`need` must be between 1 and 1") !=
        std::string::npos);
  CHECK(refused("rate-limit: {requests: 5}").find("`5` is no rate") != std::string::npos);
  CHECK(refused("processors: 0").find("must be above 0") != std::string::npos);
  CHECK(refused("port: 80", "retry: {on: [5x]}, ").find("did you mean `5xx`?") !=
        std::string::npos);
  CHECK(refused("port: 80", "hedge: {after: 1ms}, retry: {}, ").find("either") !=
        std::string::npos);
}

TEST_CASE("the schema of scenarios knows every policy and parameter", "[simulate][reader]") {
  const auto text = real_files()->read(test::source_dir() + "/cli/schemas/scenario.json");
  REQUIRE(text);
  const auto schema = nlohmann::json::parse(*text)["definitions"]["balancer"]["oneOf"];
  const auto& names = schema[0]["enum"];
  const auto& rows = schema[1]["properties"];
  CHECK(names.size() == policies().size());
  CHECK(rows.size() == policies().size());
  for (const Policy* each : policies()) {
    INFO(each->name);
    CHECK(std::find(names.begin(), names.end(), std::string(each->name)) != names.end());
    const auto& row = rows[std::string(each->name)]["properties"];
    CHECK(row.size() == each->parameters.size() + (each->hashes ? 1 : 0));
    for (const Parameter& one : each->parameters) CHECK(row.contains(std::string(one.name)));
  }
}

}  // namespace meshfn::simulate
