#pragma once

// --changed-since: everything is read, because rules look across files, but only findings that
// touch lines which differ from a git revision are reported.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "diagnostic/diagnostic.h"

namespace meshfn::lint {

/// Lines that differ from a revision, by file.
class Changes {
 public:
  /// First and last line, 1-based, of a stretch; {1, max} for a new file.
  using Lines = std::pair<std::uint32_t, std::uint32_t>;

  /// Reads `git diff --unified=0 --relative` (paths relative to the working directory). A place
  /// where lines were only taken away counts as the line before it.
  static Changes parse(std::string_view diff);

  /// Adds a file that the revision does not have.
  void add_new_file(const std::string& path);

  /// Whether the finding or a related place touches a changed line. `working_directory`
  /// (absolute) makes absolute paths comparable.
  bool touches(const diagnostic::Diagnostic& finding, const std::string& working_directory) const;

 private:
  bool touches(const source::Location& where, const std::string& working_directory) const;

  std::map<std::string, std::vector<Lines>> files_;
};

/// Asks git what differs from `revision` in `working_directory`. The error says what git said.
Result<Changes> changes_since(const std::string& revision, const std::string& working_directory,
                              const std::map<std::string, std::string>& environment);

}  // namespace meshfn::lint
