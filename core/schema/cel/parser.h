#pragma once

// Tokens to expressions: a Pratt parser with CEL's precedences. Names are resolved on the way.

#include <deque>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "schema/cel/ast.h"
#include "schema/cel/program.h"

namespace meshfn::schema::cel {

/// What a Program is made of.
struct Program::Parts {
  std::deque<Expr> nodes;
  std::deque<std::string> texts;
  std::deque<Pattern> patterns;
  const Expr* root = nullptr;
  int slots = 2;  ///< variables alive at once; 0 is self, 1 is oldSelf
  bool uses_old_self = false;
};

/// Nested expressions deeper than this are refused, as cel-go does.
inline constexpr int kDepthLimit = 250;

/// Operators and members chained longer than this are refused: each is a level of the tree.
inline constexpr int kChainLimit = 2000;

/// The error names what is wrong and the byte offset.
Result<std::unique_ptr<Program::Parts>> parse(std::string_view expression);

/// Demands that every field selected from `self` exists in its type.
Result<void> check_fields(const Program::Parts& program, const Type& self);

}  // namespace meshfn::schema::cel
