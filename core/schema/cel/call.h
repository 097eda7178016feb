#pragma once

// What a library function is given, and how it says that it cannot.

#include <span>
#include <string>
#include <string_view>

#include "schema/cel/ast.h"

namespace meshfn::schema::cel {

/// Arguments are never errors: the evaluator passes those through by itself.
struct Call {
  const Function& function;
  std::span<const Value> args;
  Arena& arena;
  const Pattern* pattern = nullptr;  ///< of a literal regular expression
  std::uint64_t& cost;

  /// Argument `index` if there is one and it has type T, else null.
  template <class T>
  const T* arg(std::size_t index) const {
    return index < args.size() ? args[index].get<T>() : nullptr;
  }

  /// The text of argument `index`; null when it is no string.
  const std::string_view* text(std::size_t index) const { return arg<std::string_view>(index); }

  /// The error for arguments of types that the function does not take.
  Value no_overload() const;

  /// The Boolean or the error of "not of that type".
  template <class T>
  static Value of(T value) {
    return Value(value);
  }
};

}  // namespace meshfn::schema::cel
