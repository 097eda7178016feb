#include "invoke/variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/str.h"

namespace meshfn::invoke {

namespace {

/// CreateFunction refuses these, and everything that begins with an underscore.
constexpr std::string_view kReserved[] = {
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
};

/// Passed on from the host: where programs are, where they may write, and as whom they call AWS.
constexpr std::string_view kFromHost[] = {
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT_URL",
    "AWS_PROFILE",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "HOME",
    "PATH",
    "TMPDIR",
};

bool is_reserved(std::string_view name) {
  if (name.starts_with('_')) return true;
  return std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
}

std::string execution_environment(const function::Runtime& runtime) {
  if (runtime.language == function::Language::executable) return {};
  return "AWS_Lambda_" + std::string(runtime.name);
}

bool is_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" \t=\"'") == std::string_view::npos;
}

/// The value part of a line in an env file: quotes off, escapes of double quotes undone, a
/// comment after an unquoted value dropped.
std::string unquote(std::string_view value) {
  value = str::trim(value);
  if (value.size() > 1 && value.front() == '\'' && value.back() == '\'') {
    return std::string(value.substr(1, value.size() - 2));
  }
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') {
    const std::size_t comment = value.find(" #");
    return std::string(str::trim(value.substr(0, comment)));
  }
  std::string result;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\' && i + 2 < value.size()) {
      ++i;
      result += value[i] == 'n' ? '\n' : (value[i] == 't' ? '\t' : value[i]);
    } else {
      result += value[i];
    }
  }
  return result;
}

Result<void> add_json_object(const nlohmann::json& object, const std::string& path,
                             Variables& variables) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object() || value.is_array()) {
      return fail(fmt::format("{}: the value of `{}` is not a text", path, name));
    }
    variables[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return {};
}

Result<void> add_json(const std::string& text, const std::string& path, std::string_view function,
                      Variables& variables) {
  const nlohmann::json document = parse_json<nlohmann::json>(text);
  if (!document.is_object()) {
    return fail(fmt::format("{}: not a JSON object of variables", path),
                "write {\"NAME\": \"value\"}, or lines NAME=value");
  }
  const bool nested = std::any_of(document.begin(), document.end(),
                                  [](const nlohmann::json& value) { return value.is_object(); });
  if (!nested) return add_json_object(document, path, variables);
  for (const std::string& key : {std::string("Parameters"), std::string(function)}) {
    if (!document.contains(key)) continue;
    if (Result<void> added = add_json_object(document[key], path, variables); !added) return added;
  }
  return {};
}

void add_path(Variables& variables, const std::string& name, const std::string& folder) {
  std::string& value = variables[name];
  value += (value.empty() ? "" : ":") + folder;
}

/// What Lambda finds below /opt, where layers are merged and later ones win: here by the paths that
/// the languages search.
void add_layers(const function::Function& function, const std::string& task_root,
                Variables& variables) {
  if (function.layers.empty()) return;
  add_path(variables, "LD_LIBRARY_PATH", task_root + ":" + task_root + "/lib");
  const std::string version(function.runtime->version);
  for (auto layer = function.layers.rbegin(); layer != function.layers.rend(); ++layer) {
    add_path(variables, "PATH", *layer + "/bin");
    add_path(variables, "LD_LIBRARY_PATH", *layer + "/lib");
    if (function.runtime->language == function::Language::node) {
      add_path(variables, "NODE_PATH", *layer + "/nodejs/node" + version + "/node_modules");
      add_path(variables, "NODE_PATH", *layer + "/nodejs/node_modules");
    } else if (function.runtime->language == function::Language::python) {
      add_path(variables, "PYTHONPATH", *layer + "/python");
      add_path(variables, "PYTHONPATH", *layer + "/python/lib/python" + version + "/site-packages");
    }
  }
}

}  // namespace

