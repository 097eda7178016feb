#pragma once

// How a function's process is started, by language: one row each in launch.cpp. The bootstraps
// (core/invoke/bootstrap) are passed on the command line, so no temporary file is needed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "function/project.h"

namespace meshfn::invoke {

extern const std::string_view kPythonBootstrap;
extern const std::string_view kNodeBootstrap;

/// `path` as seen from the root, without a slash at its end.
std::string absolute_path(const std::string& path);

/// The command line that runs `function`, whose code is in the absolute folder `code`. The
/// interpreter is looked for in the folder's virtual environment and in `search_path` (a PATH).
/// A missing interpreter is an error that names what to install; so is a language that cannot be
/// run yet.
Result<std::vector<std::string>> command_line(const function::Function& function,
                                              const std::string& code,
                                              std::string_view search_path);

/// `words` so that the program waits for a debugger at 127.0.0.1:`port` before it begins: Node.js's
/// inspector, or debugpy, which has to be installed. Unchanged for a port of 0 and other languages.
std::vector<std::string> debugged(std::vector<std::string> words, function::Language language,
                                  std::uint16_t port);

/// The program that runs `function`'s language: of the virtual environment in the absolute folder
/// `code`, or else of `search_path`. Not for executables.
Result<std::string> interpreter(const function::Function& function, const std::string& code,
                                std::string_view search_path);

}  // namespace meshfn::invoke
