#pragma once

// What there is to run. Functions are found where people already describe them (a SAM or
// CloudFormation template) or by looking at a folder; nothing has to be written for us.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "function/runtime.h"
#include "function/trigger.h"

namespace meshfn::function {

/// One function, ready to be started.
struct Function {
  std::string name;           ///< what the user calls it: logical id, or name of the folder
  std::string function_name;  ///< its name in the cloud; same as `name` when nothing else is said
  const Runtime* runtime = nullptr;
  bool runtime_is_guess = false;  ///< nobody named a runtime: the newest of the language is taken
  std::string handler;            ///< "app.handler"; empty for executables
  /// Google: "http", "cloudevent", "event" or "typed"; empty when only the code says it.
  std::string signature;
  std::string entry;  ///< Google: file or folder below `code` to load, where it is not the usual
  std::string code;   ///< folder of the code, as a path that can be opened
  /// Azure: stands for whatever functions the app has; `name` is chosen when it is started.
  bool part_of_app = false;
  std::string host;  ///< Azure: host.json, as JSON
  std::int64_t timeout_ms = 0;
  std::int64_t memory_mb = 0;
  std::map<std::string, std::string> environment;
  Triggers triggers;                ///< what calls it
  std::vector<std::string> layers;  ///< folders that Lambda would merge into /opt, in order
  std::string defined_at;           ///< "template.yaml:12:3" or the folder
  std::string refused;              ///< why it cannot be run here; empty when it can
};

struct Project {
  std::string described_by;  ///< path of the template, or the folder
  std::vector<Function> functions;
  std::vector<std::string> notes;  ///< what was left out, each with its place
};

/// What the user said on the command line about where and what.
struct Wanted {
  std::string directory = ".";
  std::string template_path;  ///< empty: look for one in `directory`
  std::string handler;        ///< empty: as described or found
  std::string runtime;        ///< empty: as described or found
  std::string region = "us-east-1";
  std::string cloud;      ///< "aws", "azure" or "gcp"; empty: by what is found
  std::string signature;  ///< Google's signature type; empty: as found
  std::string stage;      ///< of serverless.yml; empty: its own
  std::map<std::string, std::string> environment;  ///< ours, for `${env:}` in serverless.yml
};

/// Finds the functions of a folder: `template.yaml`, `template.yml` or `template.json` in it, or
/// else serverless.yml, an Azure app (host.json), functions of Google's framework, or else the
/// folder itself as one function. `cloud` rules out the others. An unknown `runtime` is a usage
/// error with a suggestion.
Result<Project> find_project(const Files& files, const Wanted& wanted);

/// Looks at a folder without a descriptor: `app.py`, `index.mjs`, `bootstrap`, …
Result<Function> read_folder(const Files& files, const Wanted& wanted);

/// The function that the user means: by logical id or cloud name, or the only one when `name` is
/// empty. The error lists the names and suggests the nearest.
Result<Function> choose(const Project& project, std::string_view name);

}  // namespace meshfn::function
