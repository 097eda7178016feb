#include "render/route_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/str.h"
#include "base/xml.h"
#include "render/words.h"
#include "routing/request_text.h"

namespace meshfn::render {

namespace {

using Json = nlohmann::ordered_json;
using Results = std::vector<RouteTestResult>;

std::string title(const RouteTestResult& result) {
  return fmt::format("{}: {}", result.test->name, routing::to_string(*result.request));
}

std::string tests_text(const Results& results, const Coverage&) {
  std::string text;
  for (const auto& result : results) {
    if (result.failure.empty()) continue;
    text += fmt::format("FAIL {}  {}\n     {}\n", title(result), origin(result.test->where),
                        result.failure);
    for (const routing::Attempt& attempt : result.answer.tried) {
      text += fmt::format("     tried {}: {}  {}\n", attempt.route->name, attempt.why,
                          origin(attempt.where));
    }
    if (result.answer.route != nullptr) {
      text += fmt::format("     taken by {}  {}\n", result.answer.route->name,
                          origin(result.answer.route->where));
    } else {
      text += fmt::format("     {}\n", result.answer.lost);
    }
  }
  return text;
}

std::string tests_tap(const Results& results, const Coverage&) {
  std::string text = fmt::format("TAP version 13\n1..{}\n", results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    text += fmt::format("{} {} - {}\n", results[i].failure.empty() ? "ok" : "not ok", i + 1,
                        title(results[i]));
    if (!results[i].failure.empty()) text += fmt::format("# {}\n", results[i].failure);
  }
  return text;
}

std::string tests_json(const Results& results, const Coverage& covered) {
  Json out = {{"schema", 1}, {"results", Json::array()}};
  for (const auto& result : results) {
    out["results"].push_back({{"name", result.test->name},
                              {"request", routing::to_string(*result.request)},
                              {"origin", origin(result.test->where)},
                              {"passed", result.failure.empty()},
                              {"failure", result.failure}});
  }
  out["coverage"] = {
      {"rules", covered.rules}, {"hit", covered.hit}, {"percent", covered.percent()}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string tests_junit(const Results& results, const Coverage&) {
  const auto failures = std::count_if(results.begin(), results.end(),
                                      [](const auto& result) { return !result.failure.empty(); });
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"routes\" tests=\"{}\" failures=\"{}\">\n",
      results.size(), failures);
  for (const RouteTestResult& result : results) {
    text += fmt::format("  <testcase classname=\"{}\" name=\"{}\"",
                        xml_escape(origin(result.test->where)), xml_escape(title(result)));
    text += result.failure.empty()
                ? "/>\n"
                : fmt::format(">\n    <failure message=\"{}\"/>\n  </testcase>\n",
                              xml_escape(result.failure));
  }
  return text + "</testsuite>\n";
}

constexpr std::array kReports = std::to_array<RouteTestReport>({
    {"text", tests_text},
    {"json", tests_json},
    {"tap", tests_tap},
    {"junit", tests_junit},
});

}  // namespace

std::span<const RouteTestReport> route_test_reports() { return kReports; }

}  // namespace meshfn::render
