#include "invoke/launch.h"

#include <fmt/format.h>

#include "base/process.h"
#include "base/str.h"

namespace meshfn::invoke {

namespace {

using function::Function;
using function::Language;
using Words = std::vector<std::string>;

/// How one language is started. `install` tells how to get its interpreter.
struct Launcher {
  Language language;
  std::string_view install;
  Words (*words)(const std::string& program, const Function& function, const std::string& code);
};

Words python(const std::string& program, const Function&, const std::string&) {
  return {program, "-c", std::string(kPythonBootstrap)};
}

/// Lambda gives the heap nine tenths of the memory; V8 would go by the machine's.
Words node(const std::string& program, const Function& function, const std::string&) {
  return {program, fmt::format("--max-old-space-size={}", function.memory_mb * 9 / 10), "-e",
          std::string(kNodeBootstrap)};
}

Words executable(const std::string&, const Function&, const std::string& code) {
  return {code + "/bootstrap"};
}

constexpr Launcher kLaunchers[] = {
    {Language::python, "install it, for example `apt-get install python3`", python},
    {Language::node, "install it, for example `apt-get install nodejs`", node},
    {Language::executable, "", executable},
};

/// A virtual environment beside the code is what its packages are installed in.
std::string find_interpreter(const Words& names, const std::string& code,
                             std::string_view search_path) {
  for (const std::string_view environment : {"/.venv/bin", "/venv/bin"}) {
    const std::string found = find_program("python", code + std::string(environment));
    if (!found.empty() && names.back() == "python") return found;
  }
  for (const std::string& name : names) {
    std::string found = find_program(name, search_path);
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace

Result<Words> command_line(const Function& function, const std::string& code,
                           std::string_view search_path) {
  const function::Runtime& runtime = *function.runtime;
  for (const Launcher& launcher : kLaunchers) {
    if (launcher.language != runtime.language) continue;
    const Words names = function::programs(runtime);
    std::string program;
    if (!names.empty()) program = find_interpreter(names, code, search_path);
    if (!names.empty() && program.empty()) {
      return fail(fmt::format("`{}` needs {}, but there is no {} in PATH", function.name,
                              function::to_string(runtime.language), str::join(names, ", ")),
                  std::string(launcher.install));
    }
    return launcher.words(program, function, code);
  }
  return fail(fmt::format("`{}` uses `{}`: {} functions cannot be run here", function.name,
                          runtime.name, function::to_string(runtime.language)),
              "Python, Node.js and executables named bootstrap can");
}

}  // namespace meshfn::invoke
