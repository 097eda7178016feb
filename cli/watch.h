#pragma once

// Waiting until something in a folder changes, for `--watch`. By polling: a tree of watches breaks
// when editors replace files, and a look at a few hundred files takes a millisecond.

#include <cstdint>
#include <string>

namespace meshfn::cli {

/// What the files below `folder` look like now: names, sizes and times of change as one number.
/// Installed packages and hidden folders are passed over.
std::uint64_t fingerprint(const std::string& folder);

/// Returns when `fingerprint(folder)` is no longer `before` and has been still for a moment.
void wait_for_change(const std::string& folder, std::uint64_t before);

}  // namespace meshfn::cli
