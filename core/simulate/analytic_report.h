#pragma once

// Estimates without events for people and programs.

#include <string>

#include "simulate/analytic.h"
#include "simulate/report.h"

namespace meshfn::simulate {

std::string to_text(const Analysis& analysis, const TextStyle& style);
std::string to_json(const Analysis& analysis);

}  // namespace meshfn::simulate
