#pragma once

// Logarithm, exponential and sine from the four operations alone. The C library's versions differ
// in the last bit between implementations, and one bit is enough to send a simulated request to
// another endpoint; these give the same bits everywhere (this room is compiled with
// -ffp-contract=off, so that no fused multiply-add sneaks in). Relative error below 4e-16.

#include <bit>
#include <cstdint>

namespace meshfn::simulate {

inline constexpr double kLn2 = 0.693147180559945309417;

namespace arithmetic_detail {
// ln 2 in two parts; the high part has 21 trailing zero bits, so that k * high is exact.
inline constexpr double kLn2High = 6.93147180369123816490e-01;
inline constexpr double kLn2Low = 1.90821492927058770002e-10;

/// 2^k for |k| < 1023.
constexpr double power_of_two(int k) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + k) << 52U);
}
}  // namespace arithmetic_detail

/// Natural logarithm. REQUIRES: x is positive and normal.
constexpr double natural_log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52U) - 1023;
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFULL) | 0x3FF0000000000000ULL);
  if (m > 1.41421356237309504880) {
    m *= 0.5;
    ++exponent;
  }
  // ln m = 2 artanh s; |s| < 0.172, so eleven terms of the odd series reach the last bit.
  const double s = (m - 1) / (m + 1);
  const double z = s * s;
  double sum = 0;
  for (int n = 23; n >= 3; n -= 2) sum = (sum + 1.0 / n) * z;
  const double k = exponent;
  return k * arithmetic_detail::kLn2High + (2 * s + (2 * s * sum + k * arithmetic_detail::kLn2Low));
}

/// e^x; 0 below -700 and e^700 above 700, far outside what a scenario can mean.
constexpr double exponential_of(double x) {
  if (x < -700) return 0;
  if (x > 700) x = 700;
  const double scaled = x * (1 / kLn2);
  const int k = static_cast<int>(scaled + (scaled < 0 ? -0.5 : 0.5));
  const double r = (x - k * arithmetic_detail::kLn2High) - k * arithmetic_detail::kLn2Low;
  // Taylor on |r| <= 0.347: the 14th term is below 1e-17.
  constexpr double kInverse[] = {1.0,     1.0 / 2, 1.0 / 3,  1.0 / 4,  1.0 / 5,  1.0 / 6, 1.0 / 7,
                                 1.0 / 8, 1.0 / 9, 1.0 / 10, 1.0 / 11, 1.0 / 12, 1.0 / 13};
  double sum = 1;
  for (int n = 12; n >= 0; --n) sum = 1 + r * kInverse[n] * sum;
  return sum * arithmetic_detail::power_of_two(k);
}

/// x to the power y. REQUIRES: x > 0.
constexpr double power(double x, double y) { return exponential_of(y * natural_log(x)); }

/// Sine of a whole turn: sin(2 pi turns).
constexpr double sine_of_turns(double turns) {
  double t = turns - static_cast<double>(static_cast<std::int64_t>(turns));
  if (t > 0.5) t -= 1;
  if (t < -0.5) t += 1;
  if (t > 0.25) t = 0.5 - t;
  if (t < -0.25) t = -0.5 - t;
  const double x = t * 6.28318530717958647692;
  double sum = 1;
  for (int n = 19; n >= 3; n -= 2) sum = 1 - x * x / (n * (n - 1)) * sum;
  return x * sum;
}

/// Square root by Newton's method (the hardware's is exact too, but not constexpr).
/// REQUIRES: x >= 0.
constexpr double square_root(double x) {
  if (!(x > 0)) return 0;
  double guess = exponential_of(0.5 * natural_log(x));
  for (int i = 0; i < 3; ++i) guess = 0.5 * (guess + x / guess);
  return guess;
}

}  // namespace meshfn::simulate
