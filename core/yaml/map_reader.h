#pragma once

// Typed reading of our own formats (meshfn.yaml, scenarios, routes, tests): each field is asked
// for by name, what is missing, mistyped or misspelt becomes a finding at its place, and keys
// that nobody asked for are reported with a suggestion. Kubernetes objects do not go through
// here: the schema room knows their fields.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "diagnostic/diagnostic.h"
#include "yaml/node.h"

namespace meshfn::yaml {

using Problems = std::vector<diagnostic::Diagnostic>;

/// Reports `message` at `where` as a finding of the rule `bad-value`.
void bad_value(Problems& problems, source::Location where, std::string message,
               std::string help = {});

/// The first problem that is an error, not just a warning; null when there is none.
const diagnostic::Diagnostic* first_error(const Problems& problems);

/// The first problem as one error, "path:line:column: message"; REQUIRES: not empty.
Error to_error(const Problems& problems, Failure kind = Failure::input);

/// One mapping. Ask for every field the format has, then call `done`.
class MapReader {
 public:
  /// `what` names the mapping in messages ("service", "route"). A node that is no mapping is
  /// reported once and then has no fields.
  MapReader(Node node, std::string what, Problems& problems);

  /// The value of `key`, or nothing when it is absent or null.
  Node find(std::string_view key);
  /// Like `find`; absence is reported.
  Node require(std::string_view key);

  // Typed access. Absent or null gives nothing; a value of another type is reported and gives
  // nothing. Numbers and booleans are read as YAML reads them; a string is any scalar's text.
  std::optional<std::string> string(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<double> number(std::string_view key);
  /// Go duration, "250ms"; negative ones are reported.
  std::optional<std::chrono::nanoseconds> duration(std::string_view key);
  /// "12%" as 0.12, between 0% and 100%.
  std::optional<double> percent(std::string_view key);
  /// One of `choices`; others are reported with a suggestion.
  std::optional<std::string> choice(std::string_view key,
                                    std::span<const std::string_view> choices);
  /// Strings of a list; a single scalar counts as a list of one.
  std::vector<std::string> strings(std::string_view key);
  /// Items of a list; a value that is no list is reported.
  std::vector<Node> list(std::string_view key);
  /// Entries of a mapping with free keys.
  std::vector<Entry> entries(std::string_view key);

  /// Where to point for `key`: its value, or the mapping when it is absent.
  source::Location where(std::string_view key) const;

  Node node() const { return node_; }

  Problems& problems() { return problems_; }

  /// Reports keys that were not asked for.
  void done();

 private:
  void wrong_type(std::string_view key, Node value, std::string_view wanted);

  Node node_;
  std::string what_;
  Problems& problems_;
  std::vector<std::string_view> asked_;
};

}  // namespace meshfn::yaml
