#pragma once

// A compiled CEL expression and its evaluation, as the API server does it for
// x-kubernetes-validations: `self`, `oldSelf`, a cost limit, and errors as values.

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/cel/value.h"
#include "yaml/node.h"

namespace meshfn::schema::cel {

/// Steps that one evaluation may take; the API server's limit per call.
inline constexpr std::uint64_t kCostLimit = 1'000'000;

/// Immutable after compilation; safe to share by threads.
class Program {
 public:
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  /// Whether the expression mentions `oldSelf`, so that it holds for updates only.
  bool uses_old_self() const;

  struct Parts;
  explicit Program(std::unique_ptr<Parts> parts);

  const Parts& parts() const { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

/// Parses and checks: names, numbers of arguments and the fields of `self` must exist. The message
/// of the error says what is wrong and where in the expression.
Result<std::unique_ptr<const Program>> compile(std::string_view expression, const Type& self);

/// What an expression comes to. `arena` owns what the value points at and must outlive it.
/// `old_self` is used only by programs that mention it.
Value evaluate(const Program& program, const Value& self, const Value& old_self, Arena& arena,
               std::uint64_t cost_limit = kCostLimit);

/// The value as the user would write it, for messages and tests: `[1, "a"]`, `duration("2s")`.
std::string to_string(const Value& value, Arena& arena);

}  // namespace meshfn::schema::cel
