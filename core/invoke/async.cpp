#include "invoke/async.h"

#include <cmath>

#include "base/json.h"
#include "invoke/telemetry.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

/// Lambda waits one minute before the first retry and two before the second.
constexpr std::int64_t kRetryDelays[] = {60, 120};
constexpr std::size_t kErrorMessageLimit = 1024;

Json value_of(const std::string& text) {
  Json value = parse_json(text);
  return value.is_discarded() ? Json(text) : value;
}

std::string error_message(const Outcome& outcome) {
  const Json document = value_of(outcome.payload);
  const bool has = document.is_object() && document.contains("errorMessage") &&
                   document["errorMessage"].is_string();
  std::string text = has ? document["errorMessage"].get<std::string>() : outcome.payload;
  if (text.size() > kErrorMessageLimit) text.resize(kErrorMessageLimit);
  return text;
}

Json attempt_value(const Attempt& attempt) {
  const Outcome& outcome = attempt.outcome;
  return {{"afterSeconds", attempt.after_s},
          {"status", to_string(outcome.status)},
          {"errorType", outcome.ok() ? Json() : Json(outcome.error_type)},
          {"durationMs", std::round(outcome.duration_ms * 100) / 100}};
}

Json destination_value(const function::AsyncPolicy& policy, const std::vector<Attempt>& attempts,
                       const AsyncCall& call) {
  const Outcome& last = attempts.back().outcome;
  Json response = {{"statusCode", 200}, {"executedVersion", "$LATEST"}};
  if (!last.ok()) response["functionError"] = "Unhandled";
  return {{"version", "1.0"},
          {"timestamp", timestamp(call.unix_millis)},
          {"requestContext",
           {{"requestId", last.request_id},
            {"functionArn", call.function_arn + ":$LATEST"},
            {"condition", condition_of(policy, attempts)},
            {"approximateInvokeCount", attempts.size()}}},
          {"requestPayload", value_of(call.event)},
          {"responseContext", response},
          {"responsePayload", value_of(last.payload)}};
}

Json dead_letter_value(const std::vector<Attempt>& attempts, const AsyncCall& call) {
  const Outcome& last = attempts.back().outcome;
  const auto attribute = [](const char* type, const std::string& value) {
    return Json{{"Type", type}, {"Value", value}};
  };
  return {{"body", call.event},
          {"messageAttributes",
           {{"RequestID", attribute("String", last.request_id)},
            {"ErrorCode", attribute("Number", "200")},
            {"ErrorMessage", attribute("String", error_message(last))}}}};
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::optional<std::int64_t> next_attempt(const function::AsyncPolicy& policy,
                                         const std::vector<Attempt>& attempts) {
  if (attempts.empty()) return 0;
  const auto retry = static_cast<std::int64_t>(attempts.size());
  if (attempts.back().outcome.ok() || retry > policy.retries) return std::nullopt;
  const std::size_t last = std::size(kRetryDelays) - 1;
  const std::int64_t delay = kRetryDelays[std::min(attempts.size() - 1, last)];
  if (attempts.back().after_s + delay > policy.max_age_s) return std::nullopt;
  return delay;
}

std::string_view condition_of(const function::AsyncPolicy& policy,
                              const std::vector<Attempt>& attempts) {
  if (attempts.back().outcome.ok()) return "Success";
  const bool tried_all = static_cast<std::int64_t>(attempts.size()) > policy.retries;
  return tried_all ? "RetriesExhausted" : "EventAgeExceeded";
}

std::string destination_document(const function::AsyncPolicy& policy,
                                 const std::vector<Attempt>& attempts, const AsyncCall& call) {
  return dump(destination_value(policy, attempts, call));
}

std::string dead_letter_message(const std::vector<Attempt>& attempts, const AsyncCall& call) {
  return dump(dead_letter_value(attempts, call));
}

std::string async_outputs(const function::AsyncPolicy& policy, const std::vector<Attempt>& attempts,
                          const AsyncCall& call) {
  const bool ok = attempts.back().outcome.ok();
  const std::string& to = ok ? policy.on_success : policy.on_failure;
  Json result = {{"condition", condition_of(policy, attempts)}};
  for (const Attempt& attempt : attempts) result["attempts"].push_back(attempt_value(attempt));
  result["destination"] =
      to.empty() ? Json() : Json{{"to", to}, {"record", destination_value(policy, attempts, call)}};
  result["deadLetter"] =
      ok || policy.dead_letter.empty()
          ? Json()
          : Json{{"to", policy.dead_letter}, {"message", dead_letter_value(attempts, call)}};
  return dump({{"async", result}});
}

}  // namespace meshfn::invoke
