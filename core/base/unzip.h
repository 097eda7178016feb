#pragma once

// Zip archives, read: stored and deflated files, with their permissions and symbolic links.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace meshfn {

/// Unpacks the archive `bytes` into `folder`, which exists. Refused are what is no archive, is
/// damaged, encrypted or split, has names or links that lead out of the folder, or more than
/// `most` bytes in all. What was unpacked before an error stays.
Result<void> unzip(std::string_view bytes, const std::string& folder, std::uint64_t most);

}  // namespace meshfn
