#pragma once

// Silencing findings, with a reason and without hiding them: a suppressed finding stays in the
// result, marked. Codes are required (nothing silences everything), and a suppression that names an
// unknown code or silences nothing is a finding itself.
//
//   # meshfn: ignore[CODE, …] reason      trailing: this line; on a line of its own: the next node
//   # meshfn: disable[CODE, …] reason     from here to `enable[CODE]` or the end of the file
//   # meshfn: ignore-file[CODE, …] reason the whole file
//
// The same shape carries the annotation `meshfn.dev/ignore` and the configuration's ignores.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostic/diagnostic.h"

namespace meshfn::diagnostic {

/// A code as it is written: an id, a name, a group or another tool's code.
struct Code {
  std::string text;
  source::Span span;  ///< where it stands; relative to the comment in a Directive
};

/// A parsed `# meshfn: …` comment.
struct Directive {
  enum class Kind { ignore, disable, enable, ignore_file } kind = Kind::ignore;
  std::vector<Code> codes = {};
  std::string reason = {};
  std::string problem = {};  ///< why the comment cannot be obeyed; empty when it can
};

/// The directive in a comment that starts with `#`; nothing for a comment of another kind.
std::optional<Directive> parse_directive(std::string_view comment);

/// One thing that silences: what, where, and why.
struct Silencer {
  Suppressed::By by = Suppressed::By::comment;
  std::string reason;
  std::vector<Code> codes;               ///< spans are in `file`
  const source::File* file = nullptr;    ///< where it is written
  std::vector<source::Location> covers;  ///< findings that begin in one of these
};

/// Marks what the silencers cover, and appends a finding of `suppression-unused` or
/// `suppression-unknown-code` for every code that silences nothing. A code of rules that are not
/// `enabled`, and a silencer that covers nothing of this input, are not called unused. Parse errors
/// (group `yaml`) and findings about suppressions are never silenced.
void suppress(std::span<const Silencer> silencers, std::span<const Rule* const> catalogue,
              std::span<const Rule* const> enabled, std::vector<Diagnostic>& findings);

/// Appends the finding for a directive that cannot be obeyed.
void report_malformed(const Directive& directive, source::Location where,
                      std::vector<Diagnostic>& findings);

/// Whether a finding may be silenced at all.
bool can_be_suppressed(const Diagnostic& finding);

/// The rules about suppressions (group `suppression`), for the catalogue.
std::span<const Rule> suppression_rules();

/// "did you mean `…`?" over every id, name, group and alias of the catalogue; may be empty.
std::string suggest_code(std::string_view code, std::span<const Rule* const> catalogue);

/// Whether any rule of the catalogue answers to `code`.
bool is_known_code(std::string_view code, std::span<const Rule* const> catalogue);

}  // namespace meshfn::diagnostic
