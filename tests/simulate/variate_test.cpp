#include "simulate/variate.h"

#include <cmath>

#include "catch.h"
#include "simulate/arithmetic.h"
#include "simulate/histogram.h"

namespace meshfn::simulate {

namespace {

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments moments(const Distribution& law, int n = 400'000) {
  Random random(7);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = law.draw(random);
    sum += x;
    squares += x * x;
  }
  const double mean = sum / n;
  return {mean, std::sqrt(squares / n - mean * mean)};
}

}  // namespace

TEST_CASE("own arithmetic agrees with the library's", "[simulate]") {
  for (const double x : {1e-300, 1e-9, 0.1, 0.5, 0.999999, 1.0, 1.5, 2.0, 10.0, 1e10, 1e300}) {
    CHECK(natural_log(x) == Approx(std::log(x)).epsilon(1e-15).margin(1e-16));
  }
  for (const double x : {-600.0, -20.0, -1.0, -0.1, 0.0, 1e-9, 0.3, 1.0, 42.0, 600.0}) {
    CHECK(exponential_of(x) == Approx(std::exp(x)).epsilon(1e-15));
  }
  for (const double t : {-0.9, -0.3, 0.0, 0.1, 0.25, 0.4, 0.5, 0.7, 3.3}) {
    CHECK(sine_of_turns(t) == Approx(std::sin(t * 2 * M_PI)).margin(1e-14));
  }
  CHECK(square_root(2) == Approx(std::sqrt(2.0)).epsilon(1e-15));
}

TEST_CASE("variates have the moments of their law", "[simulate]") {
  CHECK(moments(Distribution::exponential(100)).mean == Approx(100).epsilon(0.01));
  CHECK(moments(Distribution::exponential(100)).deviation == Approx(100).epsilon(0.01));
  CHECK(moments(Distribution::normal(100, 20)).mean == Approx(100).epsilon(0.005));
  CHECK(moments(Distribution::normal(100, 20)).deviation == Approx(20).epsilon(0.01));
  CHECK(moments(Distribution::uniform(10, 30)).deviation ==
        Approx(20 / std::sqrt(12)).epsilon(0.01));
  CHECK(moments(Distribution::erlang(100, 4)).deviation == Approx(50).epsilon(0.01));
  for (const Distribution& law :
       {Distribution::lognormal_p50_p99(100, 300), Distribution::weibull(100, 1.5),
        Distribution::weibull_mean(80, 0.8), Distribution::pareto(10, 3),
        Distribution::lognormal_mean_p99(100, 400)}) {
    CHECK(moments(law).mean == Approx(law.mean()).epsilon(0.02));
  }
  CHECK(Distribution::lognormal_mean_p99(100, 400).mean() == Approx(100).epsilon(1e-9));
  CHECK(Distribution::weibull_mean(80, 0.8).mean() == Approx(80).epsilon(1e-9));
}

TEST_CASE("an empirical law gives its values by weight", "[simulate]") {
  const Distribution law = Distribution::empirical({10, 20}, {1, 3});
  CHECK(law.mean() == Approx(17.5));
  CHECK(moments(law).mean == Approx(17.5).epsilon(0.01));
}

TEST_CASE("draws are the same everywhere", "[simulate]") {
  // Any change here changes every result that users have recorded.
  Random random = Random::stream(42, "endpoint/reviews-1");
  CHECK(from_nanos(Distribution::exponential(1e9).draw(random)) == from_nanos(1e9 * [] {
          Random again = Random::stream(42, "endpoint/reviews-1");
          return standard_exponential(again);
        }()));
  Random a(1);
  Random b(1);
  for (int i = 0; i < 1000; ++i) CHECK(standard_normal(a) == standard_normal(b));
}

TEST_CASE("a histogram is off by at most half a percent and merges exactly", "[simulate]") {
  Histogram all;
  Histogram left;
  Histogram right;
  Random random(3);
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) {
    const Time v = from_nanos(Distribution::lognormal_p50_p99(5e6, 9e7).draw(random));
    values.push_back(static_cast<double>(v));
    all.record(v);
    (i % 3 == 0 ? left : right).record(v);
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = values[static_cast<std::size_t>(q * static_cast<double>(values.size()))];
    CHECK(all.quantile(q) == Approx(exact).epsilon(q > 0.99 ? 0.02 : 0.006));
  }
  left.merge(right);
  CHECK(left.count() == all.count());
  CHECK(left.mean() == all.mean());
  CHECK(left.quantile(0.99) == all.quantile(0.99));
  CHECK(left.max() == all.max());
}

}  // namespace meshfn::simulate
