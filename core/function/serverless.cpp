#include "function/serverless.h"

#include <fmt/format.h>

#include "base/str.h"
#include "function/serverless_variables.h"
#include "yaml/map_reader.h"
#include "yaml/reader.h"

namespace meshfn::function {

namespace {

constexpr std::int64_t kTimeoutSeconds = 6;  // the framework's defaults, not the cloud's
constexpr std::int64_t kMemoryMb = 1024;

class ServerlessReader {
 public:
  ServerlessReader(const Files& files, const std::string& path, yaml::Node root,
                   const Wanted& wanted, Project& project)
      : directory_(path::parent(path)),
        root_(root),
        provider_(root.find("provider")),
        values_(files, directory_, root, wanted, project.notes),
        project_(project) {}

  void read() {
    const yaml::Node functions = root_.find("functions");
    if (functions.is_sequence()) {
      for (const yaml::Node part : functions.items()) read_all(values_.mapping(part));
    } else {
      read_all(values_.mapping(functions));
    }
  }

 private:
  void read_all(yaml::Node functions) {
    for (const auto [key, value, merged] : functions.entries()) {
      project_.functions.push_back(read_function(key, values_.mapping(value)));
    }
  }

  yaml::Node setting(yaml::Node own, std::string_view name) const {
    const yaml::Node found = own.find(name);
    return found ? found : provider_.find(name);
  }

  Function read_function(yaml::Node key, yaml::Node node) {
    Function function;
    function.name = std::string(key.text());
    const std::string service = values_.text(root_.find("service")).value_or("service");
    const std::string stage = values_.text(provider_.find("stage")).value_or("dev");
    function.function_name = values_.text(node.find("name"))
                                 .value_or(fmt::format("{}-{}-{}", service, stage, function.name));
    function.handler = values_.text(node.find("handler")).value_or("");
    function.code = directory_;
    function.timeout_ms =
        values_.integer(setting(node, "timeout")).value_or(kTimeoutSeconds) * 1000;
    function.memory_mb = values_.integer(setting(node, "memorySize")).value_or(kMemoryMb);
    function.defined_at = source::to_string(key.where());
    add_environment(provider_.find("environment"), function);
    add_environment(node.find("environment"), function);
    choose_runtime(node, function);
    return function;
  }

  void add_environment(yaml::Node node, Function& function) {
    for (const auto [key, value, merged] : values_.mapping(node).entries()) {
      if (auto text = values_.text(value)) function.environment[std::string(key.text())] = *text;
    }
  }

  void choose_runtime(yaml::Node node, Function& function) {
    const std::string provider = values_.text(provider_.find("name")).value_or("aws");
    const std::string runtime = values_.text(setting(node, "runtime")).value_or("");
    function.runtime = find_runtime(runtime);
    if (node.find("image")) function.refused = "container images are not run here (image)";
    if (!function.refused.empty() || function.runtime != nullptr) return;
    if (provider != "aws" && provider != "google") {
      function.refused = fmt::format(
          "functions of the provider `{}` are not run from "
          "serverless.yml",
          provider);
    } else {
      function.refused = runtime.empty() ? "it has no runtime"
                                         : fmt::format("its runtime `{}` is not known", runtime);
    }
  }

  std::string directory_;
  yaml::Node root_;
  yaml::Node provider_;
  ServerlessVariables values_;
  Project& project_;
};

}  // namespace

Result<Project> read_serverless(const Files& files, const std::string& path, const Wanted& wanted) {
  Result<std::string> text = files.read(path);
  if (!text) return tl::unexpected(text.error());
  const source::File file(path, std::move(*text));
  yaml::Problems problems;
  const std::unique_ptr<yaml::Tree> tree = yaml::read(file, problems);
  if (const auto* problem = yaml::first_error(problems)) {
    return tl::unexpected(yaml::to_error({*problem}));
  }
  Project project;
  project.described_by = path;
  if (!tree->documents().empty()) {
    ServerlessReader(files, path, tree->documents().front().root, wanted, project).read();
  }
  if (project.functions.empty()) {
    return fail(fmt::format("`{}` describes no function", path), "they stand under `functions:`");
  }
  return project;
}

}  // namespace meshfn::function
