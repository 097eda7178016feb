#include "base/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace meshfn {

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Network out;
  out.v6 = address.find(':') != std::string::npos;
  if (inet_pton(out.v6 ? AF_INET6 : AF_INET, address.c_str(), out.bytes.data()) != 1) {
    return std::nullopt;
  }
  const unsigned bits = out.v6 ? 128 : 32;
  out.length = bits;
  if (slash == std::string_view::npos) return out;
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.length);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || out.length > bits) return std::nullopt;
  return out;
}

bool contains(const Network& outer, const Network& inner) {
  return outer.v6 == inner.v6 && outer.length <= inner.length && overlaps(outer, inner);
}

bool overlaps(const Network& a, const Network& b) {
  if (a.v6 != b.v6) return false;
  const unsigned common = std::min(a.length, b.length);
  for (unsigned bit = 0; bit < common; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    if (((a.bytes[bit / 8] ^ b.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

}  // namespace meshfn
