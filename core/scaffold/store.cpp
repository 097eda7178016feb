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

}  // namespace meshfn::scaffold
