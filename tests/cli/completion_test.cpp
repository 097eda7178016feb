// The scripts in completions/ are the ones the tables give, and they complete in real shells.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/str.h"
#include "catch.h"
#include "cli/catalogue.h"
#include "cli/completion/shell.h"
#include "cli/man.h"
#include "lint/catalogue.h"
#include "support/golden.h"
#include "support/paths.h"

namespace meshfn::cli {

namespace {

const std::string kFolder = test::source_dir() + "/completions/";

Vocabulary vocabulary() {
  Vocabulary words{program(), {}};
  for (const diagnostic::Rule* rule : lint::catalogue()) words.rules.push_back(rule->id);
  return words;
}

std::string output_of(const std::string& line) {
  std::string text;
  FILE* pipe = ::popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    text.append(buffer.data(), n);
  }
  ::pclose(pipe);
  return text;
}

bool installed(const std::string& shell) {
  const std::string line = "command -v " + shell + " >/dev/null";
  return std::system(line.c_str()) == 0;  // NOLINT(cert-env33-c): a constant line
}

/// What bash offers for a line whose last word is being typed.
std::string bash_offers(const std::string& words, int index) {
  return output_of("bash -c 'source " + kFolder + "meshfn.bash; COMP_WORDS=(" + words +
                   "); COMP_CWORD=" + std::to_string(index) +
                   "; _meshfn; printf \"%s\\n\" \"${COMPREPLY[@]}\"'");
}

std::string fish_offers(const std::string& line) {
  return output_of("fish --no-config -c 'source " + kFolder + "meshfn.fish; complete -C \"" + line +
                   "\"'");
}

/// zsh completes only in an interactive shell, so one is run on a pseudo-terminal by zsh itself.
std::string zsh_offers(const std::string& line) {
  return output_of("zsh -f " + test::source_dir() + "/tests/support/zsh_complete.zsh " + kFolder +
                   " '" + line + "'");
}

}  // namespace

TEST_CASE("the committed completions and manual are current", "[completion]") {
  for (const Shell& shell : shells()) {
    INFO(shell.file << ": MESHFN_BLESS=1 rewrites it");
    CHECK(testing::matches_file("completions/" + std::string(shell.file),
                                shell.script(vocabulary())));
  }
  CHECK(testing::matches_file("completions/meshfn.1", manual(program())));
}

TEST_CASE("bash completes commands, flags and choices", "[completion]") {
  REQUIRE(installed("bash"));
  CHECK(bash_offers("meshfn compl", 1) == "completion\n");
  CHECK(bash_offers("meshfn -q completion \"\"", 3) == "bash\nzsh\nfish\n");
  CHECK(bash_offers("meshfn completion --qui", 2) == "--quiet\n");
  CHECK(bash_offers("meshfn --color al", 2) == "always\n");
  CHECK(bash_offers("meshfn --color = ne", 3) == "never\n");
}

TEST_CASE("fish completes commands, flags and choices", "[completion]") {
  if (!installed("fish")) return;
  CHECK(str::trim(fish_offers("meshfn compl")) ==
        "completion\tPrint the completion script of a shell");
  CHECK(fish_offers("meshfn completion ") == "bash\tSHELL\nfish\tSHELL\nzsh\tSHELL\n");
  CHECK(str::trim(fish_offers("meshfn completion --qui")) == "--quiet\tprint no summary");
  CHECK(fish_offers("meshfn --color=al").find("always") != std::string::npos);
}

TEST_CASE("zsh completes commands, flags and choices", "[completion]") {
  if (!installed("zsh")) return;
  CHECK(str::trim(zsh_offers("meshfn compl")) == "meshfn completion");
  CHECK(str::trim(zsh_offers("meshfn completion fi")) == "meshfn completion fish");
  CHECK(str::trim(zsh_offers("meshfn completion --qui")) == "meshfn completion --quiet");
  CHECK(str::trim(zsh_offers("meshfn --color al")) == "meshfn --color always");
}

TEST_CASE("the manual is roff that man can read", "[completion]") {
  const std::string page = manual(program());
  CHECK(page.starts_with(".TH MESHFN 1"));
  for (const std::string_view line : str::lines(page)) CHECK_FALSE(line.empty());
}

}  // namespace meshfn::cli
