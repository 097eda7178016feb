#pragma once

// A parsed expression. Variables are resolved to slots and functions to table rows while parsing,
// so evaluation compares no names; macros are nodes of their own rather than being expanded.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "schema/cel/value.h"

namespace meshfn::schema::cel {

struct Call;

/// One function of the library; overloads by type are told apart when it runs.
struct Function {
  std::string_view name;  ///< "size", "sets.contains"
  bool member = false;    ///< called as `target.name(…)`; the target is the first argument
  int min = 0;            ///< number of arguments, the target not counted
  int max = 0;
  Value (*run)(const Call& call) = nullptr;
};

enum class Op : std::uint8_t {
  literal,
  variable,
  select,           ///< args[0].name
  has,              ///< has(args[0].name)
  optional_select,  ///< args[0].?name
  index,            ///< args[0][args[1]]
  optional_index,   ///< args[0][?args[1]]
  call,
  list,  ///< args; `optional` marks [?x]
  map,   ///< key, value in turn; `optional` marks {?k: v}
  conditional,
  logical_and,
  logical_or,
  logical_not,
  negate,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  comprehension,
};

/// What a comprehension does with its body; args[0] is the range (or bind's value).
enum class Macro : std::uint8_t {
  all,
  exists,
  exists_one,
  map,  ///< args: range, [filter,] result
  filter,
  bind,
  optional_map,
  optional_flat_map,
  transform_list,  ///< two variables; args: range, [filter,] result
  transform_map,
  transform_map_entry,
  sort_by,
};

struct Expr {
  Op op = Op::literal;
  Macro macro = Macro::all;
  int slot = 0;               ///< of a variable; of a comprehension's first variable
  int depth = 0;              ///< of the tree below; bounded, because evaluation recurses
  bool two = false;           ///< the comprehension has a second variable, in slot + 1
  std::string_view name;      ///< of a member, as written
  std::string_view property;  ///< the same with `__dash__` and its like resolved
  Value literal;
  const Function* function = nullptr;
  const Pattern* pattern = nullptr;  ///< of `matches` with a literal
  std::vector<const Expr*> args;
  std::vector<bool> optional;
};

/// The functions of one library file.
std::span<const Function> standard_functions();
std::span<const Function> conversion_functions();
std::span<const Function> time_functions();
std::span<const Function> string_functions();
std::span<const Function> list_functions();
std::span<const Function> optional_functions();
std::span<const Function> network_functions();
std::span<const Function> quantity_functions();
std::span<const Function> format_functions();

/// The function of this name called with or without a target; null when there is none.
const Function* find_function(std::string_view name, bool member);
/// Whether some function's name starts with `space` and a dot ("sets").
bool is_function_space(std::string_view space);
/// Every name, for did-you-mean.
std::vector<std::string_view> function_names();

}  // namespace meshfn::schema::cel
