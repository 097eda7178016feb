#pragma once

// How an invocation went, and the lines that Lambda logs about it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshfn::invoke {

enum class Status { ok, function_error, timeout, crash, init_error, out_of_memory };

/// "ok", "function-error", …: the words of the JSON result.
std::string_view to_string(Status status);

/// What surrounds the body of an HTTP answer; the body is the payload.
struct HttpAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields = {};
};

/// Durations are in milliseconds, measured on the steady clock.
struct Outcome {
  Status status = Status::ok;
  std::string request_id;
  std::string content_type;        ///< of the payload, as the runtime said
  bool streamed = false;           ///< the response came in streaming mode
  std::string payload;             ///< what the caller gets: the response, or the error document
  std::string error_type;          ///< "ValueError", "Runtime.ExitError"; empty when ok
  std::string report_type;         ///< error type in the REPORT line; empty when the line has none
  std::string hint;                ///< what to do about it, for people; may be empty
  std::optional<double> init_ms;   ///< only of the invocation that started the environment
  double duration_ms = 0;          ///< from handing over the event to the answer
  std::int64_t memory_mb = 0;      ///< the limit
  std::int64_t max_memory_mb = 0;  ///< peak of the whole process tree
  std::string figures;             ///< JSON of invoke/figures.h; empty: none
  std::optional<HttpAnswer> http;  ///< of functions that answer a request
  std::string outputs;             ///< JSON object of what went to output bindings; empty: none
  std::vector<std::string> logs;   ///< lines that the function printed; see `kKeptLogBytes`

  bool ok() const { return status == Status::ok; }

  /// Whole milliseconds that Lambda bills; since August 2025 the init phase counts.
  std::int64_t billed_ms() const;
};

/// Of longer logs only the end is kept; the first line then says how much is missing.
inline constexpr std::size_t kKeptLogBytes = 1U << 20U;

/// Collects what a function prints, as lines.
class LogTail {
 public:
  void add(std::string_view bytes);
  std::vector<std::string> lines() const;

  /// The raw end of the log.
  std::string_view text() const { return kept_; }

 private:
  std::string kept_;
  std::size_t dropped_ = 0;
};

/// "START RequestId: … Version: $LATEST", with its line break, as the others.
std::string start_line(std::string_view request_id);
std::string end_line(std::string_view request_id);
std::string report_line(const Outcome& outcome);

/// "INIT_REPORT Init Duration: … ms\tPhase: init\tStatus: error\tError Type: …".
std::string init_report_line(double init_ms, std::string_view status, std::string_view error_type);

/// The result as one JSON document (DESIGN section 5.2), with a line break.
std::string to_json(const Outcome& outcome);

/// Of several invocations in one environment: `{"count":…,"failed":…,"durationMs":{…}}` is added.
std::string to_json(const std::vector<Outcome>& outcomes);

/// The outcome to report of several: the first that failed, or the last.
const Outcome& representative(const std::vector<Outcome>& outcomes);

/// Value below which `percent` of `values` lie (nearest rank). REQUIRES: `values` is not empty.
double percentile(std::vector<double> values, double percent);

}  // namespace meshfn::invoke