Variables function_variables(const VariableSources& sources) {
  const function::Function& function = sources.function;
  Variables result = {
      {"AWS_ACCESS_KEY_ID", "defaultkey"},
      {"AWS_SECRET_ACCESS_KEY", "defaultsecret"},
      {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"},
      {"AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000"},
      {"LANG", "en_US.UTF-8"},
      {"PATH", "/usr/local/bin:/usr/bin:/bin"},
      {"TZ", ":UTC"},
  };
  for (const std::string_view name : kFromHost) {
    const auto found = sources.host.find(std::string(name));
    if (found != sources.host.end()) result[found->first] = found->second;
  }
  for (const auto& [name, value] : function.environment) result[name] = value;
  for (const auto& [name, value] : sources.user) result[name] = value;
  add_layers(function, sources.task_root, result);
  const std::string environment = execution_environment(*function.runtime);
  if (!environment.empty()) result["AWS_EXECUTION_ENV"] = environment;
  result["_HANDLER"] = function.handler;
  result["AWS_DEFAULT_REGION"] = sources.region;
  result["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(function.memory_mb);
  result["AWS_LAMBDA_FUNCTION_NAME"] = function.function_name;
  result["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST";
  result["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
  result["AWS_LAMBDA_LOG_GROUP_NAME"] = "/aws/lambda/" + function.function_name;
  result["AWS_LAMBDA_LOG_STREAM_NAME"] = sources.log_stream;
  result["AWS_LAMBDA_METADATA_API"] = sources.runtime_api;
  // As good as random: it ends in the random part of the stream's name.
  result["AWS_LAMBDA_METADATA_TOKEN"] =
      sources.log_stream.substr(sources.log_stream.rfind(']') + 1);
  result["AWS_LAMBDA_RUNTIME_API"] = sources.runtime_api;
  result["AWS_REGION"] = sources.region;
  result["AWS_SAM_LOCAL"] = "true";  // what existing code asks to learn that it runs locally
  result["LAMBDA_RUNTIME_DIR"] = sources.task_root;
  result["LAMBDA_TASK_ROOT"] = sources.task_root;
  return result;
}

Result<void> check_variables(const Variables& variables, std::string_view where) {
  for (const auto& [name, value] : variables) {
    if (!is_reserved(name)) continue;
    return usage_error(
        fmt::format("the environment variable `{}` ({}) is reserved by Lambda", name, where),
        "creating the function would be refused: choose another name");
  }
  return {};
}

Result<void> add_variable(std::string_view text, const Variables& host, Variables& variables) {
  const std::size_t equals = text.find('=');
  const std::string name(text.substr(0, equals));
  if (!is_name(name)) {
    return usage_error(fmt::format("`{}` is no environment variable", text), "write NAME=VALUE");
  }
  if (equals != std::string_view::npos) {
    variables[name] = std::string(text.substr(equals + 1));
    return {};
  }
  const auto found = host.find(name);
  if (found == host.end()) {
    return usage_error(fmt::format("the environment variable `{}` is not set", name),
                       "write NAME=VALUE to give the value here");
  }
  variables[name] = found->second;
  return {};
}

Result<void> add_env_file(const std::string& text, const std::string& path,
                          std::string_view function, Variables& variables) {
  if (str::trim(text).starts_with('{')) return add_json(text, path, function, variables);
  std::size_t number = 0;
  for (std::string_view line : str::lines(text)) {
    ++number;
    line = str::trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line = str::trim(line.substr(7));
    const std::size_t equals = line.find('=');
    const std::string_view name = str::trim(line.substr(0, equals));
    if (equals == std::string_view::npos || !is_name(name)) {
      return fail(fmt::format("{}:{}:1: `{}` is no environment variable", path, number, line),
                  "write NAME=value");
    }
    variables[std::string(name)] = unquote(line.substr(equals + 1));
  }
  return {};
}

Result<void> add_secrets_file(const std::string& text, const std::string& path,
                              Variables& secrets) {
  const nlohmann::json document = parse_json<nlohmann::json>(text);
  if (!document.is_object()) return add_env_file(text, path, {}, secrets);
  for (const auto& [name, value] : document.items()) {
    secrets[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return {};
}

}  // namespace meshfn::invoke
