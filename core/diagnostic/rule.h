#pragma once

// A rule is one row that describes itself: `list`, `explain`, SARIF, completions, the docs table
// and the catalogue test all read the row. Findings made while reading (syntax, schema) are rows
// too; their `check` is null because the reader itself reports them.

#include <string_view>

namespace meshfn::resource {
class Mesh;
}

namespace meshfn::diagnostic {

class Findings;

/// Ascending, so that `>=` compares with `--fail-on`.
enum class Severity { info, warning, error };

/// "info", "warning", "error".
std::string_view to_string(Severity severity);

struct Rule {
  std::string_view id;    ///< "MF1101": never reused, ascending in its family
  std::string_view name;  ///< kebab-case, reads after "ignore": `route-unreachable`
  Severity severity = Severity::error;
  std::string_view group = {};    ///< yaml, schema, istio, linkerd, gateway-api, kubernetes, ...
  std::string_view summary = {};  ///< what must hold, one line of at most 72 columns
  std::string_view why = {};      ///< what breaks in the cluster otherwise; Markdown
  std::string_view bad =
      {};  ///< YAML that breaks exactly this rule; `#!` ends the line of each finding
  std::string_view good = {};     ///< the same, mended; fires nothing
  std::string_view aliases = {};  ///< other tools' codes of this mistake, space-separated
  std::string_view since = "0.1.0";
  /// Looks at everything that was read and reports what breaks the rule; null when the reader or
  /// the schema check reports it.
  void (*check)(const resource::Mesh& mesh, Findings& found) = nullptr;
};

/// Whether the rule answers to `word`: its id, its name, its group or one of its aliases.
bool answers_to(const Rule& rule, std::string_view word);

}  // namespace meshfn::diagnostic
