#pragma once

// The environment variables of a function: what Lambda sets, what the user adds, and which names
// are not the user's to set.

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "function/project.h"

namespace meshfn::invoke {

using Variables = std::map<std::string, std::string>;

/// What the variables of one environment are made of.
struct VariableSources {
  const function::Function& function;
  const Variables& user;  ///< from `--env` and `--env-file`; win over the template's
  const Variables& host;  ///< our own environment, of which little is passed on
  std::string region;
  std::string runtime_api;  ///< "127.0.0.1:port"
  std::string log_stream;
  std::string task_root;  ///< absolute folder of the code
};

/// Everything the function's process gets. Starts from Lambda's own variables, adds those of the
/// template, then the user's. Of the host only PATH, HOME, TMPDIR and the AWS credentials are
/// passed on (placeholders where there are none), so that a run does not depend on the machine.
Variables function_variables(const VariableSources& sources);

/// A usage error when one of `variables` is reserved by Lambda, as creating the function would
/// fail; `where` says who set it. Credentials may be set, since locally nobody else does.
Result<void> check_variables(const Variables& variables, std::string_view where);

/// Reads `K=V`, or `K` alone for the value in `host`, into `variables`.
Result<void> add_variable(std::string_view text, const Variables& host, Variables& variables);

/// Reads an env file: lines `K=V` (with `export`, quotes and `#` comments as shells have them), or
/// a JSON object of strings, also in the form of sam (`{"Parameters": {…}, "Function": {…}}`).
Result<void> add_env_file(const std::string& text, const std::string& path,
                          std::string_view function, Variables& variables);

/// Reads a file of secrets: lines `K=V`, or a JSON object whose members are texts or, for secrets
/// that have keys, objects.
Result<void> add_secrets_file(const std::string& text, const std::string& path, Variables& secrets);

}  // namespace meshfn::invoke
