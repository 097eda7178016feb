#include "function/project.h"

#include <fmt/format.h>

#include <optional>

#include "base/str.h"
#include "base/suggest.h"
#include "function/azure_app.h"
#include "function/google_app.h"
#include "function/sam.h"
#include "function/serverless.h"

namespace meshfn::function {

namespace {

Result<const Runtime*> wanted_runtime(const Wanted& wanted) {
  if (wanted.runtime.empty()) return nullptr;
  // AWS and Google have the same names for Java's.
  if (wanted.cloud == "gcp") {
    if (const Runtime* runtime = find_runtime(wanted.runtime + "-gcp")) return runtime;
  }
  if (const Runtime* runtime = find_runtime(wanted.runtime)) return runtime;
  const std::vector<std::string_view> names = runtime_names();
  std::string hint = did_you_mean(wanted.runtime, names);
  if (hint.empty()) hint = "runtimes are " + str::join(names, ", ");
  return usage_error(fmt::format("unknown runtime `{}`", wanted.runtime), hint);
}

/// `directory` or the template's file name in it; empty when there is none.
std::string find_template(const Files& files, const Wanted& wanted) {
  if (!wanted.template_path.empty()) return wanted.template_path;
  for (const std::string_view name : {"template.yaml", "template.yml", "template.json"}) {
    std::string candidate = path::join(wanted.directory, name);
    if (files.exists(candidate) && !files.is_directory(candidate)) return candidate;
  }
  return {};
}

bool is_other_cloud(const Wanted& wanted) { return !wanted.cloud.empty() && wanted.cloud != "aws"; }

Result<std::optional<Project>> read_template(const Files& files, const Wanted& wanted) {
  const std::string path = find_template(files, wanted);
  if (path.empty() || is_other_cloud(wanted)) return std::nullopt;
  Result<Project> project = read_sam(files, path, wanted.region);
  if (!project) return tl::unexpected(project.error());
  return std::move(*project);
}

Result<std::optional<Project>> read_serverless_file(const Files& files, const Wanted& wanted) {
  for (const std::string_view name : {"serverless.yml", "serverless.yaml"}) {
    const std::string path = path::join(wanted.directory, name);
    if (is_other_cloud(wanted) || !files.exists(path)) continue;
    Result<Project> project = read_serverless(files, path, wanted);
    if (!project) return tl::unexpected(project.error());
    return std::move(*project);
  }
  return std::nullopt;
}

/// What the command line says wins over what is described.
void apply(const Wanted& wanted, const Runtime* runtime, Function& function) {
  if (runtime != nullptr) {
    function.runtime = runtime;
    function.refused.clear();
  }
  if (!wanted.handler.empty()) function.handler = wanted.handler;
}

}  // namespace

Result<Project> find_project(const Files& files, const Wanted& wanted) {
  const Result<const Runtime*> runtime = wanted_runtime(wanted);
  if (!runtime) return tl::unexpected(runtime.error());
  for (const auto read : {read_template, read_serverless_file, read_azure_app, read_google_app}) {
    Result<std::optional<Project>> project = read(files, wanted);
    if (!project) return tl::unexpected(project.error());
    if (!*project) continue;
    for (Function& function : (*project)->functions) apply(wanted, *runtime, function);
    return std::move(**project);
  }
  Result<Function> function = read_folder(files, wanted);
  if (!function) return tl::unexpected(function.error());
  return Project{wanted.directory, {std::move(*function)}, {}};
}

Result<Function> choose(const Project& project, std::string_view name) {
  if (project.functions.size() == 1 && project.functions.front().part_of_app) {
    Function function = project.functions.front();
    function.name = std::string(name);
    return function;
  }
  std::vector<std::string_view> names;
  for (const Function& function : project.functions) {
    if (!name.empty() && (function.name == name || function.function_name == name)) {
      return function;
    }
    names.push_back(function.name);
  }
  if (name.empty() && project.functions.size() == 1) return project.functions.front();
  const std::string list = "its functions are " + str::join(names, ", ");
  if (name.empty()) {
    return usage_error(fmt::format("`{}` has {} functions: name one", project.described_by,
                                   project.functions.size()),
                       list);
  }
  std::string hint = did_you_mean(name, names);
  return fail(fmt::format("there is no function `{}` in `{}`", name, project.described_by),
              hint.empty() ? list : hint);
}

}  // namespace meshfn::function
