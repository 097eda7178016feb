#pragma once

// A sweep in the formats that fit it; formats of a single run (hgrm, openmetrics) do not.

#include <string>

#include "simulate/report.h"
#include "simulate/sweep.h"

namespace meshfn::simulate {

std::string to_text(const Sweep& sweep, const TextStyle& style);
std::string to_json(const Sweep& sweep);
std::string to_csv(const Sweep& sweep);
std::string to_markdown(const Sweep& sweep);
/// A test case for every loss.
std::string to_junit(const Sweep& sweep);

}  // namespace meshfn::simulate
