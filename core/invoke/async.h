#pragma once

// Asynchronous invocation: how often Lambda tries, how long it waits between, and the documents
// that a destination or a dead-letter queue gets in the end.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "function/trigger.h"
#include "invoke/outcome.h"

namespace meshfn::invoke {

/// One try of an asynchronous call.
struct Attempt {
  Outcome outcome;
  std::int64_t after_s = 0;  ///< when, counted from the acceptance of the event
};

/// Seconds until the try after `attempts`; nothing when there is none: the last one went well, the
/// retries are used up, or the event would be too old.
std::optional<std::int64_t> next_attempt(const function::AsyncPolicy& policy,
                                         const std::vector<Attempt>& attempts);

/// What the call was made with.
struct AsyncCall {
  std::string event;  ///< JSON
  std::string function_arn;
  std::int64_t unix_millis = 0;  ///< of the end
};

/// "Success", "RetriesExhausted" or "EventAgeExceeded".
std::string_view condition_of(const function::AsyncPolicy& policy,
                              const std::vector<Attempt>& attempts);

/// The record that a destination gets, as JSON. REQUIRES: there is an attempt.
std::string destination_document(const function::AsyncPolicy& policy,
                                 const std::vector<Attempt>& attempts, const AsyncCall& call);

/// The message that a dead-letter queue gets: the event as its body, and the attributes RequestID,
/// ErrorCode and ErrorMessage (its first kilobyte).
std::string dead_letter_message(const std::vector<Attempt>& attempts, const AsyncCall& call);

/// For the `outputs` of the JSON result: `{"async": {condition, attempts, destination,
/// deadLetter}}`; the last two are null where the function has none.
std::string async_outputs(const function::AsyncPolicy& policy, const std::vector<Attempt>& attempts,
                          const AsyncCall& call);

}  // namespace meshfn::invoke
