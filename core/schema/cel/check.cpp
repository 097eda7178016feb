// Follows the types of `self` through an expression, so that a misspelt field is found when the
// schema is read and not when a rule first fails.

#include <fmt/format.h>

#include "base/suggest.h"
#include "schema/cel/parser.h"

namespace meshfn::schema::cel {

namespace {

class FieldCheck {
 public:
  FieldCheck(const Program::Parts& program, const Type& self)
      : types_(static_cast<std::size_t>(program.slots), nullptr) {
    types_[0] = &self;
    types_[1] = nullptr;  // with optionalOldSelf it is an optional
  }

  const std::string& error() const { return error_; }

  /// The schema of the value, where one is known.
  const Type* type_of(const Expr& expr) {
    if (expr.op == Op::comprehension) return comprehension(expr);
    const Type* first = nullptr;
    for (const Expr* arg : expr.args) {
      const Type* type = type_of(*arg);
      if (arg == expr.args.front()) first = type;
    }
    switch (expr.op) {
      case Op::variable:
        return types_[static_cast<std::size_t>(expr.slot)];
      case Op::select:
      case Op::has:
      case Op::optional_select:
        return field(expr, first);
      case Op::index:
        return first == nullptr ? nullptr : first->element;
      default:
        return nullptr;
    }
  }

 private:
  const Type* field(const Expr& expr, const Type* owner) {
    if (owner == nullptr) return nullptr;
    if (const Field* found = owner->field(expr.property))
      return expr.op == Op::has ? nullptr : found->type;
    const bool closed = owner->base == Base::object && !owner->open && !owner->fields.empty();
    if (!closed || !error_.empty()) return owner->element;
    std::vector<std::string_view> names;
    for (const Field& known : owner->fields) names.push_back(known.name);
    const std::string hint = did_you_mean(expr.property, names);
    error_ =
        fmt::format("there is no field `{}`{}{}", expr.property, hint.empty() ? "" : "; ", hint);
    return nullptr;
  }

  const Type* comprehension(const Expr& expr) {
    const Type* range = type_of(*expr.args[0]);
    const auto slot = static_cast<std::size_t>(expr.slot);
    const bool list = range != nullptr && range->base == Base::list;
    const Type* element = range == nullptr ? nullptr : range->element;
    types_[slot] = expr.macro == Macro::bind ? range : list && !expr.two ? element : nullptr;
    if (expr.two) types_[slot + 1] = element;
    const Type* body = nullptr;
    for (std::size_t i = 1; i < expr.args.size(); ++i) body = type_of(*expr.args[i]);
    if (expr.macro == Macro::bind) return body;
    return expr.macro == Macro::filter || expr.macro == Macro::sort_by ? range : nullptr;
  }

  std::vector<const Type*> types_;
  std::string error_;
};

}  // namespace

Result<void> check_fields(const Program::Parts& program, const Type& self) {
  FieldCheck check(program, self);
  check.type_of(*program.root);
  if (!check.error().empty()) return fail(check.error());
  return {};
}

}  // namespace meshfn::schema::cel
