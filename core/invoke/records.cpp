#include "invoke/records.h"

#include <cmath>

#include "base/json.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOnDemand = "on-demand";

double rounded(double milliseconds) { return std::round(milliseconds * 1000) / 1000; }

Json init_object(std::string_view phase, std::string_view status, std::string_view error_type) {
  Json record = {{"initializationType", kOnDemand}, {"phase", phase}, {"status", status}};
  if (!error_type.empty()) record["errorType"] = error_type;
  return record;
}

Json tracing(const std::string& trace_id) {
  const std::size_t parent = trace_id.find("Parent=");
  const std::string span =
      parent == std::string::npos ? std::string() : trace_id.substr(parent + 7, 16);
  return {{"spanId", span}, {"type", "X-Amzn-Trace-Id"}, {"value", trace_id}};
}

/// success: the handler answered; error: it failed, or its process ended; failure is the sandbox's.
std::string_view status_of(const Outcome& outcome) {
  if (outcome.ok()) return "success";
  return outcome.status == Status::timeout ? "timeout" : "error";
}

}  // namespace

std::string init_start_record(const function::Function& function, std::string_view phase) {
  return Json{{"initializationType", kOnDemand},
              {"phase", phase},
              {"runtimeVersion", function.runtime->name},
              {"functionName", function.function_name},
              {"functionVersion", "$LATEST"},
              {"instanceMaxMemory", function.memory_mb << 20}}
      .dump();
}

std::string init_done_record(std::string_view phase, std::string_view status,
                             std::string_view error_type) {
  return init_object(phase, status, error_type).dump();
}

std::string init_report_record(std::string_view phase, std::string_view status,
                               std::string_view error_type, double duration_ms) {
  Json record = init_object(phase, status, error_type);
  record["metrics"] = {{"durationMs", rounded(duration_ms)}};
  return record.dump();
}

std::string start_record(const std::string& request_id, const std::string& trace_id) {
  return Json{{"requestId", request_id}, {"version", "$LATEST"}, {"tracing", tracing(trace_id)}}
      .dump();
}

std::string runtime_done_record(const Outcome& outcome, const std::string& trace_id,
                                double duration_ms) {
  Json record = {{"requestId", outcome.request_id}, {"status", status_of(outcome)}};
  if (!outcome.ok()) record["errorType"] = outcome.error_type;
  record["metrics"] = {{"durationMs", rounded(duration_ms)},
                       {"producedBytes", outcome.ok() ? outcome.payload.size() : 0}};
  record["tracing"] = tracing(trace_id);
  return record.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string report_record(const Outcome& outcome, const std::string& trace_id) {
  Json record = {{"requestId", outcome.request_id}, {"status", status_of(outcome)}};
  if (!outcome.ok()) record["errorType"] = outcome.error_type;
  Json metrics = {{"durationMs", rounded(outcome.duration_ms)},
                  {"billedDurationMs", outcome.billed_ms()},
                  {"memorySizeMB", outcome.memory_mb},
                  {"maxMemoryUsedMB", outcome.max_memory_mb}};
  if (outcome.init_ms) metrics["initDurationMs"] = rounded(*outcome.init_ms);
  record["metrics"] = metrics;
  record["tracing"] = tracing(trace_id);
  return record.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace meshfn::invoke
