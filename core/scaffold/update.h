#pragma once

// Brings a project up to what its template makes now, and keeps what its owner changed: a
// three-way merge of each file between how it was made, how it is, and how it would be made.

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "scaffold/project.h"
#include "scaffold/record.h"

namespace meshfn::scaffold {

/// What happened to the files of a project, as paths below its folder.
struct Updated {
  std::vector<std::string> made;
  std::vector<std::string> changed;  ///< taken from the template, or merged without conflict
  std::vector<std::string> removed;  ///< the template makes them no longer, and nobody changed them
  std::vector<std::string> kept;  ///< the template makes them no longer, but somebody changed them
  std::vector<std::string> conflicts;  ///< hold markers; or "PATH.rej" for a file that was deleted
};

/// The record of the project in `folder`. The error of a folder without one says what to do.
Result<Record> record_of(const Files& files, const std::string& folder);

/// Merges `project`, which `compose` made, into `folder`. Nothing is written when a file still
/// holds markers of an earlier conflict, or with `dry_run`.
Result<Updated> update(Files& files, const std::string& folder, const Record& record,
                       const Project& project, bool dry_run);

}  // namespace meshfn::scaffold
