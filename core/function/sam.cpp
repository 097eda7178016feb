#include "function/sam.h"

#include <fmt/format.h>

#include "function/cloudformation.h"
#include "function/sam_triggers.h"
#include "yaml/map_reader.h"
#include "yaml/reader.h"

namespace meshfn::function {

namespace {

bool is_function(std::string_view type) {
  return type == "AWS::Serverless::Function" || type == "AWS::Lambda::Function";
}

/// Reads the functions of one template.
class TemplateReader {
 public:
  TemplateReader(const Files& files, yaml::Node root, const std::string& region, Project& project)
      : files_(files),
        root_(root),
        directory_(path::parent(project.described_by)),
        values_(root, region, project.notes),
        project_(project) {}

  void read() {
    for (const auto [key, resource, merged] : root_.find("Resources").entries()) {
      if (is_function(resource.find("Type").text())) {
        project_.functions.push_back(read_function(key, resource));
      }
    }
  }

 private:
  Function read_function(yaml::Node key, yaml::Node resource) {
    const bool serverless = resource.find("Type").text() == "AWS::Serverless::Function";
    const FunctionProperties properties{
        resource.find("Properties"), serverless ? root_.at("Globals", "Function") : yaml::Node()};
    Function function;
    function.name = std::string(key.text());
    function.function_name = values_.text(properties.find("FunctionName")).value_or(function.name);
    function.handler = values_.text(properties.find("Handler")).value_or("");
    function.timeout_ms = values_.integer(properties.find("Timeout")).value_or(3) * 1000;
    function.memory_mb =
        values_.integer(properties.find("MemorySize")).value_or(kAwsLambda.memory_mb);
    function.defined_at = source::to_string(key.where());
    read_environment(properties.globals, function);
    read_environment(properties.own, function);
    read_code(resource, properties, function);
    read_runtime(properties, function);
    read_triggers({root_, directory_, values_, project_.notes}, properties, function);
    return function;
  }

  void read_environment(yaml::Node properties, Function& function) {
    for (const auto [name, value, merged] : properties.at("Environment", "Variables").entries()) {
      if (std::optional<std::string> text = values_.text(value)) {
        function.environment[std::string(name.text())] = std::move(*text);
      }
    }
  }

  void read_code(yaml::Node resource, const FunctionProperties& properties, Function& function) {
    const bool serverless = resource.find("Type").text() == "AWS::Serverless::Function";
    const yaml::Node code = properties.find(serverless ? "CodeUri" : "Code");
    const std::string uri = values_.text(code).value_or(".");
    function.code = path::join(directory_, uri);
    if (values_.text(properties.find("PackageType")) == "Image") {
      function.refused = "container images are not run here (PackageType: Image)";
    } else if (properties.find("InlineCode") || code.find("ZipFile")) {
      function.refused = "code written into the template is not run here: put it into a file";
    } else if (code.is_mapping() || uri.starts_with("s3://")) {
      function.refused = "its code is in S3, not in a local folder";
    } else if (!files_.is_directory(function.code)) {
      function.refused = fmt::format("its code `{}` is not a folder", function.code);
    }
  }

  void read_runtime(const FunctionProperties& properties, Function& function) {
    const std::string name = values_.text(properties.find("Runtime")).value_or("");
    function.runtime = find_runtime(name);
    if (function.runtime != nullptr || !function.refused.empty()) return;
    function.refused =
        name.empty() ? "it has no Runtime" : fmt::format("its runtime `{}` is not known", name);
  }

  const Files& files_;
  yaml::Node root_;
  std::string directory_;
  CloudFormation values_;
  Project& project_;
};

}  // namespace

Result<Project> read_sam(const Files& files, const std::string& path, const std::string& region) {
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
    TemplateReader(files, tree->documents().front().root, region, project).read();
  }
  if (project.functions.empty()) {
    return fail(fmt::format("`{}` describes no function", path),
                "an AWS::Serverless::Function or AWS::Lambda::Function under Resources");
  }
  return project;
}

}  // namespace meshfn::function
