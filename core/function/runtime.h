#pragma once

// The platforms that run functions and their runtimes, as tables. A new runtime is a row of its
// platform's file (aws.cpp, azure.cpp, google.cpp); how a language is started locally is the
// business of invoke/.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn::function {

struct Runtime;

/// A cloud's function service and what it assumes when nothing is said.
struct Platform {
  std::string_view name;  ///< "aws-lambda"
  std::string_view summary;
  std::span<const Runtime> (*runtimes)() = nullptr;  ///< newest first within a language
  std::int64_t timeout_ms = 0;                       ///< of one invocation
  std::int64_t max_timeout_ms = 0;
  std::int64_t init_timeout_ms = 0;  ///< of the start-up before the first invocation
  std::int64_t memory_mb = 0;
  std::int64_t min_memory_mb = 0;
  std::int64_t max_memory_mb = 0;
};

enum class Language { python, node, executable, java, dotnet, ruby, go, php, powershell };

/// "Python", "Node.js", …
std::string_view to_string(Language language);

/// An identifier that a deployment descriptor may name.
struct Runtime {
  std::string_view name;  ///< "python3.13"
  const Platform* platform = nullptr;
  Language language = Language::executable;
  std::string_view version;     ///< of the language: "3.13"; empty for executables
  std::string_view deprecated;  ///< "2026-04-30": the day the platform stops supporting it
};

extern const Platform kAwsLambda;
extern const Platform kAzureFunctions;
extern const Platform kGoogleFunctions;

/// All platforms.
std::span<const Platform* const> platforms();

/// Names of every runtime of every platform.
std::vector<std::string_view> runtime_names();

/// The runtime called `name`; null when there is none.
const Runtime* find_runtime(std::string_view name);

/// The newest runtime of `language` on `platform`; null when it has none.
const Runtime* newest_runtime(const Platform& platform, Language language);

/// Names of programs that can run `runtime` on this machine, best first; empty for executables,
/// which are started themselves.
std::vector<std::string> programs(const Runtime& runtime);

}  // namespace meshfn::function
