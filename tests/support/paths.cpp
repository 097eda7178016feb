#include "support/paths.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace meshfn::test {

const std::string& source_dir() {
  static const std::string path = MESHFN_SOURCE_DIR;
  return path;
}

const std::string& program() {
  static const std::string path = MESHFN_BINARY;
  return path;
}

std::string shared_path(std::string_view path) {
  const char* const given = std::getenv("MESHFN_SHARED");
  const std::string folder = given != nullptr ? given : source_dir() + "/../shared";
  return path.empty() ? folder : folder + '/' + std::string(path);
}

bool have_shared(std::string_view path) {
  const std::string whole = shared_path(path);
  const bool there = std::filesystem::exists(whole);
  if (!there) std::cout << "passed over: " << whole << " is not there (see MESHFN_SHARED)\n";
  return there;
}

}  // namespace meshfn::test
