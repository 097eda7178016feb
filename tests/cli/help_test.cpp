// What `--help` of every command prints is pinned in tests/golden/help.

#include "cli/help.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/str.h"
#include "catch.h"
#include "cli/catalogue.h"
#include "cli/parser.h"
#include "support/golden.h"

namespace meshfn::cli {

namespace {

using Path = std::vector<const Command*>;

/// Every command, groups and the program itself included.
std::vector<Path> all_commands(const Path& from) {
  std::vector<Path> found = {from};
  for (const Command* child : from.back()->subcommands) {
    Path path = from;
    path.push_back(child);
    const std::vector<Path> below = all_commands(path);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

std::vector<Path> all_commands() { return all_commands({&program()}); }

/// Words of an example's `meshfn …` as a shell splits them (quotes, no expansion), up to a pipe,
/// a redirection or the end of a substitution.
std::vector<std::string> words_of(std::string_view line) {
  line.remove_prefix(std::min(line.find("meshfn "), line.size()));
  std::vector<std::string> words(1);
  char quote = '\0';
  for (const char c : line) {
    if (quote == '\0' && (c == '|' || c == '>' || c == '<' || c == '#' || c == ')')) break;
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (quote == '\0' && c == ' ') {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

}  // namespace

TEST_CASE("the help of every command is what its golden says", "[help]") {
  for (const Path& path : all_commands()) {
    const std::string name = str::replace_all(full_name(path), " ", "-");
    const std::string text = help(path, 80);
    INFO("tests/golden/help/" << name << ".txt (MESHFN_BLESS=1 accepts this)\n" << text);
    CHECK(testing::matches_file("tests/golden/help/" + name + ".txt", text));
  }
}

TEST_CASE("help fits the terminal", "[help]") {
  for (const Path& path : all_commands()) {
    const std::string text = help(path, 80);
    for (const std::string_view line : str::lines(text)) {
      INFO(line);
      CHECK(str::display_width(line) <= 80);
      CHECK((line.empty() || line.back() != ' '));
    }
  }
}

TEST_CASE("every example in help is a command line that parses", "[help]") {
  for (const Path& path : all_commands()) {
    for (const Example& example : path.back()->examples) {
      std::vector<std::string> words = words_of(example.line);
      INFO(example.line);
      REQUIRE(words.size() > 1);
      CHECK(words.front() == "meshfn");
      words.erase(words.begin());
      const Result<Invocation> invocation = parse(program(), words);
      INFO((invocation ? "" : invocation.error().message));
      CHECK(invocation);
    }
  }
}

TEST_CASE("commands and options describe themselves", "[help]") {
  for (const Path& path : all_commands()) {
    const Command& command = *path.back();
    INFO(full_name(path));
    CHECK_FALSE(command.summary.empty());
    CHECK(command.summary.size() <= 80);
    CHECK((command.run != nullptr) == command.subcommands.empty());
    if (command.run != nullptr) CHECK_FALSE(command.examples.empty());
    std::set<std::string_view> names;
    for (const Option& option : command.options) {
      INFO(option.name);
      CHECK_FALSE(option.help.empty());
      CHECK(names.insert(option.name).second);
    }
  }
}

}  // namespace meshfn::cli
