#pragma once

// A sweep on several machines: each computes every n-th loss and writes what it found to a file;
// the files together are the sweep, to the bit. Rows do not depend on each other, so nothing is
// lost by splitting them.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulate/sweep.h"

namespace meshfn::simulate {

/// Part `index` of `count`, from 1.
struct Shard {
  std::uint32_t index = 1;
  std::uint32_t count = 1;
};

/// "2/8"; at most 10 000 parts.
Result<Shard> parse_shard(std::string_view text);

/// The rows of one part, on up to `threads` threads, as a JSON file for `merge_shards`.
std::string run_shard(const SweepPlan& plan, Shard shard, unsigned threads);

struct ShardFile {
  std::string path;  ///< for messages
  std::string text;
};

/// Puts the parts together, in any order. Fails on a file that is no part, on parts of different
/// sweeps, and when one is missing or there twice.
Result<Sweep> merge_shards(std::span<const ShardFile> files);

}  // namespace meshfn::simulate
