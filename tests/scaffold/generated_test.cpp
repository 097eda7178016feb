// The tests that a generated project brings along pass with the real toolchain. Python and Node
// have to be there; other toolchains and libraries that are missing are named.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "catch.h"
#include "scaffold/project.h"
#include "scaffold/writer.h"

namespace meshfn::scaffold {

namespace {

/// A fresh folder that is gone at the end of the test.
class Scratch {
 public:
  Scratch()
      : path_(std::filesystem::temp_directory_path() /
              ("meshfn-scaffold-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() { std::filesystem::remove_all(path_); }

  std::string at(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

int shell(const std::string& line) {
  const int status = std::system(line.c_str());  // NOLINT(cert-env33-c): lines of this file
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void check_generated(const std::string& language, const std::string& command) {
  const Scratch scratch;
  const auto files = real_files();
  for (const char* trigger : {"http", "schedule", "queue", "storage", "event", "stream"}) {
    Request wanted;
    wanted.template_name = "function";
    wanted.name = "order-created";
    wanted.clouds = {"aws"};
    wanted.language = language;
    wanted.trigger = trigger;
    wanted.mesh = "istio";
    const auto project = compose(*files, wanted);
    REQUIRE(project.has_value());
    const std::string folder = scratch.at(trigger);
    REQUIRE(write(*files, folder, *project, false).has_value());
    INFO(language << " " << trigger);
    CHECK(shell("cd " + folder + " && " + command + " >log 2>&1 || { cat log; exit 1; }") == 0);
  }
}

}  // namespace

TEST_CASE("the tests of generated Python projects pass", "[scaffold]") {
  REQUIRE(shell("command -v python3 >/dev/null") == 0);
  check_generated("python", "python3 -m unittest");
}

TEST_CASE("the tests of generated Node projects pass", "[scaffold]") {
  REQUIRE(shell("command -v node >/dev/null") == 0);
  check_generated("node", "node --test");
}

}  // namespace meshfn::scaffold
