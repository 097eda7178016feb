#pragma once

// What a caller gets back, when it tries again and how long it waits first: Envoy's retry classes
// and backoff (retry_state_impl.cc) with Istio's default policy.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "simulate/time.h"

namespace meshfn::simulate {

/// Why an attempt ended as it did. The order is that of the report.
enum class Cause : std::uint8_t {
  answered,         ///< the server's own status, whatever it is
  connect_failure,  ///< no connection: refused, or no answer within the connect timeout
  reset,            ///< the connection broke after the request was sent
  try_timeout,      ///< per-try timeout
  route_timeout,    ///< timeout of the whole request
  queue_full,       ///< the server's waiting room was full: 503
  throttled,        ///< function concurrency limit: 429
  dependency,       ///< the server failed because one of its own calls failed: 500
  overflow,         ///< a circuit breaker of the caller's proxy: 503, never retried
  no_healthy_host,  ///< nothing to choose from: 503
  injected,         ///< fault injection of the route
};

inline constexpr std::size_t kCauses = 11;
std::string_view to_string(Cause cause);

/// How a request or an attempt ended.
struct Outcome {
  std::uint16_t status = 200;
  Cause cause = Cause::answered;

  bool ok() const { return status < 400; }

  /// Whether the connection is gone, or never was.
  bool broke() const { return cause == Cause::connect_failure || cause == Cause::reset; }
};

/// Retry classes as bits; `retry_on` of a policy is their union.
enum RetryOn : std::uint32_t {
  kRetry5xx = 1U << 0U,
  kRetryGatewayError = 1U << 1U,
  kRetryReset = 1U << 2U,
  kRetryConnectFailure = 1U << 3U,
  kRetryRefusedStream = 1U << 4U,
  kRetryRetriable4xx = 1U << 5U,
  kRetryStatusCodes = 1U << 6U,
  kRetryUnavailable = 1U << 7U,  ///< gRPC status 14 in the headers
  kRetryCancelled = 1U << 8U,
  kRetryResetBeforeRequest = 1U << 9U,
  kRetryDeadlineExceeded = 1U << 10U,
  kRetryInternal = 1U << 11U,
  kRetryResourceExhausted = 1U << 12U,
};

/// The bit of a class named in `retryOn`; 0 for an unknown word.
std::uint32_t retry_class(std::string_view word);
/// Every word that `retry_class` knows.
std::vector<std::string_view> retry_words();

struct RetryPolicy {
  std::uint32_t retries = 0;  ///< after the first attempt
  std::uint32_t on = 0;       ///< RetryOn bits
  std::vector<std::uint16_t> status_codes;
  Time per_try_timeout = 0;  ///< 0: none
  Time base_interval = 25 * kMillisecond;
  Time max_interval = 0;  ///< 0: ten times the base
  /// How waits are drawn: Envoy takes whole milliseconds from 0 up to the doubled bound, gRPC (A6)
  /// a fifth around a value that grows by `multiplier`.
  enum class Backoff : std::uint8_t { envoy, grpc } backoff_rule = Backoff::envoy;
  double multiplier = 2;
  /// A per-try timeout sends another attempt and leaves the first one running; the first answer
  /// that would not be retried wins (Envoy's hedge_on_per_try_timeout).
  bool hedge = false;
  bool avoid_previous_hosts = true;
  std::uint32_t host_selection_attempts = 5;  ///< further picks when a tried host comes up
  /// Above 0: after every so many attempts the priority levels tried so far are left out (Envoy's
  /// previous_priorities).
  std::uint32_t other_priorities = 0;

  /// What Istio gives a route that says nothing: 2 retries where no request was processed.
  static RetryPolicy istio_default();

  bool retriable(const Outcome& outcome) const;
  /// Exclusive upper bound, in nanoseconds, of the wait before retry `n` (0, 1, …).
  Time backoff_bound(std::uint32_t n) const;

  struct Range {
    Time low;
    Time high;  ///< exclusive
  };

  /// Where the wait before retry `n` lies.
  Range backoff_range(std::uint32_t n) const;
  /// The wait before retry `n`.
  Time backoff(std::uint32_t n, Random& random) const;
};

/// gRPC's retryThrottling (A6): a client whose attempts mostly fail stops retrying. Counted in
/// thousandths, as there.
struct ThrottleSettings {
  double max_tokens = 0;  ///< 0: off
  double token_ratio = 0.1;
};

class RetryThrottle {
 public:
  explicit RetryThrottle(const ThrottleSettings& settings)
      : most_(thousandths(settings.max_tokens)),
        gain_(thousandths(settings.token_ratio)),
        tokens_(most_) {}

  /// An attempt ended.
  void count(bool ok) {
    tokens_ += ok ? gain_ : -1000;
    tokens_ = tokens_ < 0 ? 0 : tokens_ > most_ ? most_ : tokens_;
  }

  /// Whether more than half of the tokens are there; always without a throttle.
  bool allows() const { return most_ == 0 || 2 * tokens_ > most_; }

 private:
  static std::int64_t thousandths(double value) {
    return static_cast<std::int64_t>(value * 1000 + 0.5);
  }

  std::int64_t most_;
  std::int64_t gain_;
  std::int64_t tokens_;
};

}  // namespace meshfn::simulate
