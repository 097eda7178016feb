#include "simulate/expectation.h"

#include "catch.h"

namespace meshfn::simulate {

TEST_CASE("an expectation is scope, metric, comparison and value", "[simulate]") {
  const auto plain = parse_expectation("success-rate >= 99.9%");
  REQUIRE(plain);
  CHECK(plain->value == Approx(0.999));
  CHECK(plain->holds(0.9991));
  CHECK_FALSE(plain->holds(0.998));
  const auto during = parse_expectation("during zone-loss: p99 < 250ms");
  REQUIRE(during);
  CHECK(during->subject == "zone-loss");
  CHECK(during->value == Approx(0.25));
  CHECK(parse_expectation("service reviews: utilization <= 80%")->subject == "reviews");
  CHECK(parse_expectation("zone eu-west-1/a: p50 < 1ms")->subject == "eu-west-1/a");
  CHECK(parse_expectation("cost < $12.5")->value == Approx(12.5));
  CHECK(parse_expectation("rps > 100/s")->value == Approx(100));
}

TEST_CASE("a wrong expectation says what would be right", "[simulate]") {
  CHECK(parse_expectation("succes-rate > 99%").error().hint == "did you mean `success-rate`?");
  CHECK(parse_expectation("p99 250ms").error().message == "`p99 250ms` compares nothing");
  CHECK(parse_expectation("p99 < 250").error().message == "`250` is no value for p99");
  CHECK(parse_expectation("recovery-time < 5s").error().hint ==
        "write `during FAULT: recovery-time < 5s`");
  CHECK_FALSE(parse_expectation("during x: cost < 5"));
  CHECK_FALSE(parse_expectation("in x: p99 < 5s"));
}

TEST_CASE("every metric has a row in its place", "[simulate]") {
  for (const MetricRow& row : metrics()) CHECK(&row_of(row.metric) == &row);
}

TEST_CASE("figures are shown as people read them", "[simulate]") {
  CHECK(show(Metric::success_rate, 1) == "100.00 %");
  CHECK(show(Metric::success_rate, 0.999996) == "99.9996 %");
  CHECK(show(Metric::p99, 0.01234) == "12.3 ms");
  CHECK(show(Metric::p99, 1.5) == "1.5 s");
  CHECK(show(Metric::recovery_time, 1e300) == "never");
}

}  // namespace meshfn::simulate
