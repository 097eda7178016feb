#include "support/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/paths.h"

namespace meshfn::testing {

bool matches_file(std::string_view path, std::string_view text) {
  const std::filesystem::path file = std::filesystem::path(test::source_dir()) / path;
  if (std::getenv("MESHFN_BLESS") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return true;
  }
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {}) == text;
}

}  // namespace meshfn::testing
