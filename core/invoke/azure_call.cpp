#include "invoke/azure_call.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/str.h"
#include "function/ncrontab.h"
#include "invoke/http_event.h"
#include "invoke/runtime_api.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string()
             ? object[name].get<std::string>()
             : std::string();
}

/// The member called `name` in any case, as .NET reads JSON; null when there is none.
Json member(const Json& object, std::string_view name) {
  if (!object.is_object()) return {};
  for (const auto& [key, value] : object.items()) {
    if (str::equals_ignore_case(key, name)) return value;
  }
  return {};
}

std::string unescape(std::string_view text, bool plus) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const bool escaped = text[i] == '%' && i + 2 < text.size() &&
                         std::sscanf(std::string(text.substr(i + 1, 2)).c_str(), "%2x", &code) == 1;
    if (escaped) {
      result += static_cast<char>(code);
      i += 2;
    } else {
      result += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

Json query_of(std::string_view target) {
  Json query = Json::object();
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return query;
  for (const std::string_view pair : str::split(target.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string name = unescape(pair.substr(0, equals), true);
    const std::string value =
        equals == std::string_view::npos ? "" : unescape(pair.substr(equals + 1), true);
    query[name] = query.contains(name) ? query[name].get<std::string>() + "," + value : value;
  }
  return query;
}

std::string iso_time(std::int64_t unix_seconds) {
  const UtcTime t = to_utc(unix_seconds * 1000);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+00:00", t.year, t.month, t.day, t.hour,
                     t.minute, t.second);
}

/// A timer that fires now.
Json timer_datum(const Json& trigger, std::int64_t now_ms) {
  const std::int64_t now = now_ms / 1000;
  const auto schedule = function::Schedule::parse(text(trigger, "schedule"));
  const auto next = schedule ? schedule->next(now) : std::nullopt;
  Json status = Json();
  if (next) {
    status = {{"Last", iso_time(now)}, {"Next", iso_time(*next)}, {"LastUpdated", iso_time(now)}};
  }
  return {{"Schedule", {{"AdjustForDST", true}}},
          {"ScheduleStatus", std::move(status)},
          {"IsPastDue", false}};
}

/// Metadata that a trigger's library cannot do without, for an event that has none.
Json metadata_of(const std::string& trigger_type, const Json& datum, std::int64_t now_ms) {
  const std::string now = iso_time(now_ms / 1000);
  const std::string later = iso_time(now_ms / 1000 + 7 * 86'400);
  if (trigger_type == "queuetrigger") {
    return {{"QueueTrigger", datum.is_string() ? datum : Json(datum.dump())},
            {"DequeueCount", 1},
            {"ExpirationTime", later},
            {"Id", "00000000-0000-4000-8000-000000000001"},
            {"InsertionTime", now},
            {"NextVisibleTime", now},
            {"PopReceipt", "local"}};
  }
  if (trigger_type == "servicebustrigger") {
    return {{"MessageId", "00000000000040008000000000000001"},
            {"DeliveryCount", 1},
            {"SequenceNumber", 1},
            {"EnqueuedTimeUtc", now},
            {"LockToken", "00000000-0000-4000-8000-000000000001"},
            {"ApplicationProperties", Json::object()}};
  }
  if (trigger_type == "blobtrigger") {
    return {{"BlobTrigger", "container/blob"},
            {"Uri", "https://local.blob.core.windows.net/container/blob"},
            {"Properties", Json::object()},
            {"Metadata", Json::object()},
            {"name", "blob"}};
  }
  return Json::object();
}

std::string header_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// An HTTP answer in any of the forms that handlers give.
void take_http(const Json& value, Outcome& outcome) {
  HttpAnswer answer;
  Json body = value;
  if (value.is_object() && (value.contains("body") || value.contains("statusCode") ||
                            value.contains("status") || value.contains("headers"))) {
    const Json given = value.contains("statusCode") ? value["statusCode"] : member(value, "status");
    if (given.is_number()) answer.status = given.get<int>();
    if (given.is_string()) answer.status = std::atoi(given.get<std::string>().c_str());
    const Json headers = member(value, "headers");
    for (const auto& [name, one] : headers.items()) {
      if (!one.is_array()) {
        answer.fields.emplace_back(name, header_text(one));
        continue;
      }
      for (const Json& each : one) answer.fields.emplace_back(name, header_text(each));
    }
    body = member(value, "body");
  }
  outcome.payload = body.is_null() ? "" : header_text(body);
  outcome.http = std::move(answer);
}

/// Names of bindings that a library made up ("queueOutputba10a508f2") mean nothing to a reader:
/// what they write to does.
std::string output_name(const Json& bindings, const std::string& name) {
  for (const Json& binding : bindings) {
    if (text(binding, "name") != name) continue;
    const std::size_t at = name.rfind("Output");
    const bool made_up = at != std::string::npos && name.size() == at + 16;
    if (!made_up) return name;
    for (const char* target : {"queueName", "topicName", "eventHubName", "path", "containerName",
                               "tableName", "topic", "commandText", "topicEndpointUri"}) {
      if (const std::string found = text(binding, target); !found.empty()) return found;
    }
  }
  return name;
}

bool has_output(const Json& bindings, std::string_view name) {
  for (const Json& binding : bindings) {
    if (text(binding, "name") == name) return true;
  }
  return false;
}

std::string http_output(const Json& bindings) {
  for (const Json& binding : bindings) {
    if (str::lower(text(binding, "type")) == "http") return text(binding, "name");
  }
  return {};
}

/// Of a batch, each item has its own metadata: lists named `…Array` are made as long as the batch.
void fit_batch(const AzureFunction& function, Json& call) {
  const Json datum = call["Data"].empty() ? Json() : call["Data"].begin().value();
  if (!datum.is_array()) return;
  Json& metadata = call["Metadata"];
  if (function.trigger_type() == "eventhubtrigger" && !metadata.contains("SystemPropertiesArray")) {
    metadata["SystemPropertiesArray"] = Json::array({Json::object()});
  }
  for (auto one = metadata.begin(); one != metadata.end(); ++one) {
    if (!one.key().ends_with("Array") || one.value().size() != 1) continue;
    const Json only = one.value()[0];
    one.value() = Json(datum.size(), only);
  }
}

}  // namespace

const Json* AzureFunction::trigger() const {
  for (const Json& binding : bindings) {
    if (str::lower(text(binding, "type")).ends_with("trigger")) return &binding;
  }
  return nullptr;
}

std::string AzureFunction::trigger_type() const {
  const Json* const found = trigger();
  return found == nullptr ? std::string() : str::lower(text(*found, "type"));
}

std::vector<AzureFunction> azure_functions(const Json& list) {
  std::vector<AzureFunction> functions;
  if (!list.is_array()) return functions;
  for (const Json& one : list) {
    functions.push_back({text(one, "name"), member(one, "bindings"), member(one, "retry")});
  }
  return functions;
}

Json AzureRequest::datum() const {
  Json headers = Json::object();
  for (const auto& [name, value] : http.fields) headers[name] = Json::array({value});
  const std::string host(http.field("host"));
  return {{"Url", fmt::format("http://{}{}", host.empty() ? "localhost:7071" : host, http.target)},
          {"Method", http.method},
          {"Query", query_of(http.target)},
          {"Headers", std::move(headers)},
          {"Params", parameters},
          {"Identities", Json::array()},
          {"Body", http.body}};
}

std::optional<AzureRequest> azure_request(std::string_view event, const AzureFunction* function,
                                          std::string_view prefix) {
  AzureRequest request;
  const Json json = parse_json(event);
  const Json data = member(json, "Data");
  if (data.is_object()) {
    for (const auto& [name, value] : data.items()) {
      if (!value.is_object() || !value.contains("Method")) continue;
      const auto described = described_request(Json{
          {"method", value["Method"]},
          {"url", member(value, "Url")},
          {"headers", member(value, "Headers")},
          {"body", member(value, "Body")}}.dump());
      if (!described) return std::nullopt;
      request.http = *described;
      return request;
    }
    return std::nullopt;
  }
  if (auto described = described_request(event)) {
    request.http = std::move(*described);
    return request;
  }
  if (function == nullptr || !function->is_http()) return std::nullopt;
  const bool empty = json.is_object() && json.empty();
  const Json methods = member(*function->trigger(), "methods");
  const auto allows = [&](const char* method) {
    if (!methods.is_array() || methods.empty()) return true;
    for (const Json& one : methods) {
      if (str::equals_ignore_case(header_text(one), method)) return true;
    }
    return false;
  };
  const std::string route = text(*function->trigger(), "route");
  request.http = posted_json(event);
  if (empty && allows("GET"))
    request.http = {.method = "GET", .target = {}, .fields = {}, .body = {}};
  if (!empty && !allows("POST") && allows("PUT")) request.http.method = "PUT";
  request.http.target = fmt::format("{}{}/{}", prefix.empty() ? "" : "/", prefix,
                                    route.empty() ? function->name : route);
  return request;
}

std::optional<std::string> path_below(const http::Request& request, std::string_view prefix) {
  std::string path =
      unescape(std::string_view(request.target).substr(0, request.target.find('?')), false);
  while (path.starts_with('/')) path.erase(0, 1);
  while (path.ends_with('/')) path.pop_back();
  if (prefix.empty()) return path;
  const bool below = str::equals_ignore_case(path.substr(0, prefix.size()), prefix);
  if (below && path.size() == prefix.size()) return std::string();
  if (!below || path[prefix.size()] != '/') return std::nullopt;
  return path.substr(prefix.size() + 1);
}

Json azure_event(std::string_view event, const AzureFunction& function, std::int64_t now_ms) {
  Json json = parse_json(event);
  if (member(json, "Data").is_object()) {
    fit_batch(function, json);
    return json;
  }
  const Json& trigger = *function.trigger();
  const bool timer = function.trigger_type() == "timertrigger";
  const bool empty = json.is_object() && json.empty();
  Json datum = timer && empty ? timer_datum(trigger, now_ms) : std::move(json);
  Json call = Json::object();
  call["Metadata"] = metadata_of(function.trigger_type(), datum, now_ms);
  call["Data"][text(trigger, "name")] = std::move(datum);
  fit_batch(function, call);
  return call;
}

void take_azure_answer(const std::string& body, const AzureFunction& function, Outcome& outcome) {
  const Json json = parse_json(body);
  if (!json.is_object()) {
    outcome.status = Status::function_error;
    outcome.error_type = "Host.InvalidResponse";
    outcome.payload = error_document(outcome.error_type, "the handler's answer is not JSON");
    outcome.hint = "it answers {\"Outputs\": {…}, \"Logs\": […], \"ReturnValue\": …}";
    return;
  }
  const std::string http = http_output(function.bindings);
  const Json returned = member(json, "ReturnValue");
  Json outputs = Json::object();
  bool answered = false;
  const Json given = member(json, "Outputs");
  for (const auto& [name, value] : given.items()) {
    const bool is_http = name == "$http" || (!http.empty() && name == http);
    if (is_http) take_http(value, outcome);
    answered = answered || is_http;
    if (!is_http) outputs[output_name(function.bindings, name)] = value;
  }
  if (!answered && http == "$return" && !returned.is_null()) {
    take_http(returned, outcome);
    answered = true;
  }
  if (function.is_http()) {
    if (!answered) outcome.http = HttpAnswer{};
  } else {
    outcome.payload = returned.dump();
    if (!returned.is_null() && has_output(function.bindings, "$return")) {
      outputs["$return"] = returned;
    }
  }
  if (!outputs.empty()) outcome.outputs = outputs.dump();
}

void take_azure_failure(const http::Response& response, const AzureFunction& function,
                        std::string_view log, Outcome& outcome) {
  const Json json = parse_json(response.body);
  outcome.status = Status::function_error;
  outcome.error_type = text(json, "errorType");
  outcome.payload = response.body;
  if (function.is_http()) outcome.http = HttpAnswer{500, {}};
  if (!outcome.error_type.empty()) return;
  const auto printed = printed_error(log);
  outcome.error_type = printed ? printed->type : fmt::format("HTTP {}", response.status);
  outcome.payload = error_document(
      outcome.error_type,
      printed ? printed->message
              : fmt::format("the handler answered {}: {}", response.status, response.body));
}

}  // namespace meshfn::invoke
