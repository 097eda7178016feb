#include "function/project.h"

#include <fmt/format.h>

#include "base/str.h"
#include "base/suggest.h"
#include "function/sam.h"

namespace meshfn::function {

namespace {

Result<const Runtime*> wanted_runtime(const Wanted& wanted) {
  if (wanted.runtime.empty()) return nullptr;
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

}  // namespace

Result<Project> find_project(const Files& files, const Wanted& wanted) {
  const Result<const Runtime*> runtime = wanted_runtime(wanted);
  if (!runtime) return tl::unexpected(runtime.error());
  const std::string descriptor = find_template(files, wanted);
  if (!descriptor.empty()) {
    Result<Project> project = read_sam(files, descriptor, wanted.region);
    if (!project) return project;
    for (Function& function : project->functions) {
      if (*runtime != nullptr) {
        function.runtime = *runtime;
        function.refused.clear();
      }
      if (!wanted.handler.empty()) function.handler = wanted.handler;
    }
    return project;
  }
  Result<Function> function = read_folder(files, wanted);
  if (!function) return tl::unexpected(function.error());
  return Project{wanted.directory, {std::move(*function)}, {}};
}

Result<Function> choose(const Project& project, std::string_view name) {
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
