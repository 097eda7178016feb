#pragma once

// Replications on several machines: each part runs every n-th of them and writes the sum of what
// it counted; sums and histograms add up exactly, so the parts make the bytes of one run.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "simulate/answer.h"
#include "simulate/shard.h"

namespace meshfn::simulate {

/// What has to be the same in all parts.
struct ReplicationPlan {
  const World* world = nullptr;
  std::uint64_t seed = 0;
  std::uint32_t replications = 1;
  std::uint64_t inputs = 0;  ///< a hash of everything that was read
};

/// The replications of one part, on up to `threads` threads, as a JSON file.
std::string run_shard(const ReplicationPlan& plan, Shard shard, unsigned threads);

/// Whether the file is a part of replications, and not of a sweep.
bool is_replications(const ShardFile& file);

/// The answer of all parts, in any order. Fails as `merge_shards` does, and when the parts were
/// made of other inputs than the plan's.
Result<Answer> merge_replications(const ReplicationPlan& plan, std::span<const ShardFile> files);

}  // namespace meshfn::simulate
