#include "simulate/retry.h"

#include <algorithm>

namespace meshfn::simulate {

namespace {

struct Class {
  std::string_view word;
  std::uint32_t bit;
};

constexpr Class kClasses[] = {
    {"5xx", kRetry5xx},
    {"gateway-error", kRetryGatewayError},
    {"reset", kRetryReset},
    {"reset-before-request", kRetryResetBeforeRequest},
    {"connect-failure", kRetryConnectFailure},
    {"refused-stream", kRetryRefusedStream},
    {"retriable-4xx", kRetryRetriable4xx},
    {"retriable-status-codes", kRetryStatusCodes},
    {"unavailable", kRetryUnavailable},
    {"cancelled", kRetryCancelled},
    {"deadline-exceeded", kRetryDeadlineExceeded},
    {"internal", kRetryInternal},
    {"resource-exhausted", kRetryResourceExhausted},
};

constexpr std::string_view kCauseNames[kCauses] = {
    "answered",  "connect failure", "reset",    "per-try timeout", "timeout",       "queue full",
    "throttled", "failed call",     "overflow", "no healthy host", "injected fault"};

bool gateway_error(std::uint16_t status) { return status >= 502 && status <= 504; }

/// No complete answer came from the server, and a retry-on of `reset` or `5xx` may act on it.
bool broken(Cause cause) {
  return cause == Cause::connect_failure || cause == Cause::reset || cause == Cause::try_timeout;
}

}  // namespace

std::string_view to_string(Cause cause) { return kCauseNames[static_cast<std::size_t>(cause)]; }

std::uint32_t retry_class(std::string_view word) {
  for (const Class& c : kClasses) {
    if (c.word == word) return c.bit;
  }
  return 0;
}

std::vector<std::string_view> retry_words() {
  std::vector<std::string_view> words;
  for (const Class& c : kClasses) words.push_back(c.word);
  return words;
}

RetryPolicy RetryPolicy::istio_default() {
  RetryPolicy policy;
  policy.retries = 2;
  policy.on = kRetryConnectFailure | kRetryRefusedStream | kRetryUnavailable | kRetryCancelled |
              kRetryStatusCodes;
  return policy;
}

bool RetryPolicy::retriable(const Outcome& outcome) const {
  switch (outcome.cause) {
    case Cause::route_timeout:
    case Cause::overflow:
    case Cause::injected:
      return false;
    case Cause::no_healthy_host:
      // Linkerd tries again for those that waited in vain for a host; nobody else does.
      if (outcome.status != 504) return false;
      break;
    case Cause::connect_failure:
    case Cause::reset:
    case Cause::try_timeout:
    case Cause::answered:
    case Cause::queue_full:
    case Cause::throttled:
    case Cause::dependency:
      break;
  }
  const std::uint16_t status = outcome.status;
  const bool no_answer = broken(outcome.cause);
  if ((on & kRetry5xx) != 0 && (no_answer || status >= 500)) return true;
  if ((on & kRetryGatewayError) != 0 && (no_answer || gateway_error(status))) return true;
  if ((on & kRetryReset) != 0 && no_answer) return true;
  // The two say the same here: what fails before the request is sent is the connection.
  const bool never_sent = outcome.cause == Cause::connect_failure;
  if ((on & (kRetryConnectFailure | kRetryResetBeforeRequest)) != 0 && never_sent) return true;
  if ((on & kRetryRetriable4xx) != 0 && status == 409) return true;
  return (on & kRetryStatusCodes) != 0 && !no_answer &&
         std::find(status_codes.begin(), status_codes.end(), status) != status_codes.end();
}

Time RetryPolicy::backoff_bound(std::uint32_t n) const {
  const Time limit = max_interval > 0 ? max_interval : 10 * base_interval;
  if (backoff_rule == Backoff::grpc) {
    double bound = static_cast<double>(base_interval);
    for (std::uint32_t i = 0; i < n && bound < static_cast<double>(limit); ++i) bound *= multiplier;
    return std::min(from_nanos(bound), limit);
  }
  const Time bound = n < 32 ? base_interval << n : limit;
  return std::max<Time>(std::min(bound, limit), kMillisecond);
}

RetryPolicy::Range RetryPolicy::backoff_range(std::uint32_t n) const {
  const Time bound = backoff_bound(n);
  if (backoff_rule == Backoff::envoy) return {0, bound};
  return {bound / 5 * 4, bound / 5 * 6};
}

Time RetryPolicy::backoff(std::uint32_t n, Random& random) const {
  const Range range = backoff_range(n);
  if (backoff_rule == Backoff::envoy) {
    return random.below(static_cast<std::uint32_t>(range.high / kMillisecond)) * kMillisecond;
  }
  return range.low + from_nanos(random.uniform() * static_cast<double>(range.high - range.low));
}

}  // namespace meshfn::simulate
