#pragma once

// Blocks of addresses as policies write them: an address or `address/length`.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace meshfn {

struct Network {
  std::array<std::uint8_t, 16> bytes{};  ///< an IPv4 address fills the first four
  bool v6 = false;
  unsigned length = 0;  ///< bits of the prefix
};

/// Reads an address (a block of one) or a block; nothing for other text.
std::optional<Network> parse_network(std::string_view text);

/// Whether every address of `inner` is in `outer`.
bool contains(const Network& outer, const Network& inner);

/// Whether some address is in both.
bool overlaps(const Network& a, const Network& b);

}  // namespace meshfn
