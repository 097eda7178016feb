#include "function/runtime.h"

namespace meshfn::function {

namespace {

constexpr const Platform* kPlatforms[] = {&kAwsLambda, &kAzureFunctions, &kGoogleFunctions};

}  // namespace

std::string_view to_string(Language language) {
  switch (language) {
    case Language::python:
      return "Python";
    case Language::node:
      return "Node.js";
    case Language::executable:
      return "executable";
    case Language::java:
      return "Java";
    case Language::dotnet:
      return ".NET";
    case Language::ruby:
      return "Ruby";
    case Language::go:
      return "Go";
    case Language::php:
      return "PHP";
    case Language::powershell:
      return "PowerShell";
  }
  return "";
}

std::span<const Platform* const> platforms() { return kPlatforms; }

std::vector<std::string_view> runtime_names() {
  std::vector<std::string_view> names;
  for (const Platform* platform : platforms()) {
    for (const Runtime& runtime : platform->runtimes()) names.push_back(runtime.name);
  }
  return names;
}

const Runtime* find_runtime(std::string_view name) {
  for (const Platform* platform : platforms()) {
    for (const Runtime& runtime : platform->runtimes()) {
      if (runtime.name == name) return &runtime;
    }
  }
  return nullptr;
}

const Runtime* newest_runtime(const Platform& platform, Language language) {
  for (const Runtime& runtime : platform.runtimes()) {
    if (runtime.language == language) return &runtime;
  }
  return nullptr;
}

std::vector<std::string> programs(const Runtime& runtime) {
  const std::string version(runtime.version);
  switch (runtime.language) {
    case Language::python:
      return {"python" + version, "python3", "python"};
    case Language::node:
      return {"node", "nodejs"};
    case Language::java:
      return {"java"};
    case Language::dotnet:
      return {"dotnet"};
    case Language::ruby:
      return {"ruby"};
    case Language::go:
      return {"go"};
    case Language::php:
      return {"php"};
    case Language::powershell:
      return {"pwsh"};
    case Language::executable:
      break;
  }
  return {};
}

}  // namespace meshfn::function
