#include "function/azure_app.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/json.h"
#include "base/str.h"

namespace meshfn::function {

namespace {

using Json = nlohmann::ordered_json;

/// A JSON file with comments, as the tools of Azure write and read them; null when it is absent.
Result<Json> read_json(const Files& files, const std::string& path) {
  if (!files.exists(path)) return Json();
  const Result<std::string> text = files.read(path);
  if (!text) return tl::unexpected(text.error());
  Json json = parse_json(text->starts_with("\xEF\xBB\xBF") ? text->substr(3) : *text,
                         JsonComments::passed_over);
  if (!json.is_object()) return fail(fmt::format("{}: not a JSON object", path));
  return json;
}

Result<std::map<std::string, std::string>> settings_of(const Json& settings,
                                                       const std::string& path) {
  std::map<std::string, std::string> values;
  if (!settings.contains("Values")) return values;
  if (settings.value("IsEncrypted", false)) {
    return fail(fmt::format("{}: its values are encrypted", path),
                "run `func settings decrypt` in its folder");
  }
  for (const auto& [name, value] : settings["Values"].items()) {
    if (value.is_null()) continue;
    values[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return values;
}

/// "00:05:00" or "1.00:00:00" in milliseconds; -1 is no limit, for which the longest stands.
std::int64_t function_timeout(const Json& host) {
  const std::string text = host.value("functionTimeout", std::string());
  if (text == "-1" || text.starts_with("-")) return kAzureFunctions.max_timeout_ms;
  std::int64_t days = 0;
  std::string_view rest = text;
  if (const std::size_t dot = rest.find('.');
      dot != std::string_view::npos && dot < rest.find(':')) {
    days = std::atoll(text.c_str());
    rest = rest.substr(dot + 1);
  }
  const std::vector<std::string_view> parts = str::split(rest, ':');
  if (parts.size() != 3) return kAzureFunctions.timeout_ms;
  std::int64_t seconds = days * 24;
  for (const std::string_view part : parts) {
    std::int64_t number = 0;
    for (const char c : part) {
      if (c >= '0' && c <= '9') number = number * 10 + (c - '0');
    }
    seconds = seconds * (&part == parts.data() ? 1 : 60) + number;
  }
  return seconds * 1000;
}

/// The worker by its setting, or by what is in the folder.
std::optional<Language> language_of(const Files& files, const Wanted& wanted, const Json& host,
                                    const std::string& worker) {
  const auto has = [&](std::string_view name) {
    return files.exists(path::join(wanted.directory, name));
  };
  if (host.contains("customHandler") || worker == "custom") return Language::executable;
  if (worker == "node") return Language::node;
  if (worker == "python") return Language::python;
  if (worker.starts_with("dotnet")) return Language::dotnet;
  if (worker == "java") return Language::java;
  if (worker == "powershell") return Language::powershell;
  if (has("package.json")) return Language::node;
  if (has("function_app.py") || has("requirements.txt")) return Language::python;
  return std::nullopt;
}

}  // namespace

Result<std::optional<Project>> read_azure_app(const Files& files, const Wanted& wanted) {
  const Runtime* named = find_runtime(wanted.runtime);
  const bool other = (!wanted.cloud.empty() && wanted.cloud != "azure") ||
                     (named != nullptr && named->platform != &kAzureFunctions);
  const std::string host_path = path::join(wanted.directory, "host.json");
  if (other) return std::nullopt;
  const bool asked = wanted.cloud == "azure" || named != nullptr;
  if (!files.exists(host_path)) {
    if (!asked) return std::nullopt;
    return fail(fmt::format("there is no Azure Functions app in `{}`: it has no host.json",
                            wanted.directory));
  }
  const Result<Json> host = read_json(files, host_path);
  if (!host) return tl::unexpected(host.error());
  const std::string settings_path = path::join(wanted.directory, "local.settings.json");
  const Result<Json> settings = read_json(files, settings_path);
  if (!settings) return tl::unexpected(settings.error());
  auto values = settings_of(*settings, settings_path);
  if (!values) return tl::unexpected(values.error());

  Function function;
  function.environment = std::move(*values);
  const auto worker = function.environment.find("FUNCTIONS_WORKER_RUNTIME");
  const std::optional<Language> language =
      named != nullptr ? named->language
                       : language_of(files, wanted, *host,
                                     worker == function.environment.end() ? "" : worker->second);
  if (!language) {
    return fail(fmt::format("{}: nothing says which language the app is written in", host_path),
                "set FUNCTIONS_WORKER_RUNTIME in local.settings.json");
  }
  function.runtime = named != nullptr ? named : newest_runtime(kAzureFunctions, *language);
  function.runtime_is_guess = named == nullptr;
  function.part_of_app = true;
  function.code = wanted.directory;
  function.handler = wanted.handler;
  function.defined_at = host_path;
  function.timeout_ms = function_timeout(*host);
  function.memory_mb = kAzureFunctions.memory_mb;
  function.host = host->dump();
  return Project{wanted.directory, {std::move(function)}, {}};
}

}  // namespace meshfn::function
