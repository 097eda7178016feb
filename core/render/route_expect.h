#pragma once

// Judges one expectation of a route test. Adding a kind of expectation is one row of a table.

#include <span>
#include <string>
#include <string_view>

#include "render/route_test.h"

namespace meshfn::render {

/// What an expectation is judged on.
struct Judged {
  const routing::Answer& answer;
  const routing::Request& request;
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

/// The row called `name` in `kinds`; null when there is none.
const ExpectationKind* find_kind(std::span<const ExpectationKind> kinds, std::string_view name);

}  // namespace meshfn::render
