#pragma once

// Random streams that give the same numbers everywhere. The standard's distributions differ
// between libraries, so the generator and every variate are ours: xoshiro256** (Blackman and
// Vigna, 2018) seeded through SplitMix64, one named stream for each source, so that adding one
// source does not change another's draws.

#include <cstdint>
#include <string_view>

namespace meshfn {

/// SplitMix64: turns any 64-bit value into a well-mixed one; the recommended seeder of xoshiro.
constexpr std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

/// A stream of random bits. Copyable; a copy continues independently with the same numbers.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  /// The stream called `name` under `seed`; different names give independent streams.
  static Random stream(std::uint64_t seed, std::string_view name);

  /// 64 random bits.
  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

  /// Uniform in (0, 1]; safe to take a logarithm of.
  double uniform_positive() { return static_cast<double>((next() >> 11U) + 1) * 0x1.0p-53; }

  /// Uniform in 0 … bound-1 without bias worth speaking of (Lemire's multiply, bias < 2^-32 for
  /// the 32-bit bounds that the simulator uses). REQUIRES: bound > 0.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32U) * std::uint64_t{bound}) >> 32U);
  }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t x, unsigned k) {
    return (x << k) | (x >> (64U - k));
  }

  std::uint64_t state_[4];
};

}  // namespace meshfn
