// The README shows what really happens: every `$ …` line of its console blocks is run, in order,
// in one copy of tests/demo, and must print what stands below it. MESHFN_BLESS=1 rewrites the text.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/str.h"
#include "catch.h"
#include "support/golden.h"
#include "support/paths.h"

namespace meshfn {

namespace {

namespace fs = std::filesystem;

std::string output_of(const std::string& command, const fs::path& folder) {
  const fs::path line = folder.parent_path() / "line.sh";
  std::ofstream(line) << "export PATH='" << fs::path(test::program()).parent_path().string()
                      << "':\"$PATH\" COLUMNS=80 NO_COLOR=1\ncd '" << folder.string() << "'\n"
                      << command << '\n';
  std::string text;
  FILE* pipe = ::popen(("sh '" + line.string() + "' 2>&1 </dev/null").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    text.append(buffer.data(), n);
  }
  ::pclose(pipe);
  return text;
}

/// `page` with what its console blocks print now.
std::string replayed(std::string_view page, const fs::path& folder) {
  std::string text;
  bool in_block = false;
  for (const std::string_view line : str::lines(page)) {
    const bool fence = line.starts_with("```");
    if (fence) in_block = line == "```console";
    if (!in_block || fence) {
      text += std::string(line) + "\n";
    } else if (line.starts_with("$ ")) {
      text += std::string(line) + "\n" + output_of(std::string(line.substr(2)), folder);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("the README shows what its commands print", "[readme]") {
  const fs::path scratch = fs::temp_directory_path() / "meshfn-readme-XXXXXX";
  std::string name = scratch.string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  const fs::path folder = fs::path(name) / "work";
  fs::copy(test::source_dir() + "/tests/demo", folder);
  std::ifstream in(test::source_dir() + "/README.md");
  const std::string page(std::istreambuf_iterator<char>(in), {});
  const std::string now = replayed(page, folder);
  fs::remove_all(name);
  INFO(now);
  CHECK(testing::matches_file("README.md", now));
}

}  // namespace meshfn
