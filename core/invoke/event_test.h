#pragma once

// Expectations about what a function makes of an event: `*.event-test.yaml`.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "invoke/json_check.h"
#include "invoke/outcome.h"
#include "yaml/map_reader.h"

namespace meshfn::invoke {

/// A condition on the JSON result (DESIGN section 5.2) at a JSONPath.
struct PathCondition {
  std::string path;
  std::optional<Json> equals;
  std::string matches;  ///< RE2; empty: no condition
};

/// What has to be true of one outcome. Unset members ask for nothing.
struct Expectation {
  std::string status = "ok";
  std::optional<Json> response;
  std::vector<PathCondition> paths;  ///< on the response; `outputs` on the outputs
  std::vector<PathCondition> outputs;
  std::optional<Json> schema;
  std::vector<std::string> logs;  ///< texts that the log contains
  std::optional<std::int64_t> http_status;
  std::optional<double> max_duration_ms;
  std::optional<std::int64_t> max_memory_mb;
  bool snapshot = false;
};

struct EventTest {
  std::string name;
  std::string function;  ///< as on the command line; empty: the only one
  std::string event;     ///< JSON text
  Expectation expect;
  std::string where;  ///< "hello.event-test.yaml:3:5"
};

struct EventTestFile {
  std::string path;
  std::string project;  ///< folder of the function
  std::vector<EventTest> tests;
};

/// Reads a file; `project` and event files are relative to it. Everything wrong is one error at
/// the place of the first.
Result<EventTestFile> read_event_tests(const Files& files, const std::string& path);

/// What of `expect` does not hold; empty when all does. `snapshot` is the recorded response, if
/// there is one.
std::vector<std::string> unmet(const Expectation& expect, const Outcome& outcome,
                               const std::optional<Json>& snapshot);

/// The response of an outcome as JSON, or its error document.
Json response_of(const Outcome& outcome);

struct EventTestResult {
  EventTest test;
  std::vector<std::string> failures;  ///< empty: passed
  double duration_ms = 0;
};

/// One format of `event test -o`.
struct EventTestReport {
  std::string_view name;
  std::string (*write)(const std::vector<EventTestResult>& results);
};

/// text (failures only), json, tap (version 13), junit.
std::span<const EventTestReport> event_test_reports();

}  // namespace meshfn::invoke
