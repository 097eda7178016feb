#pragma once

// Functions of AWS in folders that only their build file describes: Cargo.toml, go.mod, pom.xml or
// build.gradle.

#include <optional>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "function/runtime.h"

namespace meshfn::function {

/// What a build file tells of the one function that it builds.
struct Compiled {
  std::string name;  ///< empty: that of the folder
  Language language = Language::executable;
  std::string code;     ///< folder to run it from
  std::string handler;  ///< empty for executables
};

/// Looks at `directory`; nothing when it has no such build file. The error says how to build what
/// is not built yet, or that the handler has to be named.
Result<std::optional<Compiled>> find_compiled(const Files& files, const std::string& directory);

}  // namespace meshfn::function
