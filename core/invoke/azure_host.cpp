#include "invoke/azure_host.h"

#include <fmt/format.h>

#include "base/files.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

}  // namespace

std::string expanded(std::string text, const Variables& variables) {
  for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at)) {
    const std::size_t end = text.find('%', at + 1);
    if (end == std::string::npos) break;
    const auto found = variables.find(text.substr(at + 1, end - at - 1));
    if (found == variables.end()) {
      at = end;
      continue;
    }
    text.replace(at, end - at + 1, found->second);
    at += found->second.size();
  }
  return text;
}

Json json_at(const Json& json, std::initializer_list<const char*> keys) {
  const Json* value = &json;
  for (const char* key : keys) {
    if (!value->is_object() || !value->contains(key)) return {};
    value = &(*value)[key];
  }
  return *value;
}

std::string json_text(const Json& json, std::initializer_list<const char*> keys) {
  const Json value = json_at(json, keys);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::vector<AzureFunction> azure_folders(const std::string& code) {
  const std::unique_ptr<Files> files = real_files();
  Json list = Json::array();
  const Result<std::vector<std::string>> paths = files->walk(code);
  if (!paths) return {};
  for (const std::string& path : *paths) {
    const std::string folder = path::parent(path);
    if (path::name(path) != "function.json" || path::parent(folder) != code) continue;
    const Result<std::string> text = files->read(path);
    Json json = text ? parse_json(*text, JsonComments::passed_over) : Json();
    if (!json.is_object()) continue;
    json["name"] = path::name(folder);
    list.push_back(std::move(json));
  }
  return azure_functions(list);
}

std::vector<AzureFunction> azure_routes(const Json& host) {
  Json list = Json::array();
  for (const Json& one : json_at(host, {"customHandler", "http", "routes"})) {
    const std::string name =
        fmt::format("http-handler{}", list.empty() ? "" : std::to_string(list.size()));
    list.push_back({{"name", name},
                    {"bindings",
                     {{{"type", "httpTrigger"},
                       {"direction", "in"},
                       {"name", "req"},
                       {"authLevel", json_text(one, {"authLevel"})},
                       {"route", json_text(one, {"route"})}},
                      {{"type", "http"}, {"direction", "out"}, {"name", "res"}}}}});
  }
  return azure_functions(list);
}

}  // namespace meshfn::invoke
