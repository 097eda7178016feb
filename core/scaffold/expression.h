#pragma once

// Expressions of the template language, for `render` and for `when` in manifests. They are read
// and worked out in one pass: templates are small, and a tree would be the larger program.

#include <string>
#include <string_view>

#include "base/result.h"
#include "scaffold/render.h"

namespace meshfn::scaffold {

/// The message of a failure and where in the expression it is, as a byte offset.
struct ExpressionError {
  std::string message;
  std::string hint;
  std::size_t offset = 0;
};

/// The condition `text`, as in `evaluate`.
tl::expected<bool, ExpressionError> condition(std::string_view text, const Variables& variables);

/// The text of `variable|filter|…`; a list and a boolean have none and are errors.
tl::expected<std::string, ExpressionError> substitution(std::string_view text,
                                                        const Variables& variables);

/// The list called `name`.
tl::expected<std::vector<std::string>, ExpressionError> list(std::string_view name,
                                                             const Variables& variables);

/// Reports what cannot be an expression, without needing its variables.
tl::expected<void, ExpressionError> check_syntax(std::string_view text);

}  // namespace meshfn::scaffold
