#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "base/xml.h"
#include "invoke/event_test.h"

namespace meshfn::invoke {

namespace {

using Results = std::vector<EventTestResult>;

std::string text(const Results& results) {
  std::string out;
  for (const EventTestResult& result : results) {
    if (result.failures.empty()) continue;
    out += fmt::format("FAIL {}  {}\n", result.test.name, result.test.where);
    for (const std::string& failure : result.failures) out += fmt::format("     {}\n", failure);
  }
  return out;
}

std::string json(const Results& results) {
  Json out = {{"schema", 1}, {"results", Json::array()}};
  for (const EventTestResult& result : results) {
    out["results"].push_back({{"name", result.test.name},
                              {"origin", result.test.where},
                              {"passed", result.failures.empty()},
                              {"failures", result.failures}});
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string tap(const Results& results) {
  std::string out = fmt::format("TAP version 13\n1..{}\n", results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    out += fmt::format("{} {} - {}\n", results[i].failures.empty() ? "ok" : "not ok", i + 1,
                       results[i].test.name);
    for (const std::string& failure : results[i].failures) {
      out += fmt::format("# {}\n", str::replace_all(failure, "\n", "\n# "));
    }
  }
  return out;
}

std::string junit(const Results& results) {
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const auto& one) { return !one.failures.empty(); });
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"events\" tests=\"{}\" failures=\"{}\">\n",
      results.size(), failed);
  for (const EventTestResult& result : results) {
    out += fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
                       xml_escape(result.test.where), xml_escape(result.test.name),
                       result.duration_ms / 1000);
    if (result.failures.empty()) {
      out += "/>\n";
      continue;
    }
    out += ">\n";
    for (const std::string& failure : result.failures) {
      out += fmt::format("    <failure message=\"{}\"/>\n", xml_escape(failure));
    }
    out += "  </testcase>\n";
  }
  return out + "</testsuite>\n";
}

constexpr std::array kReports = std::to_array<EventTestReport>({
    {"text", text},
    {"json", json},
    {"tap", tap},
    {"junit", junit},
});

}  // namespace

std::span<const EventTestReport> event_test_reports() { return kReports; }

}  // namespace meshfn::invoke
