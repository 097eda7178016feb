#include "invoke/front.h"

#include <algorithm>
#include <cstdlib>

#include "base/json.h"
#include "base/str.h"
#include "function/event/encode.h"
#include "invoke/front_event.h"

namespace meshfn::invoke {

namespace {

using function::Front;
using Json = nlohmann::ordered_json;

int rank_of(std::string_view part) {
  if (part.ends_with("+}")) return 2;
  return part.starts_with('{') ? 1 : 0;
}

http::Response json_message(int status, std::string_view message) {
  return {status, {{"Content-Type", "application/json"}}, Json{{"message", message}}.dump()};
}

/// What each front says when the function fails or answers nonsense.
http::Response bad_gateway(Front front) {
  switch (front) {
    case Front::rest_api:
      return json_message(502, "Internal server error");
    case Front::http_api:
      return json_message(500, "Internal Server Error");
    case Front::function_url:
      return {502, {{"Content-Type", "text/plain"}}, "Internal Server Error"};
    case Front::alb:
      break;
  }
  return {502,
          {{"Content-Type", "text/html"}},
          "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
          "Gateway</h1></center>\r\n</body>\r\n</html>\r\n"};
}

http::Response too_late(Front front) {
  if (front == Front::rest_api) return json_message(504, "Endpoint request timed out");
  if (front == Front::http_api) return json_message(503, "Service Unavailable");
  return bad_gateway(front);
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void add_fields(const Json& document, http::Response& response) {
  if (document.contains("headers") && document["headers"].is_object()) {
    for (const auto& [name, value] : document["headers"].items()) {
      response.fields.emplace_back(name, text_of(value));
    }
  }
  if (document.contains("multiValueHeaders") && document["multiValueHeaders"].is_object()) {
    for (const auto& [name, values] : document["multiValueHeaders"].items()) {
      std::erase_if(response.fields, [&, wanted = std::string_view(name)](const auto& field) {
        return str::equals_ignore_case(field.first, wanted);
      });
      for (const Json& value : values) response.fields.emplace_back(name, text_of(value));
    }
  }
  if (document.contains("cookies") && document["cookies"].is_array()) {
    for (const Json& cookie : document["cookies"]) {
      response.fields.emplace_back("Set-Cookie", text_of(cookie));
    }
  }
}

/// The connection's own business: a function that sets these would break the message.
void drop_framing(http::Response& response) {
  std::erase_if(response.fields, [](const auto& field) {
    for (const std::string_view name : {"connection", "content-length", "transfer-encoding"}) {
      if (str::equals_ignore_case(field.first, name)) return true;
    }
    return false;
  });
}

void default_type(http::Response& response, std::string_view type) {
  for (const auto& [name, value] : response.fields) {
    if (str::equals_ignore_case(name, "content-type")) return;
  }
  response.fields.emplace_back("Content-Type", type);
}

http::Response from_document(const Json& document, Front front) {
  http::Response response;
  response.status = document["statusCode"].is_number_integer()
                        ? document["statusCode"].get<int>()
                        : std::atoi(text_of(document["statusCode"]).c_str());
  if (response.status < 100 || response.status > 999) return bad_gateway(front);
  add_fields(document, response);
  drop_framing(response);
  const Json body = document.value("body", Json());
  if (!body.is_null()) response.body = text_of(body);
  if (document.value("isBase64Encoded", Json(false)) == Json(true)) {
    response.body = function::from_base64(response.body);
  }
  default_type(response, front == Front::alb ? "application/octet-stream" : "application/json");
  return response;
}

}  // namespace

std::optional<Front> front_called(std::string_view word) {
  constexpr std::pair<std::string_view, Front> kWords[] = {{"rest-api", Front::rest_api},
                                                           {"http-api", Front::http_api},
                                                           {"function-url", Front::function_url},
                                                           {"alb", Front::alb}};
  for (const auto& [name, front] : kWords) {
    if (name == word) return front;
  }
  return std::nullopt;
}

std::optional<PathParameters> fit_route(const function::Route& route, std::string_view method,
                                        std::string_view path) {
  if (route.method != "ANY" && route.method != method) return std::nullopt;
  const std::vector<std::string_view> wanted = str::split(route.path, '/');
  const std::vector<std::string_view> given = str::split(path, '/');
  PathParameters parameters;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string_view part = wanted[i];
    if (part.starts_with('{') && part.ends_with("+}")) {
      std::string rest;
      for (std::size_t j = i; j < given.size(); ++j) {
        rest += (j > i ? "/" : "") + std::string(given[j]);
      }
      if (rest.empty() && wanted.size() > 2) return std::nullopt;
      parameters[std::string(part.substr(1, part.size() - 3))] = rest;
      return parameters;
    }
    if (i >= given.size()) return std::nullopt;
    if (part.starts_with('{') && part.ends_with('}')) {
      if (given[i].empty()) return std::nullopt;
      parameters[std::string(part.substr(1, part.size() - 2))] = std::string(given[i]);
    } else if (part != given[i]) {
      return std::nullopt;
    }
  }
  if (given.size() > wanted.size()) return std::nullopt;
  return parameters;
}

bool is_more_exact(const function::Route& a, const function::Route& b) {
  const std::vector<std::string_view> left = str::split(a.path, '/');
  const std::vector<std::string_view> right = str::split(b.path, '/');
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (rank_of(left[i]) != rank_of(right[i])) return rank_of(left[i]) < rank_of(right[i]);
  }
  return a.method != "ANY" && b.method == "ANY";
}

http::Response front_answer(Front front, const Outcome& outcome) {
  if (outcome.status == Status::timeout) return too_late(front);
  if (!outcome.ok()) return bad_gateway(front);
  const Json document = parse_json(outcome.payload);
  if (document.is_object() && document.contains("statusCode")) {
    return from_document(document, front);
  }
  // Payload 2.0 takes anything else for the body of a good answer; the others want the document.
  const bool infers = front == Front::http_api || front == Front::function_url;
  if (!infers || document.is_discarded()) return bad_gateway(front);
  http::Response response{200, {{"Content-Type", "application/json"}}, {}};
  response.body = document.is_string() ? document.get<std::string>() : outcome.payload;
  return response;
}

std::optional<http::Response> streamed_head(std::string_view bytes, std::size_t& rest) {
  const std::string_view separator("\0\0\0\0\0\0\0\0", 8);
  const std::size_t end = bytes.find(separator);
  if (end == std::string_view::npos) return std::nullopt;
  rest = end + separator.size();
  Json document = parse_json(bytes.substr(0, end));
  if (!document.is_object()) document = Json::object();
  if (!document.contains("statusCode")) document["statusCode"] = 200;
  document.erase("body");
  return from_document(document, Front::function_url);
}

std::string front_event(const http::Request& request, const FrontRequest& about) {
  switch (about.route.front) {
    case Front::rest_api:
      return rest_api_event(request, about);
    case Front::alb:
      return alb_event(request, about);
    case Front::http_api:
    case Front::function_url:
      break;
  }
  return http_api_event(request, about);
}

}  // namespace meshfn::invoke
