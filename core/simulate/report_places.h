#pragma once

// Parts of the text report about places; see report.h for the whole.

#include <string>

#include "simulate/answer.h"

namespace meshfn::simulate {

/// The share of each zone's requests that each zone was sent, phase by phase; empty with one zone
/// or too many.
std::string traffic_table(const Answer& result);

/// Lines about retries that multiply, endpoints that get more than others, and the endpoint that
/// is busiest.
std::string hot_spots(const Answer& result);

}  // namespace meshfn::simulate
