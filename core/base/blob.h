#pragma once

// Files that are part of the binary. The build lays them out one after another
// (templates/embed.cmake): path, zero byte, size as 32 bits of the machine's byte order, bytes.

#include <string_view>
#include <vector>

namespace meshfn {

/// A file of a blob; both views point into the binary and live for ever.
struct BlobFile {
  std::string_view path;
  std::string_view bytes;
};

/// The files between `begin` and `end`, in the order of their paths.
std::vector<BlobFile> blob_files(const char* begin, const char* end);

}  // namespace meshfn
