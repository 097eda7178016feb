#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "function/compiled.h"
#include "function/exports.h"
#include "function/project.h"

// Finding the handler in a folder that nothing describes: usual file names first, then the usual
// names of the function in them. Text is searched, not parsed: a wrong guess is told by the
// runtime, and `--handler` overrules.

namespace meshfn::function {

namespace {

/// Files that usually hold the handler, and its usual names, best first.
struct Convention {
  Language language;
  std::string_view file;
};

constexpr Convention kConventions[] = {
    {Language::executable, "bootstrap"},
    {Language::python, "app.py"},
    {Language::python, "lambda_function.py"},
    {Language::python, "handler.py"},
    {Language::python, "main.py"},
    {Language::python, "index.py"},
    {Language::python, "src/app.py"},
    {Language::python, "src/handler.py"},
    {Language::node, "index.mjs"},
    {Language::node, "index.js"},
    {Language::node, "index.cjs"},
    {Language::node, "handler.mjs"},
    {Language::node, "handler.js"},
    {Language::node, "app.mjs"},
    {Language::node, "app.js"},
    {Language::node, "src/index.mjs"},
    {Language::node, "src/index.js"},
    {Language::node, "src/handler.mjs"},
    {Language::node, "src/handler.js"},
    {Language::node, "src/app.mjs"},
    {Language::node, "src/app.js"},
};

constexpr std::string_view kNames[] = {"handler", "lambda_handler", "lambdaHandler", "main"};

std::string_view find_name(Language language, std::string_view text) {
  const std::vector<std::string> exported = exported_names(language, text);
  for (const std::string_view name : kNames) {
    if (std::find(exported.begin(), exported.end(), name) != exported.end()) return name;
  }
  return {};
}

std::string folder_name(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::path full = std::filesystem::absolute(directory, ignored).lexically_normal();
  if (full.filename().empty()) full = full.parent_path();
  return full.filename().empty() ? "function" : full.filename().string();
}

Function make(const Wanted& wanted, Language language) {
  Function function;
  function.name = folder_name(wanted.directory);
  function.function_name = function.name;
  function.runtime = find_runtime(wanted.runtime);
  function.runtime_is_guess = function.runtime == nullptr;
  if (function.runtime == nullptr) function.runtime = newest_runtime(kAwsLambda, language);
  function.handler = wanted.handler;
  function.code = wanted.directory;
  function.timeout_ms = kAwsLambda.timeout_ms;
  function.memory_mb = kAwsLambda.memory_mb;
  function.defined_at = wanted.directory;
  // No event source is described: what a function reports of a batch is what its author wants seen.
  function.triggers.batch.reports_failures = true;
  return function;
}

Function made_of(const Wanted& wanted, const Compiled& compiled) {
  Function function = make(wanted, compiled.language);
  if (!compiled.name.empty()) function.name = function.function_name = compiled.name;
  function.code = compiled.code;
  function.handler = compiled.handler;
  return function;
}

/// The first conventional file that holds a handler.
Result<Function> search(const Files& files, const Wanted& wanted) {
  const Runtime* runtime = find_runtime(wanted.runtime);
  std::string seen;
  for (const Convention& convention : kConventions) {
    const std::string file = path::join(wanted.directory, convention.file);
    if (runtime != nullptr && runtime->language != convention.language) continue;
    if (!files.exists(file) || files.is_directory(file)) continue;
    Function function = make(wanted, convention.language);
    if (convention.language == Language::executable) return function;
    const Result<std::string> text = files.read(file);
    if (!text) return tl::unexpected(text.error());
    const std::string_view name = find_name(convention.language, *text);
    if (seen.empty()) seen = file;
    if (name.empty()) continue;
    const std::string_view module = convention.file.substr(0, convention.file.rfind('.'));
    function.handler = fmt::format("{}.{}", module, name);
    return function;
  }
  if (!seen.empty()) {
    return fail(fmt::format("`{}` exports no handler that goes by a usual name", seen),
                "name it: --handler FILE.FUNCTION");
  }
  const Result<std::optional<Compiled>> compiled = find_compiled(files, wanted.directory);
  if (!compiled) return tl::unexpected(compiled.error());
  const bool other = *compiled && runtime != nullptr && runtime->language != (*compiled)->language;
  if (*compiled && !other) return made_of(wanted, **compiled);
  return fail(fmt::format("there is no function in `{}`", wanted.directory),
              "give its folder, a SAM template (--template FILE), or --handler FILE.FUNCTION");
}

}  // namespace

Result<Function> read_folder(const Files& files, const Wanted& wanted) {
  if (!files.is_directory(wanted.directory)) {
    return fail(fmt::format("cannot read `{}`: there is no such folder", wanted.directory));
  }
  if (!wanted.runtime.empty() &&
      (!wanted.handler.empty() || find_runtime(wanted.runtime)->language == Language::executable)) {
    return make(wanted, Language::executable);
  }
  if (wanted.handler.empty()) return search(files, wanted);
  if (wanted.handler.find("::") != std::string::npos) return make(wanted, Language::java);
  const auto file = find_handler_file(files, wanted.directory, wanted.handler);
  if (!file) {
    return fail(
        fmt::format("no file in `{}` fits the handler `{}`", wanted.directory, wanted.handler),
        "a handler is FILE.FUNCTION with the file's name without its ending; "
        "--runtime names the language");
  }
  return make(wanted, file->language);
}

}  // namespace meshfn::function
