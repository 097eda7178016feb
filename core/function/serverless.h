#pragma once

// serverless.yml, as far as it describes functions that run here: provider and functions, with the
// variables `${env:}`, `${self:}`, `${opt:}`, `${sls:}`, `${aws:}` and `${file()}` of YAML and JSON
// files. What else a variable may ask for (a deployed stack, a parameter store) is named in a note.

#include "base/files.h"
#include "base/result.h"
#include "function/project.h"

namespace meshfn::function {

/// The functions of the file at `path`. `${opt:stage}` and `${env:}` are taken from `wanted`.
Result<Project> read_serverless(const Files& files, const std::string& path, const Wanted& wanted);

}  // namespace meshfn::function
