#include "invoke/launch.h"

#include <filesystem>
#include <fstream>

#include "base/temporary_folder.h"
#include "catch.h"

namespace meshfn::invoke {

namespace {

/// A folder with files and programs, and the interpreter that is found in it.
class Place {
 public:
  Place() : folder_(std::move(*TemporaryFolder::make())) {}

  void write(const std::string& path, const std::string& text, bool program = false) const {
    const std::string full = at(path);
    std::filesystem::create_directories(std::filesystem::path(full).parent_path());
    std::ofstream(full) << text;
    if (program) std::filesystem::permissions(full, std::filesystem::perms::owner_all);
  }

  std::string at(const std::string& path) const { return folder_->path() + "/" + path; }

  /// Path of the interpreter for the code in `code`, without the folder.
  std::string found() const {
    function::Function function;
    function.runtime = function::find_runtime("python3.11");
    const auto program = interpreter(function, at("code"), at("pyenv/shims"));
    REQUIRE(program.has_value());
    return program->substr(folder_->path().size() + 1);
  }

 private:
  std::unique_ptr<TemporaryFolder> folder_;
};

}  // namespace

TEST_CASE("pyenv's shims are not gone through", "[invoke]") {
  const Place place;
  place.write("pyenv/shims/python3", "#!/bin/sh\n", true);
  place.write("code/app.py", "");
  CHECK(place.found() == "pyenv/shims/python3");
  place.write("pyenv/version", "3.11.7\n3.10.1\n");
  CHECK(place.found() == "pyenv/shims/python3");
  place.write("pyenv/versions/3.11.7/bin/python3", "#!/bin/sh\n", true);
  CHECK(place.found() == "pyenv/versions/3.11.7/bin/python3");
  place.write("pyenv/versions/3.9.1/bin/python3", "#!/bin/sh\n", true);
  place.write(".python-version", "3.9.1\n");
  CHECK(place.found() == "pyenv/versions/3.9.1/bin/python3");
}

}  // namespace meshfn::invoke
