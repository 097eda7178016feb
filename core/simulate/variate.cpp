#include "simulate/variate.h"

#include <algorithm>
#include <array>

#include "simulate/arithmetic.h"

namespace meshfn::simulate {

namespace {

constexpr int kLayers = 256;
constexpr double kP99Deviations = 2.3263478740408408;  // the 99 % point of the standard normal

/// Layers of equal area under a falling density: x[i] is the right edge of layer i, y[i] the
/// density there; layer 0 is the base with the tail.
struct Ziggurat {
  std::array<double, kLayers + 1> x{};
  std::array<double, kLayers + 1> y{};
};

constexpr double exponential_density(double x) { return exponential_of(-x); }

constexpr double exponential_inverse(double y) { return -natural_log(y); }

constexpr double normal_density(double x) { return exponential_of(-0.5 * x * x); }

constexpr double normal_inverse(double y) { return square_root(-2 * natural_log(y)); }

/// `tail` is where the base layer ends and `area` what each layer covers.
constexpr Ziggurat build(double tail, double area, double (*density)(double),
                         double (*inverse)(double)) {
  Ziggurat z;
  z.x[0] = area / density(tail);
  z.x[1] = tail;
  for (int i = 2; i < kLayers; ++i) {
    const auto k = static_cast<std::size_t>(i);
    z.x[k] = inverse(area / z.x[k - 1] + density(z.x[k - 1]));
  }
  z.x[kLayers] = 0;
  for (std::size_t i = 0; i <= kLayers; ++i) z.y[i] = density(z.x[i]);
  return z;
}

constexpr double kExponentialTail = 7.69711747013104972;
constexpr double kNormalTail = 3.6541528853610088;
constexpr Ziggurat kExponential =
    build(kExponentialTail, 0.0039496598225815571993, exponential_density, exponential_inverse);
constexpr Ziggurat kNormal = build(kNormalTail, 0.00492867323399, normal_density, normal_inverse);

/// Beyond the base of the normal ziggurat (Marsaglia 1964).
double normal_tail(Random& random) {
  for (;;) {
    const double x = standard_exponential(random) / kNormalTail;
    const double y = standard_exponential(random);
    if (2 * y >= x * x) return kNormalTail + x;
  }
}

}  // namespace

double standard_exponential(Random& random) {
  for (double offset = 0;; offset += kExponentialTail) {
    for (;;) {
      const std::uint64_t bits = random.next();
      const std::size_t layer = bits & (kLayers - 1);
      const double x = static_cast<double>(bits >> 11U) * 0x1.0p-53 * kExponential.x[layer];
      if (x < kExponential.x[layer + 1]) return offset + x;
      if (layer == 0) break;  // the tail of an exponential is the exponential, further right
      const double height = kExponential.y[layer] +
                            random.uniform() * (kExponential.y[layer + 1] - kExponential.y[layer]);
      if (height < exponential_density(x)) return offset + x;
    }
  }
}

double standard_normal(Random& random) {
  for (;;) {
    const std::uint64_t bits = random.next();
    const std::size_t layer = bits & (kLayers - 1);
    const double sign = (bits & 256U) != 0 ? -1 : 1;
    const double x = static_cast<double>(bits >> 11U) * 0x1.0p-53 * kNormal.x[layer];
    if (x < kNormal.x[layer + 1]) return sign * x;
    if (layer == 0) return sign * normal_tail(random);
    const double height =
        kNormal.y[layer] + random.uniform() * (kNormal.y[layer + 1] - kNormal.y[layer]);
    if (height < normal_density(x)) return sign * x;
  }
}

Distribution Distribution::constant(Time value) {
  return {Kind::constant, static_cast<double>(value), 0, {}, {}};
}

Distribution Distribution::exponential(double mean) { return {Kind::exponential, mean, 0, {}, {}}; }

Distribution Distribution::uniform(double low, double high) {
  return {Kind::uniform, low, high, {}, {}};
}

Distribution Distribution::erlang(double mean, unsigned shape) {
  return {Kind::erlang, mean, static_cast<double>(shape), {}, {}};
}

Distribution Distribution::normal(double mean, double deviation) {
  return {Kind::normal, mean, deviation, {}, {}};
}

Distribution Distribution::lognormal_p50_p99(double p50, double p99) {
  return lognormal_p50_sigma(p50, natural_log(p99 / p50) / kP99Deviations);
}

Distribution Distribution::lognormal_p50_sigma(double p50, double sigma) {
  return {Kind::lognormal, natural_log(p50), sigma, {}, {}};
}

Distribution Distribution::lognormal_mean_p99(double mean, double p99) {
  // ln mean = m + s^2/2 and ln p99 = m + z s; the smaller root is the one with a finite tail.
  const double z = kP99Deviations;
  const double sigma = z - square_root(std::max(0.0, z * z - 2 * natural_log(p99 / mean)));
  return {Kind::lognormal, natural_log(mean) - sigma * sigma / 2, sigma, {}, {}};
}

Distribution Distribution::weibull(double scale, double shape) {
  return {Kind::weibull, scale, shape, {}, {}};
}

Distribution Distribution::pareto(double smallest, double shape) {
  return {Kind::pareto, smallest, shape, {}, {}};
}

Distribution Distribution::empirical(std::vector<double> values,
                                     const std::vector<double>& weights) {
  Distribution d{Kind::empirical, 0, 0, std::move(values), {}};
  double total = 0;
  for (const double w : weights) total += w;
  double sum = 0;
  for (const double w : weights) d.cumulative.push_back((sum += w) / total);
  d.cumulative.back() = 1;
  return d;
}

namespace {

/// Gamma function for x >= 1 (Lanczos, g = 7, nine terms): for the mean of a Weibull.
double gamma_function(double x) {
  constexpr double kTerms[] = {0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
                               771.32342877765313,   -176.61502916214059,   12.507343278686905,
                               -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
  const double z = x - 1;
  double sum = kTerms[0];
  for (int i = 1; i < 9; ++i) sum += kTerms[i] / (z + i);
  const double t = z + 7.5;
  return 2.50662827463100050242 * power(t, z + 0.5) * exponential_of(-t) * sum;
}

}  // namespace

Distribution Distribution::weibull_mean(double mean, double shape) {
  return weibull(mean / gamma_function(1 + 1 / shape), shape);
}

Distribution Distribution::scaled(double factor) const {
  Distribution out = *this;
  switch (kind) {
    case Kind::uniform:
    case Kind::normal:
      out.b *= factor;
      [[fallthrough]];
    case Kind::constant:
    case Kind::exponential:
    case Kind::erlang:
    case Kind::weibull:
    case Kind::pareto:
      out.a *= factor;
      break;
    case Kind::lognormal:
      out.a += natural_log(factor);
      break;
    case Kind::empirical:
      for (double& value : out.values) value *= factor;
      break;
  }
  return out;
}

double Distribution::mean() const {
  switch (kind) {
    case Kind::constant:
    case Kind::exponential:
    case Kind::erlang:
    case Kind::normal:
      return a;
    case Kind::uniform:
      return (a + b) / 2;
    case Kind::lognormal:
      return exponential_of(a + b * b / 2);
    case Kind::weibull:
      return a * gamma_function(1 + 1 / b);
    case Kind::pareto:
      return b > 1 ? a * b / (b - 1) : 1e300;
    case Kind::empirical:
      break;
  }
  double sum = 0;
  double before = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i] * (cumulative[i] - before);
    before = cumulative[i];
  }
  return sum;
}

double Distribution::draw_other(Random& random) const {
  switch (kind) {
    case Kind::constant:
      return a;
    case Kind::exponential:
      return a * standard_exponential(random);
    case Kind::uniform:
      return a + (b - a) * random.uniform();
    case Kind::erlang: {
      double sum = 0;
      for (int i = 0; i < static_cast<int>(b); ++i) sum += standard_exponential(random);
      return a * sum / b;
    }
    case Kind::normal:
      return std::max(0.0, a + b * standard_normal(random));
    case Kind::lognormal:
      return exponential_of(a + b * standard_normal(random));
    case Kind::weibull:
      return a * power(std::max(standard_exponential(random), 1e-300), 1 / b);
    case Kind::pareto:
      return a * exponential_of(standard_exponential(random) / b);
    case Kind::empirical: {
      const auto at = std::upper_bound(cumulative.begin(), cumulative.end(), random.uniform());
      const auto index = static_cast<std::size_t>(at - cumulative.begin());
      return values[std::min(index, values.size() - 1)];
    }
  }
  return a;
}

}  // namespace meshfn::simulate
