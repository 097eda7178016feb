#pragma once

// Consistent hashing as Envoy builds it: the ring and the Maglev table as plain data, so that the
// published tables can be checked entry by entry.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn::simulate {

/// xxHash64 with a seed.
std::uint64_t xx_hash(std::string_view text, std::uint64_t seed = 0);
/// MurmurHash2, 64 bit, with the seed of libstdc++.
std::uint64_t murmur_hash2(std::string_view text);

enum class HashFunction : std::uint8_t { xx_hash, murmur_hash2 };

/// ring_hash_lb.cc: every host owns entries in proportion to its weight, sorted by hash.
struct HashRing {
  struct Entry {
    std::uint64_t hash;
    std::uint32_t host;
  };

  std::vector<Entry> entries;

  /// `weights` add up to 1.
  HashRing(std::span<const std::string> keys, std::span<const double> weights,
           std::uint64_t minimum_size, std::uint64_t maximum_size,
           HashFunction function = HashFunction::xx_hash);

  /// The host of `hash`; attempt k moves k entries on. REQUIRES: the ring is not empty.
  std::uint32_t lookup(std::uint64_t hash, std::uint32_t attempt) const;
};

/// maglev_lb.cc: a table of prime size filled by the hosts' own permutations.
struct MaglevTable {
  std::vector<std::uint32_t> hosts;

  /// `weights` add up to 1; `size` is prime.
  MaglevTable(std::span<const std::string> keys, std::span<const double> weights,
              std::uint32_t size);

  std::uint32_t lookup(std::uint64_t hash, std::uint32_t attempt) const;
};

}  // namespace meshfn::simulate
