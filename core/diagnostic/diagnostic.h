#pragma once

// One finding, as data. Reporters turn it into text, JSON or SARIF; nothing here prints.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diagnostic/rule.h"
#include "source/file.h"

namespace meshfn::diagnostic {

/// A second place that explains the first: "first defined here".
struct Label {
  source::Location where;
  std::string message;
};

/// Replaces the bytes of `where` with `text`.
struct Edit {
  source::Location where;
  std::string text;
};

/// A change that removes the finding. Safe fixes keep the meaning the author must have had.
struct Fix {
  std::string description;
  std::vector<Edit> edits;
  bool safe = true;
};

/// The object a finding is about; empty strings where the input does not say.
struct ResourceRef {
  std::string api_version;
  std::string kind;
  std::string name_space;
  std::string name;

  friend bool operator==(const ResourceRef&, const ResourceRef&) = default;
};

/// A silenced finding stays in the result, marked with what silenced it.
struct Suppressed {
  enum class By { comment, annotation, config, baseline } by;
  std::string reason;
};

struct Diagnostic {
  const Rule* rule = nullptr;
  Severity severity = Severity::error;
  std::string message;     ///< what is wrong with *this* input; lower case, no full stop
  source::Location where;  ///< tight: the value or key at fault
  std::string note;        ///< a few words under the carets ("and 60 here"); may be empty
  std::vector<Label> related;
  std::string help;  ///< what to do; may be empty
  std::optional<Fix> fix;
  std::optional<Suppressed> suppressed;
  // Filled by the linter from `where`, so that no rule has to:
  ResourceRef resource;
  std::uint32_t document = 0;  ///< 0-based index of the YAML document in its file
  std::string origin;          ///< what it was rendered from ("shop/templates/vs.yaml"), if known
  std::string pointer;         ///< JSON pointer of the value, "/spec/http/0/route/1/weight"

  // For rules, which build a finding in one expression.
  Diagnostic& relate(source::Location place, std::string text) {
    related.push_back({place, std::move(text)});
    return *this;
  }

  Diagnostic& with_help(std::string text) {
    help = std::move(text);
    return *this;
  }

  Diagnostic& with_note(std::string text) {
    note = std::move(text);
    return *this;
  }

  Diagnostic& with_fix(Fix change) {
    fix = std::move(change);
    return *this;
  }

  Diagnostic& with_severity(Severity level) {
    severity = level;
    return *this;
  }
};

/// What a rule reports into.
class Findings {
 public:
  /// Appends to `out`, which outlives the object.
  Findings(const Rule& rule, std::vector<Diagnostic>& out) : rule_(rule), out_(out) {}

  /// Adds a finding of this rule with the rule's own severity; the reference is good until the
  /// next `add`.
  Diagnostic& add(source::Location where, std::string message);

  const Rule& rule() const { return rule_; }

 private:
  const Rule& rule_;
  std::vector<Diagnostic>& out_;
};

/// Order of output: path, offset, rule id, message; equal findings are merged into one.
void sort_and_merge(std::vector<Diagnostic>& diagnostics);

}  // namespace meshfn::diagnostic
