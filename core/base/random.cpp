#include "base/random.h"

namespace meshfn {

Random::Random(std::uint64_t seed) : state_{} {
  for (std::uint64_t& word : state_) word = split_mix(seed);
}

Random Random::stream(std::uint64_t seed, std::string_view name) {
  // FNV-1a of the name, then mixed with the seed: names that differ in one character are unrelated.
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001B3ULL;
  }
  return Random(split_mix(hash) ^ split_mix(seed));
}

}  // namespace meshfn
