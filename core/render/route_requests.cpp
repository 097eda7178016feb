#include "render/route_requests.h"

#include <fmt/format.h>

#include <optional>

#include "base/json.h"
#include "base/str.h"
#include "routing/request_text.h"

namespace meshfn::render {

namespace {

using Json = nlohmann::json;
using routing::Request;

/// A request, nothing for a line that holds none, or what is wrong with it.
using Line = Result<std::optional<Request>>;

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A dash is how access logs write what is not there.
void set_header(Request& request, const char* name, std::string value) {
  if (!value.empty() && value != "-") request.headers[name] = std::move(value);
}

void add_headers(Request& request, const Json& headers) {
  if (!headers.is_object()) return;
  for (const auto& [name, value] : headers.items()) {
    if (value.is_string()) request.headers[str::lower(name)] = value.get<std::string>();
  }
}

/// What Envoy and Istio log beside authority and path when they log JSON.
void add_logged(Request& request, const Json& json) {
  set_header(request, "user-agent", text_of(json, "user_agent"));
  set_header(request, "x-forwarded-for", text_of(json, "x_forwarded_for"));
  set_header(request, "x-request-id", text_of(json, "request_id"));
  const std::string sni = text_of(json, "requested_server_name");
  if (sni != "-") request.sni = str::lower(sni);
}

std::string url_of(const Json& json) {
  const std::string url = text_of(json, "url");
  if (!url.empty()) return url;
  std::string host = text_of(json, "host");
  if (host.empty()) host = text_of(json, "authority");
  if (host.empty()) host = text_of(json, ":authority");
  std::string path = text_of(json, "path");
  if (path.empty()) path = text_of(json, ":path");
  return host + path;
}

Line request_from_json(const Json& json) {
  // Connections are logged with nulls.
  const auto method_field = json.find("method");
  if (method_field != json.end() && !method_field->is_string()) return std::nullopt;
  const std::string url = url_of(json);
  if (url.empty()) return fail("the object names no host");
  auto request = routing::request_from_url(url);
  if (!request) return tl::unexpected(request.error());
  std::string method = text_of(json, "method");
  if (method.empty()) method = text_of(json, ":method");
  if (!method.empty()) request->method = method;
  if (const std::string gateway = text_of(json, "gateway"); !gateway.empty()) {
    request->gateway = gateway;
  }
  request->source_namespace = text_of(json, "namespace");
  if (const auto port = json.find("port"); port != json.end() && port->is_number_unsigned()) {
    request->port = port->get<std::uint32_t>();
  }
  add_logged(*request, json);
  add_headers(*request, json.value("headers", Json()));
  return *request;
}

/// The texts in double quotes of a log line, in order; a backslash keeps the next letter.
std::vector<std::string> quoted(std::string_view line) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '"') continue;
    std::string text;
    for (++i; i < line.size() && line[i] != '"'; ++i) {
      if (line[i] == '\\' && i + 1 < line.size()) ++i;
      text += line[i];
    }
    out.push_back(std::move(text));
  }
  return out;
}

/// `[time] "GET /path HTTP/1.1" … "forwarded for" "agent" "request id" "authority" "upstream" …`:
/// Istio's line has more fields than Envoy's, but the same last five in quotes.
Line request_from_log(std::string_view line) {
  const std::vector<std::string> fields = quoted(line);
  constexpr std::size_t kFields = 6;
  if (fields.size() < kFields) return fail("this is no line of Envoy's default access log");
  const auto words = str::split(fields.front(), ' ');
  if (words.size() < 2 || words[0] == "-") return std::nullopt;
  const std::string& authority = fields[fields.size() - 2];
  if (authority == "-") return std::nullopt;
  auto request = routing::request_from_url(authority + std::string(words[1]));
  if (!request) return tl::unexpected(request.error());
  request->method = std::string(words[0]);
  set_header(*request, "x-forwarded-for", fields[fields.size() - 5]);
  set_header(*request, "user-agent", fields[fields.size() - 4]);
  set_header(*request, "x-request-id", fields[fields.size() - 3]);
  return *request;
}

Line request_from_line(std::string_view line) {
  if (line.starts_with('[')) return request_from_log(line);
  if (line.starts_with('{')) {
    const Json json = parse_json<Json>(line);
    if (!json.is_object()) return fail("the line is no JSON object");
    return request_from_json(json);
  }
  auto request = line.starts_with("curl ") ? routing::request_from_curl(line)
                                           : routing::request_from_url(line);
  if (!request) return tl::unexpected(request.error());
  return *request;
}

/// `log.entries[].request` of an HTTP Archive; pseudo headers and the host are in the URL.
Result<std::vector<Request>> requests_from_har(const std::string& path, const Json& har) {
  std::vector<Request> out;
  for (const Json& entry : har["log"]["entries"]) {
    const Json recorded = entry.is_object() ? entry.value("request", Json()) : Json();
    if (!recorded.is_object()) continue;
    auto request = routing::request_from_url(text_of(recorded, "url"));
    if (!request) {
      return fail(fmt::format("{}: entry {}: {}", path, out.size() + 1, request.error().message));
    }
    const std::string method = text_of(recorded, "method");
    if (!method.empty()) request->method = method;
    for (const Json& header : recorded.value("headers", Json::array())) {
      if (!header.is_object()) continue;
      const std::string name = str::lower(text_of(header, "name"));
      if (name.empty() || name.starts_with(':') || name == "host") continue;
      request->headers[name] = text_of(header, "value");
    }
    out.push_back(std::move(*request));
  }
  return out;
}

bool is_har(const Json& json) {
  return json.is_object() && json.value("log", Json()).is_object() &&
         json["log"].value("entries", Json()).is_array();
}

Result<std::vector<Request>> requests_from_lines(const std::string& path, std::string_view text) {
  std::vector<Request> out;
  std::size_t number = 0;
  for (const std::string_view whole : str::lines(text)) {
    ++number;
    const std::string_view line = str::trim(whole);
    if (line.empty() || line.starts_with('#')) continue;
    auto request = request_from_line(line);
    if (!request) {
      return fail(fmt::format("{}:{}:1: {}", path, number, request.error().message),
                  "write a URL, a curl command, a JSON object or a line of an access log");
    }
    if (*request) out.push_back(std::move(**request));
  }
  return out;
}

}  // namespace

Result<std::vector<Request>> read_requests(const std::string& path, std::string_view text) {
  if (text.find('\0') != text.npos) return fail(fmt::format("`{}` is a binary file", path));
  const Json whole = str::trim(text).starts_with('{') ? parse_json<Json>(text) : Json();
  auto out = is_har(whole) ? requests_from_har(path, whole) : requests_from_lines(path, text);
  if (out && out->empty()) return fail(fmt::format("`{}` holds no request", path));
  return out;
}

}  // namespace meshfn::render
