#include "base/blob.h"

#include <cstdint>
#include <cstring>

namespace meshfn {

std::vector<BlobFile> blob_files(const char* begin, const char* end) {
  std::vector<BlobFile> files;
  for (const char* at = begin; at < end;) {
    const std::string_view path(at);
    at += path.size() + 1;
    std::uint32_t size = 0;
    std::memcpy(&size, at, sizeof size);
    at += sizeof size;
    files.push_back({path, {at, size}});
    at += size;
  }
  return files;
}

}  // namespace meshfn
