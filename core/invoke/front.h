#pragma once

// What stands in front of a function when it is called over HTTP: API Gateway (REST APIs with
// payload 1.0, HTTP APIs with 2.0), a Function URL or a load balancer. A request becomes an event,
// and what the function returns becomes an answer, as each of them does it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "function/trigger.h"
#include "invoke/http.h"
#include "invoke/outcome.h"

namespace meshfn::invoke {

/// The event in `word`: "rest-api", "http-api", "function-url" or "alb"; nothing for others.
std::optional<function::Front> front_called(std::string_view word);

using PathParameters = std::map<std::string, std::string>;

/// The parameters of a route's path if `path` fits it; `method` has to fit too.
std::optional<PathParameters> fit_route(const function::Route& route, std::string_view method,
                                        std::string_view path);

/// Which of two fitting routes is more exact: literal parts before parameters before {name+}.
bool is_more_exact(const function::Route& a, const function::Route& b);

/// What of an event is not in the request.
struct FrontRequest {
  const function::Route& route;
  const PathParameters& parameters;
  std::string request_id;
  std::int64_t unix_millis = 0;
  std::string source_ip = "127.0.0.1";
};

/// The event that the function gets.
std::string front_event(const http::Request& request, const FrontRequest& about);

/// What the client gets for what the function returned or for its failure: API Gateway says 502
/// {"message": "Internal server error"} (HTTP APIs and URLs 500 in their words), and 504 when the
/// function is late.
http::Response front_answer(function::Front front, const Outcome& outcome);

/// The head of a streamed HTTP response: a JSON object, then eight NUL bytes, then the body.
/// Nothing as long as `bytes` has not all of it; `rest` is where the body begins.
std::optional<http::Response> streamed_head(std::string_view bytes, std::size_t& rest);

/// The content type that announces such a head.
inline constexpr std::string_view kHttpIntegration =
    "application/vnd.awslambda.http-integration-response";

}  // namespace meshfn::invoke
