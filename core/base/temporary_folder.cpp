#include "base/temporary_folder.h"

#include <stdlib.h>  // mkdtemp

#include <filesystem>

namespace meshfn {

Result<std::unique_ptr<TemporaryFolder>> TemporaryFolder::make() {
  std::error_code error;
  std::string pattern = std::filesystem::temp_directory_path(error).string() + "/meshfn-XXXXXX";
  if (error || ::mkdtemp(pattern.data()) == nullptr) {
    return fail("no temporary folder can be made", "set TMPDIR to a folder that can be written");
  }
  return std::make_unique<TemporaryFolder>(pattern);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace meshfn
