#pragma once

// Judges one expectation of a route test. Adding a kind of expectation is one row of a table.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "render/route_test.h"

namespace meshfn::render {

/// What an expectation is judged on.
struct Judged {
  const routing::Answer& answer;
  const routing::Request& request;
  const resource::Mesh& mesh;
  const routing::Caller& caller;
  std::uint64_t random = 0;  ///< chooses among weighted clusters (router_check)
};

/// One kind of expectation.
struct ExpectationKind {
  std::string_view name;
  std::string_view summary;
  /// Empty when fulfilled, else "is …, not …".
  std::string (*check)(yaml::Node wanted, const Judged& judged);
};

/// Those of our own files.
std::span<const ExpectationKind> expectation_kinds();

/// Those of istio-config-validator, which compares the fields of a VirtualService rule.
std::span<const ExpectationKind> validator_kinds();

/// Those of Envoy's router_check, by the names of its API.
std::span<const ExpectationKind> router_check_kinds();

/// The kinds of expectation that a test of this form may have.
std::span<const ExpectationKind> kinds_of(RouteTest::Form form);

/// "is `seen`, not `wanted`"; empty when they are the same.
std::string differs(std::string_view seen, std::string_view wanted);

/// The first of several names of a field that is there.
yaml::Node first_of(yaml::Node node, std::initializer_list<std::string_view> names);

/// The row called `name` in `kinds`; null when there is none.
const ExpectationKind* find_kind(std::span<const ExpectationKind> kinds, std::string_view name);

}  // namespace meshfn::render
