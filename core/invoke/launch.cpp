#include "invoke/launch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

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

/// pyenv and its like put a script into PATH for every version that is installed; those of versions
/// that are not active only print a complaint. The unversioned name is always the active one.
bool may_be_inactive(const std::string& name, const std::string& program) {
  const bool versioned = name.find('.') != std::string::npos;
  return versioned && program.find("/shims/") != std::string::npos;
}

/// pyenv's shim is a shell script that costs more than the interpreter's own start. This is what it
/// would run: the version in the nearest `.python-version` from the code upwards, or else in
/// pyenv's own `version`. The shim itself when that version does not have the program.
std::string behind_shim(const std::string& shim, const std::string& name, const std::string& code) {
  const std::size_t shims = shim.rfind("/shims/");
  if (shims == std::string::npos) return shim;
  const std::string root = shim.substr(0, shims);
  std::string said;
  for (std::filesystem::path folder = code; said.empty(); folder = folder.parent_path()) {
    std::ifstream(folder / ".python-version") >> said;
    if (folder == folder.parent_path()) break;
  }
  if (said.empty()) std::ifstream(root + "/version") >> said;
  const std::string program = fmt::format("{}/versions/{}/bin/{}", root, said, name);
  return said.empty() || ::access(program.c_str(), X_OK) != 0 ? shim : program;
}

/// A virtual environment beside the code is what its packages are installed in.
std::string find_interpreter(const Words& names, const std::string& code,
                             std::string_view search_path) {
  for (const std::string_view environment : {"/.venv/bin", "/venv/bin"}) {
    const std::string found = find_program("python", code + std::string(environment));
    if (!found.empty() && names.back() == "python") return found;
  }
  for (const std::string& name : names) {
    std::string found = find_program(name, search_path);
    if (!found.empty() && !may_be_inactive(name, found)) return behind_shim(found, name, code);
  }
  return {};
}

}  // namespace

std::string absolute_path(const std::string& path) {
  std::error_code ignored;
  std::string full = std::filesystem::absolute(path, ignored).lexically_normal().string();
  while (full.size() > 1 && full.ends_with('/')) full.pop_back();
  return full;
}

Words debugged(Words words, Language language, std::uint16_t port) {
  if (port == 0 || words.empty()) return words;
  const std::string place = fmt::format("127.0.0.1:{}", port);
  if (language == Language::node) words.insert(words.begin() + 1, "--inspect-brk=" + place);
  const auto code = std::find(words.begin(), words.end(), "-c");
  if (language == Language::python && code != words.end()) {
    words.insert(code, {"-m", "debugpy", "--listen", place, "--wait-for-client"});
  }
  return words;
}

Result<std::string> interpreter(const Function& function, const std::string& code,
                                std::string_view search_path) {
  const Language language = function.runtime->language;
  const Words names = function::programs(*function.runtime);
  std::string program = find_interpreter(names, code, search_path);
  if (!program.empty()) return program;
  std::string install;
  for (const Launcher& launcher : kLaunchers) {
    if (launcher.language == language) install = launcher.install;
  }
  return fail(fmt::format("`{}` needs {}, but there is no {} in PATH", function.name,
                          function::to_string(language), str::join(names, ", ")),
              install);
}

Result<Words> command_line(const Function& function, const std::string& code,
                           std::string_view search_path) {
  const function::Runtime& runtime = *function.runtime;
  for (const Launcher& launcher : kLaunchers) {
    if (launcher.language != runtime.language) continue;
    if (function::programs(runtime).empty()) return launcher.words({}, function, code);
    const Result<std::string> program = interpreter(function, code, search_path);
    if (!program) return tl::unexpected(program.error());
    return launcher.words(*program, function, code);
  }
  return fail(fmt::format("`{}` uses `{}`: {} functions cannot be run here", function.name,
                          runtime.name, function::to_string(runtime.language)),
              "Python, Node.js and executables named bootstrap can");
}

}  // namespace meshfn::invoke
