// Queueing theory and published tables against the simulator. Each row of the shared table becomes
// ten runs with fixed seeds; what is expected has to lie within their 99 % confidence interval.

#include "simulate/theory.h"

#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <map>

#include "catch.h"
#include "simulate/parallel.h"

namespace meshfn::simulate {

namespace {

/// The check of a row; nothing when no model of ours fits.
std::optional<Check> check_of(const Json& row) {
  const std::string model = row["model"];
  for (const auto* models :
       {&queue_models(), &balancer_models(), &call_models(), &function_models()}) {
    for (const Model& one : *models) {
      if (model.starts_with(one.prefix)) {
        return one.make(row["params"], row["metric"], row["expected"]);
      }
    }
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("published tables hold within their confidence intervals", "[simulate][theory]") {
  const auto text = shared_file("sim/tables.json");
  if (!text) return;
  std::map<std::string, int> passed_over;
  std::vector<Check> checks;
  std::vector<std::string> labels;
  const Json table = Json::parse(*text);
  for (const Json& row : table["rows"]) {
    const std::string model = row["model"];
    if (auto check = check_of(row)) {
      checks.push_back(std::move(*check));
      labels.push_back(
          fmt::format("{} {} {}", model, row["params"].dump(), row["metric"].get<std::string>()));
    } else {
      ++passed_over[model];
    }
  }
  std::vector<std::string> missed(checks.size());
  for_each_index(checks.size(), 2, [&](std::size_t i) { missed[i] = misses(checks[i]); });
  const auto tried = static_cast<int>(checks.size());
  int held = 0;
  for (std::size_t i = 0; i < missed.size(); ++i) {
    held += missed[i].empty() ? 1 : 0;
    if (!missed[i].empty()) std::cout << labels[i] << ": " << missed[i] << "\n";
  }
  std::cout << fmt::format("tables: {} of {} rows hold; {} rows are of other models\n", held, tried,
                           table["rows"].size() - checks.size());
  for (const auto& [model, count] : passed_over)
    std::cout << "  not simulated: " << model << " x" << count << "\n";
  // At 99 % confidence one row in a hundred may be out by chance.
  CHECK(held >= tried - std::max(1, tried / 50));
}

TEST_CASE("M/M/1 agrees with theory", "[simulate][theory]") {
  Check check{station(1, 1, 0.7),
              {mean_sojourn, quantile(0.5), quantile(0.99)},
              {1 / 0.3, -std::log(0.5) / 0.3, -std::log(0.01) / 0.3}};
  set_length(check.scenario, 0.7);
  CHECK(misses(check).empty());
}

TEST_CASE("M/M/c agrees with Erlang C", "[simulate][theory]") {
  // c = 3, a = 2: B = 4/19, C = 4/9, Wq = 4/9.
  Check check{station(1, 3, 2), {mean_sojourn}, {1 + 4.0 / 9}};
  set_length(check.scenario, 2);
  CHECK(misses(check).empty());
}

}  // namespace meshfn::simulate
