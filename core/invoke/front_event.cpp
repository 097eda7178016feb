#include "invoke/front_event.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "function/event/encode.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kAccount = "123456789012";
constexpr std::string_view kApiId = "local";

/// A request taken apart. Names of query parameters may occur several times.
struct Parts {
  std::string path;       ///< as sent
  std::string raw_query;  ///< as sent, without the question mark
  std::vector<std::pair<std::string, std::string>> query;
};

/// `keep_escapes` leaves names and values as sent, as load balancers do.
Parts take_apart(const http::Request& request, bool keep_escapes = false) {
  Parts parts;
  const std::size_t mark = request.target.find('?');
  parts.path = request.target.substr(0, mark);
  if (mark == std::string::npos) return parts;
  parts.raw_query = request.target.substr(mark + 1);
  for (const std::string_view pair : str::split(parts.raw_query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    parts.query.emplace_back(keep_escapes ? std::string(name) : http::unescaped(name, true),
                             keep_escapes ? std::string(value) : http::unescaped(value, true));
  }
  return parts;
}

/// One value a name: the last, or all of them with commas between.
template <class Pairs>
Json single_values(const Pairs& pairs, bool joined, bool lower) {
  Json result = Json::object();
  for (const auto& [given, value] : pairs) {
    const std::string name = lower ? str::lower(given) : given;
    const bool again = joined && result.contains(name);
    result[name] = again ? result[name].template get<std::string>() + "," + value : value;
  }
  return result;
}

template <class Pairs>
Json multiple_values(const Pairs& pairs) {
  Json result = Json::object();
  for (const auto& [name, value] : pairs) result[name].push_back(value);
  return result;
}

/// null where there is nothing, as REST APIs write it.
Json or_null(Json value) { return value.empty() ? Json() : value; }

bool add_body(const http::Request& request, Json& event) {
  const bool text = str::is_utf8(request.body);
  event["body"] = text ? request.body : function::base64(request.body);
  event["isBase64Encoded"] = !text;
  return !request.body.empty();
}

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// "23/Nov/2026:10:00:00 +0000", as access logs have it.
std::string request_time(std::int64_t unix_millis) {
  const UtcTime t = to_utc(unix_millis);
  return fmt::format("{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000", t.day, kMonths[t.month - 1], t.year,
                     t.hour, t.minute, t.second);
}

Json rest_context(const http::Request& request, const FrontRequest& about,
                  const std::string& path) {
  return {{"accountId", kAccount},
          {"apiId", kApiId},
          {"domainName", request.field("Host")},
          {"domainPrefix", kApiId},
          {"extendedRequestId", about.request_id},
          {"httpMethod", request.method},
          {"identity",
           {{"accessKey", nullptr},
            {"accountId", nullptr},
            {"caller", nullptr},
            {"cognitoAuthenticationProvider", nullptr},
            {"cognitoAuthenticationType", nullptr},
            {"cognitoIdentityId", nullptr},
            {"cognitoIdentityPoolId", nullptr},
            {"principalOrgId", nullptr},
            {"sourceIp", about.source_ip},
            {"user", nullptr},
            {"userAgent", request.field("User-Agent")},
            {"userArn", nullptr}}},
          {"path", "/Prod" + path},
          {"protocol", "HTTP/1.1"},
          {"requestId", about.request_id},
          {"requestTime", request_time(about.unix_millis)},
          {"requestTimeEpoch", about.unix_millis},
          {"resourceId", kApiId},
          {"resourcePath", about.route.path},
          {"stage", "Prod"}};
}

Json parameters_of(const FrontRequest& about) {
  Json result = Json::object();
  for (const auto& [name, value] : about.parameters) result[name] = http::unescaped(value, false);
  return result;
}

}  // namespace

std::string rest_api_event(const http::Request& request, const FrontRequest& about) {
  const Parts parts = take_apart(request);
  Json event = {{"resource", about.route.path},
                {"path", parts.path},
                {"httpMethod", request.method},
                {"headers", single_values(request.fields, false, false)},
                {"multiValueHeaders", multiple_values(request.fields)},
                {"queryStringParameters", or_null(single_values(parts.query, false, false))},
                {"multiValueQueryStringParameters", or_null(multiple_values(parts.query))},
                {"pathParameters", or_null(parameters_of(about))},
                {"stageVariables", nullptr},
                {"requestContext", rest_context(request, about, parts.path)}};
  if (!add_body(request, event)) event["body"] = nullptr;
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string http_api_event(const http::Request& request, const FrontRequest& about) {
  const Parts parts = take_apart(request);
  const bool url = about.route.front == function::Front::function_url;
  const bool all = url || (about.route.method == "ANY" && about.route.path == "/{proxy+}");
  const std::string key = all ? "$default" : about.route.method + " " + about.route.path;
  Json event = {{"version", "2.0"},
                {"routeKey", key},
                {"rawPath", parts.path},
                {"rawQueryString", parts.raw_query}};
  http::Fields fields = request.fields;
  std::erase_if(fields, [&](const auto& field) {
    if (!str::equals_ignore_case(field.first, "cookie")) return false;
    for (const std::string_view cookie : str::split(field.second, ';')) {
      event["cookies"].push_back(str::trim(cookie));
    }
    return true;
  });
  event["headers"] = single_values(fields, true, true);
  if (!parts.query.empty()) {
    event["queryStringParameters"] = single_values(parts.query, true, false);
  }
  event["requestContext"] = {{"accountId", kAccount},
                             {"apiId", kApiId},
                             {"domainName", request.field("Host")},
                             {"domainPrefix", kApiId},
                             {"http",
                              {{"method", request.method},
                               {"path", parts.path},
                               {"protocol", "HTTP/1.1"},
                               {"sourceIp", about.source_ip},
                               {"userAgent", request.field("User-Agent")}}},
                             {"requestId", about.request_id},
                             {"routeKey", key},
                             {"stage", "$default"},
                             {"time", request_time(about.unix_millis)},
                             {"timeEpoch", about.unix_millis}};
  if (!all && !about.parameters.empty()) event["pathParameters"] = parameters_of(about);
  if (!add_body(request, event)) event.erase("body");
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string alb_event(const http::Request& request, const FrontRequest& about) {
  const Parts parts = take_apart(request, true);
  http::Fields fields = request.fields;
  fields.emplace_back("x-forwarded-for", about.source_ip);
  fields.emplace_back("x-forwarded-port", "80");
  fields.emplace_back("x-forwarded-proto", "http");
  Json event = {
      {"requestContext",
       {{"elb",
         {{"targetGroupArn",
           fmt::format("arn:aws:elasticloadbalancing:us-east-1:{}:targetgroup/{}/0123456789abcdef",
                       kAccount, kApiId)}}}}},
      {"httpMethod", request.method},
      {"path", parts.path},
      {"queryStringParameters", single_values(parts.query, false, false)},
      {"headers", single_values(fields, false, true)}};
  add_body(request, event);
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace meshfn::invoke
