#pragma once

// Random durations. A Distribution is what the scenario says; `draw` gives the same nanoseconds on
// every platform for the same stream (own ziggurat, own logarithm). Exponential and normal variates
// take one 64-bit draw in 98.9 % of cases (Marsaglia and Tsang, "The Ziggurat Method", 2000).

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "simulate/time.h"

namespace meshfn::simulate {

/// Exponential with mean 1.
double standard_exponential(Random& random);

/// Normal with mean 0 and standard deviation 1.
double standard_normal(Random& random);

/// The law of a duration; all parameters in nanoseconds unless they are shapes.
struct Distribution {
  enum class Kind : std::uint8_t {
    constant,     ///< a
    uniform,      ///< between a and b
    exponential,  ///< mean a
    erlang,       ///< mean a, shape b (a whole number)
    normal,       ///< mean a, standard deviation b; negative draws count as 0
    lognormal,    ///< ln of the value is normal with mean a (ln nanoseconds) and deviation b
    weibull,      ///< scale a, shape b
    pareto,       ///< smallest value a, shape b
    empirical,    ///< one of `values`, each as likely as its weight
  };

  Kind kind = Kind::constant;
  double a = 0;
  double b = 0;
  std::vector<double> values;      ///< empirical only, nanoseconds
  std::vector<double> cumulative;  ///< empirical only: running sum of the weights, last is 1

  static Distribution constant(Time value);
  static Distribution exponential(double mean);
  static Distribution uniform(double low, double high);
  static Distribution erlang(double mean, unsigned shape);
  static Distribution normal(double mean, double deviation);
  static Distribution lognormal_p50_p99(double p50, double p99);
  static Distribution lognormal_mean_p99(double mean, double p99);
  static Distribution lognormal_p50_sigma(double p50, double sigma);
  static Distribution weibull(double scale, double shape);
  static Distribution weibull_mean(double mean, double shape);
  static Distribution pareto(double smallest, double shape);
  /// REQUIRES: as many weights as values, at least one, weights positive.
  static Distribution empirical(std::vector<double> values, const std::vector<double>& weights);

  /// The law of `factor` times the duration. REQUIRES: a factor above 0.
  Distribution scaled(double factor) const;

  bool is_constant() const { return kind == Kind::constant; }

  bool is_zero() const { return is_constant() && a <= 0; }

  /// Mean in nanoseconds; infinite (1e300) for a Pareto of shape 1 or less.
  double mean() const;

  /// One value in nanoseconds, at least 0.
  double draw(Random& random) const {
    switch (kind) {
      case Kind::constant:
        return a;
      case Kind::exponential:
        return a * standard_exponential(random);
      default:
        return draw_other(random);
    }
  }

 private:
  double draw_other(Random& random) const;
};

}  // namespace meshfn::simulate
