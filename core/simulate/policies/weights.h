#pragma once

// Envoy's arithmetic on reported weights: whole numbers, and a median where a host has none.

#include <cstdint>
#include <vector>

namespace meshfn::simulate {

/// A reported weight as Envoy keeps it: a whole 32-bit number, what is left over cut off.
std::uint32_t whole_weight(double weight);

/// What a host without a weight gets: the median of the valid ones, 1 when there are none.
std::uint32_t median_weight(std::vector<std::uint32_t> valid);

}  // namespace meshfn::simulate
