#pragma once

// gRPC's schedule for weighted_round_robin: every host has its turn in each round and takes or
// skips it, so that a host of weight w out of 65535 is picked in w of 65535 rounds, spread evenly.

#include <cstdint>
#include <span>
#include <vector>

namespace meshfn::simulate {

class StaticStride {
 public:
  StaticStride() = default;

  /// Weights of 0 are unknown and take the mean; with fewer than two known ones, or all equal,
  /// every host gets every turn.
  explicit StaticStride(std::span<const double> weights);

  /// The next host; `sequence` counts turns, skipped ones too. REQUIRES: there is a host.
  std::uint32_t next(std::uint32_t& sequence) const;

 private:
  std::vector<std::uint16_t> weights_;
};

}  // namespace meshfn::simulate
