#include "invoke/http_event.h"

#include <fmt/format.h>

#include <cctype>

#include "base/json.h"
#include "base/str.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Path and query of an absolute or relative URL.
std::string target_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t slash = scheme == std::string::npos ? 0 : url.find('/', scheme + 3);
  if (slash == std::string::npos) return "/";
  std::string target = url.substr(slash, url.find('#') - slash);
  if (!target.starts_with('/')) target.insert(0, 1, '/');
  return str::replace_all(target, " ", "%20");
}

void add_headers(const Json& headers, http::Request& request) {
  if (!headers.is_object()) return;
  for (const auto& [name, value] : headers.items()) {
    const bool ours = str::equals_ignore_case(name, "content-length") ||
                      str::equals_ignore_case(name, "transfer-encoding") ||
                      str::equals_ignore_case(name, "connection");
    if (ours || !str::is_http_token(name)) continue;
    std::string text;
    if (value.is_array()) {
      for (const Json& one : value) text += (text.empty() ? "" : ", ") + text_of(one);
    } else {
      text = text_of(value);
    }
    request.fields.emplace_back(name, text);
  }
}

/// CloudEvents HTTP binding 3.1.3.2: space, double quote, percent and all outside printable ASCII.
std::string header_value(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte > 0x20 && byte < 0x7F && c != '"' && c != '%';
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return result;
}

/// "ValueError: no" and "ValueError" as a name and a message.
std::optional<PrintedError> split_error(std::string_view line) {
  if (line.starts_with("Uncaught ")) line.remove_prefix(9);
  const std::size_t colon = line.find(": ");
  const std::string_view name = line.substr(0, colon);
  const auto part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), part)) return std::nullopt;
  const std::size_t dot = name.rfind('.');
  return PrintedError{
      std::string(dot == std::string_view::npos ? name : name.substr(dot + 1)),
      std::string(colon == std::string_view::npos ? std::string_view() : line.substr(colon + 2))};
}

}  // namespace

std::optional<http::Request> described_request(std::string_view event) {
  const Json json = parse_json(event);
  if (!json.is_object() || !json.contains("method") || !json["method"].is_string()) return {};
  http::Request request;
  request.method = str::upper(json["method"].get<std::string>());
  const bool described = json.contains("url") || json.contains("path") ||
                         json.contains("headers") || json.contains("body");
  if (!described || !str::is_http_token(request.method)) return std::nullopt;
  for (const char* name : {"path", "url"}) {
    if (json.contains(name) && json[name].is_string()) request.target = target_of(json[name]);
  }
  if (request.target.empty()) request.target = "/";
  if (json.contains("headers")) add_headers(json["headers"], request);
  if (json.contains("body") && !json["body"].is_null()) {
    request.body = text_of(json["body"]);
    if (!json["body"].is_string() && !request.has_field("content-type")) {
      request.fields.emplace_back("Content-Type", "application/json");
    }
  }
  return request;
}

http::Request binary_cloud_event(std::string_view event) {
  http::Request request = posted_json({});
  request.fields.clear();
  const Json json = parse_json(event);
  for (const auto& [name, value] : json.items()) {
    if (name == "data" || name == "data_base64" || name == "datacontenttype") continue;
    request.fields.emplace_back("ce-" + name, header_value(text_of(value)));
  }
  request.fields.emplace_back("Content-Type", json.contains("datacontenttype")
                                                  ? text_of(json["datacontenttype"])
                                                  : std::string("application/json"));
  const bool json_data = request.fields.back().second.find("json") != std::string::npos;
  if (json.contains("data")) {
    request.body = json_data ? json["data"].dump() : text_of(json["data"]);
  }
  return request;
}

http::Request structured_cloud_event(std::string_view event) {
  http::Request request = posted_json(event);
  request.fields = {{"Content-Type", "application/cloudevents+json; charset=utf-8"}};
  return request;
}

http::Request posted_json(std::string_view event) {
  http::Request request;
  request.method = "POST";
  request.target = "/";
  request.fields = {{"Content-Type", "application/json"}};
  request.body = std::string(event);
  return request;
}

std::optional<PrintedError> printed_error(std::string_view log) {
  const std::vector<std::string_view> lines = str::lines(log);
  for (std::size_t i = lines.size(); i-- > 0;) {
    const std::string_view next = i + 1 < lines.size() ? str::trim(lines[i + 1]) : "";
    if (next.starts_with("at ")) {
      if (auto found = split_error(lines[i])) return found;
    }
    // The last two are how Go's framework begins what it logs.
    for (const std::string_view word : {"panic: ", "Function panic: ", "Function error: "}) {
      if (!lines[i].starts_with(word)) continue;
      const bool error = word.find("error") != std::string_view::npos;
      return PrintedError{error ? "error" : "panic", std::string(lines[i].substr(word.size()))};
    }
    if (lines[i].find("Traceback (most recent call last)") == std::string_view::npos) continue;
    for (std::size_t k = i + 1; k < lines.size(); ++k) {
      if (lines[k].starts_with(' ') || lines[k].empty()) continue;
      return split_error(lines[k]);
    }
  }
  return std::nullopt;
}

}  // namespace meshfn::invoke
