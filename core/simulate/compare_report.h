#pragma once

// A comparison in the formats that fit it.

#include <string>

#include "simulate/compare.h"
#include "simulate/report.h"

namespace meshfn::simulate {

std::string to_text(const Comparison& comparison, const TextStyle& style);
std::string to_json(const Comparison& comparison);
std::string to_csv(const Comparison& comparison);
std::string to_markdown(const Comparison& comparison);
/// A test case for every expectation, judged by the second of the two.
std::string to_junit(const Comparison& comparison);

}  // namespace meshfn::simulate
