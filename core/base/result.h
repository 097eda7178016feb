#pragma once

// Result<T>: how every room says "could not do it". A failure is a value with a sentence for the
// user and a hint about what to do; nothing in core throws across a room.

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace meshfn {

/// What kind of failure it is; the command line maps it to an exit code (DESIGN section 2).
enum class Failure {
  usage,   ///< wrong flags, operands or configuration: exit code 2
  input,   ///< unreadable or unparsable input, nothing to check, a runtime is missing: exit code 3
  answer,  ///< the job was done and its answer is bad: exit code 1
};

/// Why something could not be done. `message` is lower case without a full stop and names the
/// path or value at fault (`path:line:column: …` where a position is known); `hint` says what to
/// do, and may be empty.
struct Error {
  std::string message;
  std::string hint;
  Failure kind = Failure::input;
};

/// A value, or the reason there is none.
template <class T>
using Result = tl::expected<T, Error>;

/// Builds the failing side of any Result.
inline tl::unexpected<Error> fail(std::string message, std::string hint = {},
                                  Failure kind = Failure::input) {
  return tl::unexpected<Error>(Error{std::move(message), std::move(hint), kind});
}

/// Like `fail`, for a mistake in flags, operands or configuration.
inline tl::unexpected<Error> usage_error(std::string message, std::string hint = {}) {
  return fail(std::move(message), std::move(hint), Failure::usage);
}

}  // namespace meshfn
