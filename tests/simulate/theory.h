#pragma once

// The rows of the shared table of queueing theory as simulations: each model of the table makes a
// scenario and says which of its figures should be what.

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "simulate/support.h"

namespace meshfn::simulate {

using Json = nlohmann::json;

constexpr int kRuns = 10;
constexpr double kStudent99 = 3.2498;  ///< two-sided, 9 degrees of freedom
constexpr double kRequests = 80'000;   ///< of one row, over all runs

using Figure = std::function<double(const World&, const Recording&)>;

/// What one run is asked for, and what it should be.
struct Check {
  Scenario scenario;
  std::vector<Figure> figures;
  std::vector<double> expected;
  double tolerance = 0;  ///< relative; of values that are themselves simulated
};

// Figures of one run; times in seconds (theory_checks.cpp).
double mean_sojourn(const World& world, const Recording& record);
Figure quantile(double q);
double failure_share(const World& world, const Recording& record);
double attempts_per_request(const World& world, const Recording& record);
/// Little's law: slots held on average.
double mean_busy(const World& world, const Recording& record);
double mean_in_system(const World& world, const Recording& record);
/// US dollars a million executions of the only function cost.
double cost_of_a_million(const World& world, const Recording& record);

/// Sets the length so that all runs together count about kRequests times `weight`. Slow builds
/// count fewer, which only widens the interval; a shorter warm-up would show queues that are still
/// filling.
void set_length(Scenario& scenario, double rate, double weight = 1);
/// Queues with high load need longer runs: the relaxation time is that of 1/(1 - sqrt(rho))^2.
double weight_of(double rho);
/// Adds the figure that a metric of the table means.
void expect(Check& check, const std::string& metric, double expected);
/// The expected values that lie outside the confidence interval of their figures, for a person;
/// empty when all hold.
std::string misses(const Check& check);

/// Service `name` that does nothing but call: `script` holds the calls.
ServiceSpec calling(const std::string& name, std::vector<Step> script);
Call call_to(const std::string& name);
Route retried(const std::string& name, std::uint32_t retries);

using Params = const Json&;
using MetricName = const std::string&;

/// A model of the table by the start of its name; no check when a row takes too long to simulate.
struct Model {
  std::string_view prefix;
  std::optional<Check> (*make)(Params, MetricName, const Json& expected);
};

const std::vector<Model>& queue_models();     // theory_queues.cpp
const std::vector<Model>& balancer_models();  // theory_balancers.cpp
const std::vector<Model>& call_models();      // theory_calls.cpp
const std::vector<Model>& function_models();  // theory_functions.cpp

}  // namespace meshfn::simulate
