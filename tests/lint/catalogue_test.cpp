// Every rule's own examples are its test: `bad` fires exactly that rule at the lines marked `#!`,
// `good` fires nothing.

#include "lint/catalogue.h"

#include <algorithm>
#include <set>

#include "base/str.h"
#include "catch.h"
#include "lint/example.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

using diagnostic::Rule;

/// Examples are too small to show all that they refer to, and two rules say so; a third has a word
/// about every EnvoyFilter.
bool says_it_always(std::string_view finding) {
  return finding.ends_with("MF1109") || finding.ends_with("MF1115") || finding.ends_with("MF5806");
}

std::vector<std::string> marked(std::string_view id, std::string_view yaml) {
  std::vector<std::string> lines;
  std::size_t number = 0;
  for (const std::string_view line : str::lines(yaml)) {
    ++number;
    if (line.ends_with("#!"))
      lines.push_back("a.yaml:" + std::to_string(number) + " " + std::string(id));
  }
  return lines;
}

/// Mistakes in our own formats are found by the readers of those, not by lint.
bool is_lintable(const Rule& rule) { return rule.group != "format"; }

/// The findings of an example, more than one of a line counted once.
std::vector<std::string> fired(const Rule& rule, std::string_view yaml) {
  const auto linted = lint_text(str::replace_all(yaml, " #!", ""), options_of_example(yaml));
  std::vector<std::string> lines = linted->lines();
  std::erase_if(lines, [&](const std::string& line) {
    const bool silenced = line.starts_with('[');
    return silenced || (says_it_always(line) && !line.ends_with(rule.id));
  });
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

bool is_kebab(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

TEST_CASE("a rule's bad example fires exactly that rule where it is marked", "[catalogue]") {
  for (const Rule* rule : catalogue()) {
    // An example of a rule about size would be too large to keep.
    if (!is_lintable(*rule) || rule->name == "document-too-large") continue;
    DYNAMIC_SECTION(rule->id << " " << rule->name) {
      const auto expected = marked(rule->id, rule->bad);
      CHECK(!expected.empty());
      CHECK(fired(*rule, rule->bad) == expected);
    }
  }
}

TEST_CASE("a rule's good example fires nothing", "[catalogue]") {
  for (const Rule* rule : catalogue()) {
    if (!is_lintable(*rule)) continue;
    DYNAMIC_SECTION(rule->id << " " << rule->name) {
      CHECK(!rule->good.empty());
      CHECK(fired(*rule, rule->good).empty());
    }
  }
}

TEST_CASE("rules are documented and named alike", "[catalogue]") {
  std::set<std::string_view> ids;
  std::set<std::string_view> names;
  for (const Rule* rule : catalogue()) {
    INFO(rule->id);
    CHECK(ids.insert(rule->id).second);
    CHECK(names.insert(rule->name).second);
    CHECK(rule->id.size() == 6);
    CHECK(rule->id.starts_with("MF"));
    CHECK(is_kebab(rule->name));
    CHECK(is_kebab(rule->group));
    CHECK(!rule->summary.empty());
    CHECK(rule->summary.size() <= 72);
    CHECK(!rule->summary.ends_with('.'));
    CHECK(rule->why.size() >= 40);
    CHECK(str::trim(rule->why).ends_with('.'));
  }
  CHECK(std::is_sorted(catalogue().begin(), catalogue().end(),
                       [](const Rule* a, const Rule* b) { return a->id < b->id; }));
}

TEST_CASE("a fix leaves nothing to fix", "[catalogue]") {
  for (const Rule* rule : catalogue()) {
    const auto linted = lint_text(str::replace_all(rule->bad, " #!", ""));
    for (const auto& finding : linted->outcome.findings) {
      if (!finding.fix) continue;
      INFO(rule->id);
      CHECK(!finding.fix->description.empty());
      CHECK(!finding.fix->edits.empty());
    }
  }
}

}  // namespace meshfn::lint
