#pragma once

// How Java functions are started: by AWS's runtime interface client or Google's invoker, which are
// part of the project or of the local Maven repository.

#include <string>
#include <vector>

#include "base/result.h"
#include "function/project.h"

namespace meshfn::invoke {

/// The command line that runs `function` with the Java program `java`. The classes are those of a
/// Lambda package (`lib/`), of Maven (`target/`) or of Gradle (`build/`) below `code`. `home` is
/// where the local Maven repository is looked for. The error says what is missing.
Result<std::vector<std::string>> java_command(const std::string& java,
                                              const function::Function& function,
                                              const std::string& code, const std::string& home);

/// The same for a function of Google, which the Functions Framework's invoker for Java runs.
Result<std::vector<std::string>> google_java_command(const std::string& java,
                                                     const function::Function& function,
                                                     const std::string& code,
                                                     const std::string& home);

}  // namespace meshfn::invoke
