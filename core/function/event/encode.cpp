#include "function/event/encode.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

namespace meshfn::function {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t byte(char c) { return static_cast<unsigned char>(c); }

void append_little_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 255U);
}

void append_counted(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((size >> shift) & 255U);
  out += text;
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= byte(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

/// RFC 1321 section 3.4: K[i] = floor(2^32 |sin(i + 1)|).
std::array<std::uint32_t, 64> md5_constants() {
  std::array<std::uint32_t, 64> k{};
  for (std::size_t i = 0; i < 64; ++i) {
    k[i] = static_cast<std::uint32_t>(std::fabs(std::sin(static_cast<double>(i + 1))) * 0x1p32);
  }
  return k;
}

using State = std::array<std::uint32_t, 4>;

void md5_block(State& state, std::string_view block, const std::array<std::uint32_t, 64>& k) {
  constexpr int kShift[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  std::array<std::uint32_t, 16> m{};
  for (std::size_t i = 0; i < 64; ++i) m[i / 4] |= byte(block[i]) << (8 * (i % 4));
  auto [a, b, c, d] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::size_t round = i / 16;
    const std::uint32_t f = round == 0   ? (b & c) | (~b & d)
                            : round == 1 ? (d & b) | (~d & c)
                            : round == 2 ? b ^ c ^ d
                                         : c ^ (b | ~d);
    constexpr std::size_t kStep[4][2] = {{1, 0}, {5, 1}, {3, 5}, {7, 0}};
    const std::size_t g = (kStep[round][0] * i + kStep[round][1]) % 16;
    const std::uint32_t sum = a + f + k[i] + m[g];
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kShift[round][i % 4]);
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = byte(bytes[i]) << 16U;
    if (n > 1) group |= byte(bytes[i + 1]) << 8U;
    if (n > 2) group |= byte(bytes[i + 2]);
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= n ? kAlphabet[(group >> (18 - 6 * k)) & 63U] : '=';
    }
  }
  return out;
}

std::string from_base64(std::string_view text) {
  std::string out;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) continue;
    group = (group << 6U) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>((group >> bits) & 255U);
  }
  return out;
}

std::string md5(std::string_view bytes) {
  std::string padded(bytes);
  padded += '\x80';
  while (padded.size() % 64 != 56) padded += '\0';
  append_little_endian(padded, std::uint64_t{bytes.size()} * 8, 8);
  State state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
  const auto k = md5_constants();
  for (std::size_t at = 0; at < padded.size(); at += 64) {
    md5_block(state, std::string_view(padded).substr(at, 64), k);
  }
  std::string out;
  for (const std::uint32_t word : state) {
    for (int i = 0; i < 4; ++i) {
      const std::uint32_t value = (word >> (8 * i)) & 255U;
      out += {"0123456789abcdef"[value >> 4U], "0123456789abcdef"[value & 15U]};
    }
  }
  return out;
}

std::string gzip(std::string_view bytes) {
  constexpr std::size_t kLargestBlock = 65535;
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  std::size_t at = 0;
  do {
    const std::string_view block = bytes.substr(at, kLargestBlock);
    at += block.size();
    out += static_cast<char>(at == bytes.size() ? 1 : 0);
    append_little_endian(out, block.size(), 2);
    append_little_endian(out, ~static_cast<std::uint64_t>(block.size()), 2);
    out += block;
  } while (at < bytes.size());
  append_little_endian(out, crc32(bytes), 4);
  append_little_endian(out, bytes.size(), 4);
  return out;
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view kPlain = "-_.~/";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += {'%', "0123456789ABCDEF"[byte(c) >> 4U], "0123456789ABCDEF"[byte(c) & 15U]};
    }
  }
  return out;
}

std::string attribute_bytes(const MessageAttribute& attribute) {
  std::string out;
  append_counted(out, attribute.name);
  append_counted(out, attribute.type);
  out += attribute.binary ? '\x02' : '\x01';
  append_counted(out, attribute.value);
  return out;
}

}  // namespace meshfn::function
