#pragma once

// The platform's telemetry about one environment, as the JSON records of the Telemetry API (schema
// 2022-12-13). Each function gives the `record` of the event that it is named after.

#include <string>
#include <string_view>

#include "function/project.h"
#include "invoke/outcome.h"

namespace meshfn::invoke {

/// platform.initStart; `phase` is "init", or "invoke" when a start is repeated within a call.
std::string init_start_record(const function::Function& function, std::string_view phase);

/// platform.initRuntimeDone; `error_type` is empty unless it failed.
std::string init_done_record(std::string_view phase, std::string_view status,
                             std::string_view error_type);

/// platform.initReport.
std::string init_report_record(std::string_view phase, std::string_view status,
                               std::string_view error_type, double duration_ms);

/// platform.start.
std::string start_record(const std::string& request_id, const std::string& trace_id);

/// platform.runtimeDone; `duration_ms` is the time that the runtime itself took.
std::string runtime_done_record(const Outcome& outcome, const std::string& trace_id,
                                double duration_ms);

/// platform.report.
std::string report_record(const Outcome& outcome, const std::string& trace_id);

}  // namespace meshfn::invoke
