#pragma once

// What a function platform charges; a row a platform.

#include <cstdint>
#include <span>
#include <string_view>

namespace meshfn::function {

struct PlatformPrice {
  std::string_view name;
  double per_gb_second;     ///< US dollars
  double per_execution;     ///< US dollars
  double memory_step_mb;    ///< memory is rounded up to a multiple
  std::string_view source;  ///< which price list
};

std::span<const PlatformPrice> platform_prices();

/// The row of `name`; null when there is none.
const PlatformPrice* find_platform_price(std::string_view name);

}  // namespace meshfn::function
