#include "scaffold/store.h"

#include "base/blob.h"

extern "C" {
extern const char meshfn_templates[];
extern const char meshfn_templates_end[];
}

namespace meshfn::scaffold {

MemoryFiles embedded_templates() {
  std::map<std::string, std::string> files;
  for (const BlobFile& file : blob_files(meshfn_templates, meshfn_templates_end)) {
    files.emplace(file.path, file.bytes);
  }
  return MemoryFiles(std::move(files));
}

Result<std::map<std::string, std::string>> templates_in(const Files& files,
                                                        const std::string& folder) {
  const auto paths = files.walk(folder);
  if (!paths) return tl::unexpected(paths.error());
  std::map<std::string, std::string> found;
  for (const std::string& path : *paths) {
    auto bytes = files.read(path);
    if (!bytes) return tl::unexpected(bytes.error());
    found[path.substr(path::join(folder, "x").size() - 1)] = std::move(*bytes);
  }
  return found;
}

}  // namespace meshfn::scaffold
