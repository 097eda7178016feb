#pragma once

// What calls a function, as its template says: HTTP routes, and what becomes of asynchronous calls
// and of batches that fail.

#include <cstdint>
#include <string>
#include <vector>

namespace meshfn::function {

/// What stands in front of a function, which decides the shape of the event.
enum class Front { rest_api, http_api, function_url, alb };

/// One way in: "GET /orders/{id}" through an API.
struct Route {
  Front front = Front::http_api;
  std::string method = "ANY";      ///< upper case; ANY is all
  std::string path = "/{proxy+}";  ///< with {name} and {name+}
};

/// What Lambda does with an asynchronous call (EventInvokeConfig). Destinations are ARNs, or the
/// names that the template has for them; empty: none.
struct AsyncPolicy {
  std::int64_t retries = 2;         ///< 0 to 2
  std::int64_t max_age_s = 21'600;  ///< of an event
  std::string on_success = {};
  std::string on_failure = {};
  std::string dead_letter = {};
};

/// What an event source mapping does with a batch (SQS, Kinesis, DynamoDB).
struct BatchPolicy {
  bool reports_failures = false;  ///< FunctionResponseTypes: ReportBatchItemFailures
  bool bisects = false;           ///< BisectBatchOnFunctionError, streams only
  std::int64_t retries = -1;      ///< MaximumRetryAttempts, streams only; -1: until they expire
  std::int64_t max_receive_count = 0;  ///< RedrivePolicy of the queue; 0: no dead-letter queue
  std::string dead_letter = {};        ///< of the queue
  std::string on_failure = {};         ///< DestinationConfig, streams only
};

/// All of them.
struct Triggers {
  std::vector<Route> routes = {};
  AsyncPolicy async = {};
  BatchPolicy batch = {};
};

}  // namespace meshfn::function
