// Conditions in CEL and the alternatives of user-defined schemas.

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "schema/cel/program.h"
#include "schema/checker.h"

namespace meshfn::schema {

namespace {

/// The member that a fieldPath such as `.spec.ports['http']` names; nothing when it is not there.
yaml::Node follow(yaml::Node node, std::string_view path, yaml::Node& key) {
  while (node && !path.empty()) {
    std::string_view name;
    if (path.starts_with('.')) {
      const std::size_t end = std::min(path.find_first_of(".[", 1), path.size());
      name = path.substr(1, end - 1);
      path.remove_prefix(end);
    } else {
      const std::size_t end = path.find(']');
      if (!path.starts_with('[') || end == std::string_view::npos || end < 4) return {};
      name = path.substr(2, end - 3);
      path.remove_prefix(end + 1);
    }
    key = node.find_key(name);
    node = node.find(name);
  }
  return node;
}

/// messageExpression, else message, else the expression itself.
std::string message_of(const Validation& rule, const cel::Value& self, const cel::Value& old) {
  if (rule.message_program != nullptr) {
    cel::Arena arena;
    const cel::Value made = cel::evaluate(*rule.message_program, self, old, arena);
    const auto* text = made.get<std::string_view>();
    if (text != nullptr && !str::trim(*text).empty() &&
        text->find('\n') == std::string_view::npos) {
      return std::string(str::trim(*text));
    }
  }
  return rule.message.empty() ? fmt::format("the rule `{}` does not hold", rule.expression)
                              : std::string(rule.message);
}

}  // namespace

void Checker::validations(yaml::Node node, const Type& type, yaml::Node anchor, yaml::Node old) {
  for (const Validation& rule : type.validations) {
    if (rule.program == nullptr) continue;
    if (rule.program->uses_old_self() && !rule.optional_old_self && !old) continue;
    cel::Arena arena;
    const cel::Value self = cel::from_node(node, &type, arena);
    cel::Value before = old ? cel::from_node(old, &type, arena) : cel::Value(cel::Null{});
    if (rule.optional_old_self) before = old ? arena.some(before) : cel::Value(cel::Optional{});
    const cel::Value result = cel::evaluate(*rule.program, self, before, arena);
    if (result.is_true()) continue;
    yaml::Node key = node.is_scalar() || !anchor ? node : anchor;
    yaml::Node inner;
    if (const yaml::Node found = follow(node, rule.field_path, inner); found && inner) {
      key = found.is_scalar() ? found : inner;
    }
    auto& problem = report(Finding::broken_rule, key.where(), message_of(rule, self, before));
    if (const auto* error = result.get<cel::Error>()) {
      problem.help = fmt::format("the condition could not be evaluated: {}", error->message);
    }
  }
}

bool Checker::fits(yaml::Node node, const Type& shape, const Type& owner) const {
  std::vector<diagnostic::Diagnostic> problems;
  CheckOptions options;
  Checker inner(kind_, problems, options);
  inner.defaults_ = &owner;
  inner.value(node, shape, {}, {});
  return problems.empty();
}

bool Checker::alternatives(yaml::Node node, const Type& type, yaml::Node anchor) {
  bool fine = true;
  for (const Alternatives& group : type.alternatives) {
    const auto count = static_cast<std::size_t>(
        std::count_if(group.shapes.begin(), group.shapes.end(),
                      [&](const Type* shape) { return fits(node, *shape, type); }));
    using Kind = Alternatives::Kind;
    const bool holds = group.kind == Kind::all   ? count == group.shapes.size()
                       : group.kind == Kind::any ? count > 0
                       : group.kind == Kind::one ? count == 1
                                                 : count == 0;
    if (holds) continue;
    fine = false;
    const std::string_view how = group.kind == Kind::one    ? "exactly one"
                                 : group.kind == Kind::none ? "none"
                                                            : "one";
    report(Finding::exclusive_fields, (anchor && !node.is_scalar() ? anchor : node).where(),
           group.kind == Kind::all
               ? std::string("the value does not have every form that is needed here")
               : fmt::format("the value fits {} of the {} forms of which {} must fit", count,
                             group.shapes.size(), how));
  }
  return fine;
}

}  // namespace meshfn::schema
