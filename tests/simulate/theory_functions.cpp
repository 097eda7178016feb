// Functions: cold starts, concurrency, price.

#include "simulate/function_presets.h"
#include "simulate/theory.h"

namespace meshfn::simulate {

namespace {

std::optional<Check> cold_start(Params p, MetricName, const Json& expected) {
  Check check{station(1, 1, p["lam"]), {}, {}};
  FunctionSpec function = spec_of(*find_preset("aws-lambda", ""));
  function.keep_alive = Distribution::constant(from_seconds(p["keep_alive_s"]));
  check.scenario.services[0].function = function;
  check.scenario.services[0].workloads[0].service_time = Distribution::constant(kMicrosecond);
  set_length(check.scenario, p["lam"]);
  check.figures.push_back([](const World&, const Recording& r) {
    return static_cast<double>(r.functions[0].cold_starts) /
           static_cast<double>(r.endpoints[0].requests);
  });
  check.expected.push_back(expected);
  return check;
}

std::optional<Check> function_concurrency(Params p, MetricName, const Json& expected) {
  Check check{station(1, 1, p["lam"]), {}, {}};
  FunctionSpec function = spec_of(*find_preset("aws-lambda", ""));
  function.concurrency = 100'000;
  function.timeout = 0;
  check.scenario.services[0].function = function;
  check.scenario.services[0].workloads[0].service_time =
      Distribution::exponential(p["duration_s"].get<double>() * 1e9);
  set_length(check.scenario, p["lam"]);
  check.figures.push_back(mean_busy);
  check.expected.push_back(expected);
  return check;
}

std::optional<Check> lambda_cost(Params p, MetricName, const Json& expected) {
  const double executions = p["invocations"];
  Check check{station(1, 1, 100), {}, {expected}};
  FunctionSpec function = spec_of(*find_preset("aws-lambda", ""));
  function.memory_mb = p["memory_mb"];
  function.timeout = 0;
  check.scenario.services[0].function = function;
  check.scenario.services[0].workloads[0].service_time =
      Distribution::constant(from_seconds(p["duration_ms"].get<double>() / 1e3));
  set_length(check.scenario, 100, 0.2);
  check.figures.push_back([=](const World& w, const Recording& r) {
    return cost_of_a_million(w, r) * executions / 1e6;
  });
  return check;
}

}  // namespace

const std::vector<Model>& function_models() {
  static const std::vector<Model> models = {
      {"cold start", cold_start},
      {"function concurrency", function_concurrency},
      {"AWS Lambda cost", lambda_cost},
  };
  return models;
}

}  // namespace meshfn::simulate
