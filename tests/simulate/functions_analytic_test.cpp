// Functions and events in the estimates without events: batches of mean size, and calls that nobody
// waits for.

#include "catch.h"
#include "simulate/analytic.h"
#include "simulate/function_presets.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

SourceSpec source_of(std::string_view name) {
  for (const SourcePreset& preset : source_presets()) {
    if (preset.name == name) return preset.spec;
  }
  FAIL("no source " << name);
  return {};
}

/// Batches per second that reach the function: as estimated, and as simulated.
std::pair<double, double> batches(const SourceSpec& source) {
  Scenario scenario = station(1, 1, 100);
  scenario.services[0].function = spec_of(*find_preset("aws-lambda", ""));
  scenario.services[0].workloads[0].service_time = Distribution::constant(10 * kMillisecond);
  scenario.load[0].source = source;
  scenario.duration = 400 * kSecond;
  const auto world = world_of(scenario);
  const Recording record = run(*world, 1);
  return {analyse(*world).stations[0].rate,
          static_cast<double>(record.functions[0].batches) / to_seconds(scenario.duration)};
}

}  // namespace

TEST_CASE("estimates count a source's batches, not its messages",
          "[simulate][function][analytic]") {
  SourceSpec sqs = source_of("sqs");
  const auto [single, seen_single] = batches(sqs);
  CHECK(single == Approx(100));
  CHECK(seen_single == Approx(100).epsilon(0.02));
  sqs.batch = 10;
  sqs.window = 20 * kMillisecond;
  const auto [some, seen_some] = batches(sqs);
  CHECK(some == Approx(100 / 3.0));
  CHECK(seen_some == Approx(100 / 3.0).epsilon(0.02));
  sqs.window = kSecond;
  const auto [full, seen_full] = batches(sqs);
  CHECK(full == Approx(10));
  CHECK(seen_full == Approx(10).epsilon(0.02));
}

TEST_CASE("nobody waits for an asynchronous call in the estimates",
          "[simulate][function][analytic]") {
  Scenario scenario = station(1, 10, 5);
  scenario.services[0].workloads[0].service_time = Distribution::constant(5 * kMillisecond);
  ServiceSpec mail = scenario.services[0];
  mail.name = mail.workloads[0].name = "mail";
  mail.function = spec_of(*find_preset("aws-lambda", ""));
  mail.workloads[0].service_time = Distribution::constant(200 * kMillisecond);
  Call call;
  call.to = "mail";
  scenario.services.push_back(mail);
  const auto held = [&](bool async) {
    call.async = async;
    scenario.services[0].script = {Step{call}};
    return analyse(*world_of(scenario)).stations[0].held;
  };
  CHECK(held(false) == Approx(205));
  CHECK(held(true) == Approx(5));
}

}  // namespace meshfn::simulate
