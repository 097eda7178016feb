// The gallery under tests/scenarios: every scenario says in its first line how it ends, and why in
// the comment below; each is run as a user runs it.

#include <algorithm>

#include "base/files.h"
#include "base/str.h"
#include "catch.h"
#include "simulate/support.h"
#include "support/paths.h"

namespace meshfn::simulate {

namespace {

/// The file that a scenario needs from the shared folder, if its second line names one.
std::string needs(const std::string& text) {
  const auto lines = str::lines(text);
  constexpr std::string_view kNeeds = "# needs: ";
  if (lines.size() < 2 || !lines[1].starts_with(kNeeds)) return {};
  return std::string(lines[1].substr(kNeeds.size()));
}

}  // namespace

TEST_CASE("every scenario of the gallery ends as it says", "[simulate][gallery]") {
  const auto paths = real_files()->walk(test::source_dir() + "/tests/scenarios");
  REQUIRE(paths);
  int ran = 0;
  for (const std::string& path : *paths) {
    if (!path.ends_with(".scenario.yaml")) continue;
    const auto text = real_files()->read(path);
    REQUIRE(text);
    std::vector<std::string> words = {"simulate", path};
    if (const std::string mesh = needs(*text); !mesh.empty()) {
      if (!shared_file(mesh)) continue;
      words.insert(words.end(), {"--mesh", test::shared_path(mesh)});
    }
    INFO(path);
    const std::string_view ending = str::lines(*text)[0];
    REQUIRE((ending == "# ends: pass" || ending == "# ends: fail"));
    const Ran first = meshfn(words);
    INFO(first.err);
    CHECK(first.code == (ending == "# ends: pass" ? 0 : 1));
    words.insert(words.end(), {"-o", "json"});
    CHECK(meshfn(words).out == meshfn(words).out);
    ++ran;
  }
  CHECK(ran >= 12);
}

TEST_CASE("what cannot be simulated is refused with its exit code", "[simulate]") {
  CHECK(meshfn({"simulate", "no-such-file.yaml"}).code == 3);
  CHECK(meshfn({"simulate"}).code == 2);
  const std::string good = test::source_dir() + "/tests/scenarios/zone-loss.scenario.yaml";
  CHECK(meshfn({"simulate", good, "--fail", "zone=x"}).code == 2);
  CHECK(meshfn({"simulate", good, "--fail", "zone=eu-west-1/z@1s+1s"}).code == 2);
  CHECK(meshfn({"simulate", good, "--seed", "x"}).code == 2);
  CHECK(meshfn({"simulate", good, "--replications", "0"}).code == 2);
  CHECK(meshfn({"simulate", good, "--mesh", "no-such-folder"}).code == 3);
}

}  // namespace meshfn::simulate
