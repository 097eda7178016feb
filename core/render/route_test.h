#pragma once

// Expectations about routing, as files: our own `*.route-test.yaml` (kind RouteTest), the files of
// istio-config-validator (`testCases`) and those of Envoy's router_check (`tests` with `input` and
// `validate`), which run unchanged. Lists in a request multiply.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "render/input.h"
#include "routing/authorization/caller.h"
#include "yaml/node.h"

namespace meshfn::render {

/// What one expectation is about, and what it wants.
struct Expectation {
  std::string what;  ///< "to", "redirect", "rewrite", "timeout", …
  yaml::Node wanted;
};

/// One test: each of its requests has to fulfil every expectation.
struct RouteTest {
  /// Whose words the file speaks.
  enum class Form : std::uint8_t { own, validator, router_check };

  std::string name;
  std::vector<routing::Request> requests;
  routing::Caller caller;  ///< of all of them
  std::vector<Expectation> expectations;
  bool wanted = true;  ///< false: no expectation may be fulfilled (`wantMatch: false`)
  Form form = Form::own;
  std::uint64_t random = 0;  ///< `random_value` of router_check
  source::Location where;
};

/// Outcome of one request of one test.
struct RouteTestResult {
  const RouteTest* test = nullptr;
  const routing::Request* request = nullptr;
  std::string failure;  ///< empty: passed
  routing::Answer answer;
};

/// How much of the table the tests went through.
struct Coverage {
  std::size_t rules = 0;
  std::size_t hit = 0;
  std::vector<const routing::Route*> missed;

  double percent() const {
    return rules == 0 ? 100 : 100.0 * static_cast<double>(hit) / static_cast<double>(rules);
  }
};

/// Whether `root` is a document of tests of any form.
bool is_route_test(yaml::Node root);

/// The tests of every document of `tree`; the error is the first mistake, with its place.
Result<std::vector<RouteTest>> read_route_tests(const yaml::Tree& tree);

/// Runs all tests against `table`, which was made from `mesh`.
std::vector<RouteTestResult> run_route_tests(const resource::Mesh& mesh,
                                             const routing::Table& table,
                                             const std::vector<RouteTest>& tests);

/// Rules of the table that some result went through; the same rule under several hosts counts
/// once.
Coverage coverage(const routing::Table& table, const std::vector<RouteTestResult>& results);

}  // namespace meshfn::render
