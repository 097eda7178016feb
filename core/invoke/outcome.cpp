#include "invoke/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/str.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

double rounded(double milliseconds) { return std::round(milliseconds * 100) / 100; }

/// The payload as JSON where it is JSON; runtimes may answer with any bytes.
Json payload_value(const std::string& payload) {
  Json value = parse_json(payload);
  return value.is_discarded() ? Json(payload) : value;
}

Json error_value(const Outcome& outcome) {
  const Json document = payload_value(outcome.payload);
  const auto field = [&](const char* name) {
    return document.is_object() && document.contains(name) ? document[name] : Json();
  };
  Json error;
  error["type"] = outcome.error_type;
  error["message"] = field("errorMessage").is_null() ? document : field("errorMessage");
  const Json stack = field("stackTrace").is_null() ? field("trace") : field("stackTrace");
  error["stackTrace"] = stack.is_null() ? Json::array() : stack;
  return error;
}

/// Fields that occur several times (Set-Cookie) become one list.
Json http_value(const HttpAnswer& answer) {
  Json headers = Json::object();
  for (const auto& [name, value] : answer.fields) {
    Json& field = headers[str::lower(name)];
    if (field.is_null()) {
      field = value;
    } else {
      if (!field.is_array()) field = Json::array({field});
      field.push_back(value);
    }
  }
  return {{"status", answer.status}, {"headers", std::move(headers)}};
}

Json to_value(const Outcome& outcome) {
  Json result;
  result["schema"] = 1;
  result["status"] = to_string(outcome.status);
  result["response"] = outcome.ok() ? payload_value(outcome.payload) : Json();
  result["error"] = outcome.ok() ? Json() : error_value(outcome);
  result["requestId"] = outcome.request_id;
  result["initMs"] = outcome.init_ms ? Json(rounded(*outcome.init_ms)) : Json();
  result["durationMs"] = rounded(outcome.duration_ms);
  result["billedMs"] = outcome.billed_ms();
  result["memoryMb"] = outcome.memory_mb;
  result["maxMemoryMb"] = outcome.max_memory_mb;
  result["logs"] = outcome.logs;
  result["outputs"] = outcome.outputs.empty() ? Json::object() : payload_value(outcome.outputs);
  if (!outcome.figures.empty()) result["figures"] = payload_value(outcome.figures);
  if (outcome.http) result["http"] = http_value(*outcome.http);
  return result;
}

std::string dump(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json distribution(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  double sum = 0;
  for (const double value : values) sum += value;
  return {{"min", rounded(*least)},
          {"mean", rounded(sum / static_cast<double>(values.size()))},
          {"p50", rounded(percentile(values, 50))},
          {"p95", rounded(percentile(values, 95))},
          {"max", rounded(*most)}};
}

Json repeat_value(const std::vector<Outcome>& outcomes) {
  std::vector<double> durations;
  std::vector<double> starts;
  std::size_t failed = 0;
  for (const Outcome& outcome : outcomes) {
    durations.push_back(outcome.duration_ms);
    if (outcome.init_ms) starts.push_back(*outcome.init_ms);
    if (!outcome.ok()) ++failed;
  }
  Json result;
  result["count"] = outcomes.size();
  result["failed"] = failed;
  result["cold"] = starts.size();
  result["durationMs"] = distribution(durations);
  if (!starts.empty()) result["initMs"] = distribution(starts);
  return result;
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::function_error:
      return "function-error";
    case Status::timeout:
      return "timeout";
    case Status::crash:
      return "crash";
    case Status::init_error:
      return "init-error";
    case Status::out_of_memory:
      return "out-of-memory";
  }
  return "";
}

std::int64_t Outcome::billed_ms() const {
  return static_cast<std::int64_t>(std::ceil(duration_ms + init_ms.value_or(0)));
}

void LogTail::add(std::string_view bytes) {
  kept_ += bytes;
  if (kept_.size() < 2 * kKeptLogBytes) return;
  const std::size_t cut = kept_.size() - kKeptLogBytes;
  dropped_ += cut;
  kept_.erase(0, cut);
}

std::vector<std::string> LogTail::lines() const {
  std::vector<std::string> result;
  if (dropped_ > 0) result.push_back(fmt::format("[{} bytes before this are left out]", dropped_));
  for (const std::string_view line : str::lines(kept_)) result.emplace_back(line);
  return result;
}

std::string start_line(std::string_view request_id) {
  return fmt::format("START RequestId: {} Version: $LATEST\n", request_id);
}

std::string end_line(std::string_view request_id) {
  return fmt::format("END RequestId: {}\n", request_id);
}

std::string report_line(const Outcome& outcome) {
  std::string line = fmt::format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\t"
      "Max Memory Used: {} MB\t",
      outcome.request_id, outcome.duration_ms, outcome.billed_ms(), outcome.memory_mb,
      outcome.max_memory_mb);
  if (outcome.init_ms) line += fmt::format("Init Duration: {:.2f} ms\t", *outcome.init_ms);
  if (outcome.status == Status::timeout) {
    line += "Status: timeout";
  } else if (!outcome.report_type.empty()) {
    line += "Status: error\tError Type: " + outcome.report_type;
  }
  return line + "\n";
}

std::string init_report_line(double init_ms, std::string_view status, std::string_view error_type) {
  std::string line =
      fmt::format("INIT_REPORT Init Duration: {:.2f} ms\tPhase: init\tStatus: {}", init_ms, status);
  if (!error_type.empty()) line += fmt::format("\tError Type: {}", error_type);
  return line + "\n";
}

std::string to_json(const Outcome& outcome) { return dump(to_value(outcome)); }

std::string to_json(const std::vector<Outcome>& outcomes) {
  Json result = to_value(representative(outcomes));
  result["repeat"] = repeat_value(outcomes);
  return dump(result);
}

const Outcome& representative(const std::vector<Outcome>& outcomes) {
  const auto failed = std::find_if(outcomes.begin(), outcomes.end(),
                                   [](const Outcome& outcome) { return !outcome.ok(); });
  return failed == outcomes.end() ? outcomes.back() : *failed;
}

double percentile(std::vector<double> values, double percent) {
  std::sort(values.begin(), values.end());
  const auto rank =
      static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

}  // namespace meshfn::invoke
