#pragma once

// Results of route tests for people and for machines: one row a format.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "render/route_test.h"

namespace meshfn::render {

/// One format of `route test -o`.
struct RouteTestReport {
  std::string_view name;
  std::string (*write)(const std::vector<RouteTestResult>& results, const Coverage& covered);
};

/// text (failures only, with what was tried), json, tap (version 13), junit.
std::span<const RouteTestReport> route_test_reports();

}  // namespace meshfn::render
