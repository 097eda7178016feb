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

/// Which parts have been seen: each of them once, and all of one number of parts.
class PartList {
 public:
  /// Fails when the part was there before or cannot be one of as many as the first.
  Result<void> add(const std::string& path, Shard shard);
  /// Fails when a part is missing.
  Result<void> complete() const;

  bool empty() const { return seen_.empty(); }

  /// Path of the first one; "" before.
  const std::string& first() const { return first_; }

 private:
  std::string first_;
  std::vector<std::string> seen_;  ///< the path of each part
};

/// Refuses two files that are not of one run.
tl::unexpected<Error> different_runs(const std::string& a, const std::string& b);
/// Refuses a file whose contents do not fit together.
tl::unexpected<Error> damaged(const std::string& path);

/// Puts the parts together, in any order. Fails on a file that is no part, on parts of different
/// sweeps, and when one is missing or there twice.
Result<Sweep> merge_shards(std::span<const ShardFile> files);

}  // namespace meshfn::simulate
