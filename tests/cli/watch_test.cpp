#include "cli/watch.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/temporary_folder.h"
#include "catch.h"

namespace meshfn::cli {

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

}  // namespace

TEST_CASE("a change of a project's file is seen", "[cli][watch]") {
  const auto made = TemporaryFolder::make();
  REQUIRE(made);
  const std::string& folder = (*made)->path();
  write(folder + "/app.py", "one");
  fs::create_directory(folder + "/node_modules");
  const std::uint64_t before = fingerprint(folder);
  write(folder + "/node_modules/index.js", "x");
  CHECK(fingerprint(folder) == before);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    write(folder + "/app.py", "three");
  });
  wait_for_change(folder, before);
  later.join();
  CHECK(fingerprint(folder) != before);
}

}  // namespace meshfn::cli
