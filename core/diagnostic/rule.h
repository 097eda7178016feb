#pragma once

// A rule is one row that describes itself: `list`, `explain`, SARIF, completions, the docs table
// and the catalogue test all read the row. Findings made while reading (syntax, schema) are rows
// too; their `check` is null because the reader itself reports them.

#include <array>
#include <cstddef>
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

/// How a rule looks: once at the whole mesh, or at one resource after the other. Resources are the
/// better unit, because all rules about one then find it in the processor's cache.
struct Check {
  using OfMesh = void (*)(const resource::Mesh& mesh, Findings& found);
  using OfOne = void (*)(const void* resource, const resource::Mesh& mesh, Findings& found);

  /// The look at a resource of the type that `subject` stands for (resource::subject_of).
  struct Part {
    OfOne of_one = nullptr;
    std::size_t subject = 0;
  };

  using Parts = std::array<Part, 2>;

  constexpr Check(std::nullptr_t = nullptr) {}

  constexpr Check(OfMesh whole) : of_mesh(whole) {}

  /// `each`, given all resources of their types, reports what `whole` does.
  constexpr Check(OfMesh whole, Parts each) : of_mesh(whole), parts(each) {}

  explicit constexpr operator bool() const { return of_mesh != nullptr; }

  void operator()(const resource::Mesh& mesh, Findings& found) const { of_mesh(mesh, found); }

  /// Whether it looks at one resource after the other.
  constexpr bool is_of_resources() const { return parts.front().of_one != nullptr; }

  OfMesh of_mesh = nullptr;
  Parts parts{};
};

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
  Check check = nullptr;
};

/// Whether the rule answers to `word`: its id, its name, its group or one of its aliases.
bool answers_to(const Rule& rule, std::string_view word);

}  // namespace meshfn::diagnostic
