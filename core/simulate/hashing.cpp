#include "simulate/hashing.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace meshfn::simulate {

std::uint64_t xx_hash(std::string_view text, std::uint64_t seed) {
  return XXH64(text.data(), text.size(), seed);
}

namespace {

/// Up to eight bytes, little-endian, whatever the machine.
std::uint64_t load_bytes(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    word = word << 8U | static_cast<unsigned char>(bytes[i - 1]);
  }
  return word;
}

}  // namespace

std::uint64_t murmur_hash2(std::string_view text) {
  constexpr std::uint64_t kMul = 0xc6a4a7935bd1e995ULL;
  constexpr std::uint64_t kSeed = 0xc70f6907ULL;
  const auto mix = [](std::uint64_t v) { return v ^ (v >> 47U); };
  std::uint64_t hash = kSeed ^ (text.size() * kMul);
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    hash = (hash ^ (mix(load_bytes(text.substr(at, 8)) * kMul) * kMul)) * kMul;
  }
  if (at < text.size()) hash = (hash ^ load_bytes(text.substr(at))) * kMul;
  return mix(mix(hash) * kMul);
}

HashRing::HashRing(std::span<const std::string> keys, std::span<const double> weights,
                   std::uint64_t minimum_size, std::uint64_t maximum_size, HashFunction function) {
  if (keys.empty()) return;
  double least = 1;
  for (const double w : weights) least = std::min(least, w);
  const double scale = std::min(std::ceil(least * static_cast<double>(minimum_size)) / least,
                                static_cast<double>(maximum_size));
  entries.reserve(static_cast<std::size_t>(std::ceil(scale)));
  double current = 0;
  double target = 0;
  for (std::uint32_t host = 0; host < keys.size(); ++host) {
    target += scale * weights[host];
    for (std::uint64_t i = 0; current < target; ++i, current += 1) {
      const std::string entry = keys[host] + "_" + std::to_string(i);
      entries.push_back(
          {function == HashFunction::xx_hash ? xx_hash(entry) : murmur_hash2(entry), host});
    }
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.hash < b.hash; });
}

std::uint32_t HashRing::lookup(std::uint64_t hash, std::uint32_t attempt) const {
  const auto at =
      std::lower_bound(entries.begin(), entries.end(), hash,
                       [](const Entry& entry, std::uint64_t h) { return entry.hash < h; });
  const auto first = static_cast<std::size_t>(at - entries.begin()) % entries.size();
  return entries[(first + attempt) % entries.size()].host;
}

MaglevTable::MaglevTable(std::span<const std::string> keys, std::span<const double> weights,
                         std::uint32_t size)
    : hosts(keys.empty() ? 0 : size, 0xFFFFFFFF) {
  struct Turn {
    std::uint32_t host;
    std::uint64_t offset, skip, next = 0;
    double weight, target = 0;
  };

  std::vector<Turn> turns;
  double greatest = 0;
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    turns.push_back(
        {i, xx_hash(keys[i], 0) % size, xx_hash(keys[i], 1) % (size - 1) + 1, 0, weights[i], 0});
    greatest = std::max(greatest, weights[i]);
  }
  std::sort(turns.begin(), turns.end(),
            [&](const Turn& a, const Turn& b) { return keys[a.host] < keys[b.host]; });
  std::uint32_t filled = keys.empty() ? size : 0;
  for (std::uint32_t round = 1; filled < size; ++round) {
    for (Turn& turn : turns) {
      if (filled == size) break;
      if (round * turn.weight < turn.target) continue;
      turn.target += greatest;
      std::uint64_t slot = 0;
      do {
        slot = (turn.offset + turn.skip * turn.next++) % size;
      } while (hosts[slot] != 0xFFFFFFFF);
      hosts[slot] = turn.host;
      ++filled;
    }
  }
}

std::uint32_t MaglevTable::lookup(std::uint64_t hash, std::uint32_t attempt) const {
  if (attempt > 0) hash ^= ~std::uint64_t{0} - attempt + 1;
  return hosts[hash % hosts.size()];
}

}  // namespace meshfn::simulate
