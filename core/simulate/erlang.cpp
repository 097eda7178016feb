#include "simulate/erlang.h"

#include <cmath>
#include <limits>

namespace meshfn::simulate {

namespace {

constexpr double kEndless = 1e300;

/// E[X²] / E[X]² - 1 of a list of weighted values.
double variation_of(const std::vector<double>& values, const std::vector<double>& cumulative) {
  double mean = 0;
  double square = 0;
  double before = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double weight = cumulative[i] - before;
    before = cumulative[i];
    mean += weight * values[i];
    square += weight * values[i] * values[i];
  }
  return mean > 0 ? square / (mean * mean) - 1 : 0;
}

}  // namespace

double erlang_b(double load, std::uint32_t servers) {
  double b = 1;
  for (std::uint32_t k = 1; k <= servers; ++k) b = load * b / (k + load * b);
  return b;
}

double erlang_c(double load, std::uint32_t servers) {
  if (load >= servers) return 1;
  const double b = erlang_b(load, servers);
  return servers * b / (servers - load * (1 - b));
}

double mean_wait(double load, std::uint32_t servers, double service, double scv) {
  if (load >= servers) return std::numeric_limits<double>::infinity();
  return erlang_c(load, servers) * service / (servers - load) * (1 + scv) / 2;
}

FiniteQueue finite_queue(double load, std::uint32_t servers, std::uint32_t queue, double service) {
  // Shares relative to those of n = servers, which holds at any load without overflow.
  const double b = erlang_b(load, servers);
  if (b <= 0) return {};
  const double below = 1 / b;  // sum of p_0 … p_c over p_c
  const double r = load / servers;
  double full = 1;
  double waiting = 0;
  double all = below;
  for (std::uint32_t k = 1; k <= queue; ++k) {
    full *= r;
    all += full;
    waiting += k * full;
    if (r < 1 && full < 1e-18) break;
    if (full > 1e200) {
      full *= 1e-200;
      all *= 1e-200;
      waiting *= 1e-200;
    }
  }
  FiniteQueue out;
  out.lost = full / all;
  const double through = load / service * (1 - out.lost);
  if (through > 0) out.wait = waiting / all / through;
  return out;
}

namespace {

/// The number in a station that works at min(n, processors), relative to that of n = whole
/// processors.
struct SharedNumber {
  double mean = 0;
  double above = 0;  ///< probability of as many as there are whole processors, or more
};

/// REQUIRES: 0 < load < processors.
SharedNumber shared_number(double load, double processors) {
  const double whole = std::floor(processors);
  double sum = 1;
  double mean = whole;
  double one = 1;
  for (double n = whole; n > 0; --n) {
    one *= n / load;
    sum += one;
    mean += one * (n - 1);
  }
  const double r = load / processors;
  const double tail = r / (1 - r);
  sum += tail;
  mean += tail * (whole + 1 / (1 - r));
  return {mean / sum, (1 + tail) / sum};
}

}  // namespace

double shared_wait(double load, double processors, double service) {
  if (load >= processors) return std::numeric_limits<double>::infinity();
  if (load <= 0) return 0;
  return (shared_number(load, processors).mean / load - 1) * service;
}

double shared_waits(double load, double processors) {
  if (load >= processors) return 1;
  return load <= 0 ? 0 : shared_number(load, processors).above;
}

double squared_variation(const Distribution& law) {
  switch (law.kind) {
    case Distribution::Kind::constant:
      return 0;
    case Distribution::Kind::exponential:
      return 1;
    case Distribution::Kind::uniform: {
      const double spread = law.b - law.a;
      return law.mean() > 0 ? spread * spread / 12 / (law.mean() * law.mean()) : 0;
    }
    case Distribution::Kind::erlang:
      return 1 / law.b;
    case Distribution::Kind::normal:
      return law.a > 0 ? law.b * law.b / (law.a * law.a) : 0;
    case Distribution::Kind::lognormal:
      return std::expm1(law.b * law.b);
    case Distribution::Kind::weibull: {
      const double first = std::tgamma(1 + 1 / law.b);
      return std::tgamma(1 + 2 / law.b) / (first * first) - 1;
    }
    case Distribution::Kind::pareto:
      return law.b > 2 ? 1 / (law.b * (law.b - 2)) : kEndless;
    case Distribution::Kind::empirical:
      return variation_of(law.values, law.cumulative);
  }
  return 1;
}

}  // namespace meshfn::simulate
