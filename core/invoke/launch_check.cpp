#include "invoke/launch_check.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "base/files.h"
#include "base/str.h"
#include "function/exports.h"
#include "invoke/elf.h"

namespace meshfn::invoke {

namespace {

std::string machine_here() {
  utsname name{};
  ::uname(&name);
  const std::string machine = name.machine;
  return machine == "aarch64" ? "arm64" : machine;
}

/// glibc of the operating system behind a runtime: Amazon Linux 2023 and 2.
std::string_view glibc_of(const function::Runtime& runtime) {
  return runtime.name == "provided.al2" ? "2.26" : "2.34";
}

}  // namespace

Result<std::string> check_executable(const function::Function& function, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  char magic[4] = {};
  // Only what may be an ELF file is read whole: the check costs nothing for scripts.
  if (!in.read(magic, sizeof magic) || magic[0] != '\x7f') return std::string();
  in.seekg(0);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  const std::optional<Elf> elf = read_elf(bytes);
  if (!elf) return std::string();
  const std::string here = machine_here();
  if (elf->machine != here) {
    return fail(
        fmt::format("`{}` is built for {}, but this machine is {}", path, elf->machine, here),
        fmt::format("build it for {} to run it here", here));
  }
  if (!elf->interpreter.empty() && ::access(elf->interpreter.c_str(), X_OK) != 0) {
    return fail(fmt::format("`{}` needs the dynamic loader `{}`, which is not here", path,
                            elf->interpreter),
                "link it statically, or build it against this system's C library");
  }
  const std::string_view cloud = glibc_of(*function.runtime);
  if (is_newer_version(elf->glibc, cloud)) {
    return fmt::format("`{}` needs glibc {}, but {} has {}: it would not start in the cloud", path,
                       elf->glibc, function.runtime->name, cloud);
  }
  return std::string();
}

std::optional<Answer> check_handler(const function::Function& function, const std::string& code) {
  const function::Language language = function.runtime->language;
  const std::unique_ptr<Files> files = real_files();
  const auto file = function::find_handler_file(*files, code, function.handler);
  if (!file || file->language != language) return std::nullopt;
  const Result<std::string> text = files->read(file->path);
  if (!text || !function::surely_lacks(language, *text, file->name)) return std::nullopt;
  const std::vector<std::string> names = function::exported_names(language, *text);
  if (names.empty()) return std::nullopt;
  const std::size_t dot = function.handler.rfind('.');
  const std::string message =
      language == function::Language::python
          ? fmt::format("Handler '{}' missing on module '{}'", function.handler.substr(dot + 1),
                        str::replace_all(function.handler.substr(0, dot), "/", "."))
          : fmt::format("{} is undefined or not exported", function.handler);
  Answer answer;
  answer.failed = true;
  answer.error_type = "Runtime.HandlerNotFound";
  answer.body = error_document(answer.error_type, message);
  answer.content_type = "application/json";
  answer.exports = str::join(names, ",");
  return answer;
}

}  // namespace meshfn::invoke
