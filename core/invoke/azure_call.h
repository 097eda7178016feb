#pragma once

// Events and answers of Azure Functions in the form of custom handlers: what is posted for a
// trigger, and how its answer becomes an outcome.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "function/azure_route.h"
#include "invoke/http.h"
#include "invoke/outcome.h"

namespace meshfn::invoke {

/// One function of an app, as the app describes it.
struct AzureFunction {
  std::string name;
  nlohmann::ordered_json bindings;  ///< array of objects with name, type and direction
  nlohmann::ordered_json retry;     ///< policy; null when there is none

  /// The binding that starts it; null when there is none.
  const nlohmann::ordered_json* trigger() const;
  /// Lower case: "httptrigger".
  std::string trigger_type() const;

  bool is_http() const { return trigger_type() == "httptrigger"; }
};

/// The functions in the answer to "which are there?", or in folders with function.json.
std::vector<AzureFunction> azure_functions(const nlohmann::ordered_json& list);

/// What an event says as an HTTP request: in the host's own form, as `described_request`, or any
/// JSON as the body of a POST to the function's route. Nothing when there is no such function and
/// the event describes no request.
struct AzureRequest {
  http::Request http;  ///< target with path and query
  std::map<std::string, std::string> parameters;

  /// The datum of an HTTP trigger.
  nlohmann::ordered_json datum() const;
};

std::optional<AzureRequest> azure_request(std::string_view event, const AzureFunction* function,
                                          std::string_view prefix);

/// Path of a request below the route prefix; nothing when it is elsewhere.
std::optional<std::string> path_below(const http::Request& request, std::string_view prefix);

/// Data and Metadata of an event of any other trigger; `now_ms` is Unix time.
nlohmann::ordered_json azure_event(std::string_view event, const AzureFunction& function,
                                   std::int64_t now_ms);

/// Fills the outcome from a handler's 2xx answer.
void take_azure_answer(const std::string& body, const AzureFunction& function, Outcome& outcome);

/// Fills it from an answer that tells of a failure.
void take_azure_failure(const http::Response& response, const AzureFunction& function,
                        std::string_view log, Outcome& outcome);

}  // namespace meshfn::invoke
