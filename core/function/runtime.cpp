#include "function/runtime.h"

namespace meshfn::function {

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
  }
  return "";
}

const Runtime* find_runtime(std::string_view name) {
  for (const Runtime& runtime : runtimes()) {
    if (runtime.name == name) return &runtime;
  }
  return nullptr;
}

const Runtime* newest_runtime(const Platform& platform, Language language) {
  for (const Runtime& runtime : runtimes()) {
    if (runtime.platform == &platform && runtime.language == language) return &runtime;
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
    case Language::executable:
      break;
  }
  return {};
}

}  // namespace meshfn::function
