#pragma once

// Puts a project on the disk, all of it or nothing. Files that are there already with the same
// bytes stay as they are, so a second run, or one for another cloud, adds what is missing.

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "scaffold/project.h"

namespace meshfn::scaffold {

/// What happened to the files of a project, as paths below its folder.
struct Written {
  std::vector<std::string> made;
  std::vector<std::string> replaced;   ///< only with `force`
  std::vector<std::string> unchanged;  ///< were there with the same bytes
};

/// What `write` would do.
Result<Written> preview(const Files& files, const std::string& folder, const Project& project);

/// Writes `project` below `folder`. A file in the way that differs is an error that names it,
/// unless `force`. When a write fails, what was written is taken back.
Result<Written> write(Files& files, const std::string& folder, const Project& project, bool force);

/// The files as a tree, one a line, folders first named: "src/\n  app.py\n".
std::string tree(const Project& project);

}  // namespace meshfn::scaffold
