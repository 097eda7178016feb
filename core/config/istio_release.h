#pragma once

// Releases of Istio, by which fields and behaviour differ. They count from 1.20 on: what came
// before is in every cluster that is still run.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meshfn::config {

/// A minor release: 27 is 1.27. Patches bring no fields.
struct IstioRelease {
  std::uint16_t minor = 0;

  auto operator<=>(const IstioRelease&) const = default;
};

/// The oldest release whose differences are known.
inline constexpr IstioRelease kOldestIstio{20};

/// Reads "1.27", "v1.27" or "1.27.3"; nothing for other text.
std::optional<IstioRelease> istio_release_of(std::string_view text);

/// "1.27".
std::string to_string(IstioRelease release);

}  // namespace meshfn::config
