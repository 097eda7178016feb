// Deprecated fields written as what took their place. The table names the successor in words:
// "use `ringHash.minimumRingSize`"; what the value looks like there follows from its type.

#include <fmt/format.h>

#include "base/str.h"
#include "schema/checker.h"

namespace meshfn::schema {

namespace {

/// The source of a value as it stands in its file.
std::string source_of(yaml::Node node) {
  const source::Location where = node.where();
  return std::string(
      where.file->text().substr(where.span.begin, where.span.end - where.span.begin));
}

/// A list of texts as a list of exact matches, which is what it meant.
std::string exact_matches(yaml::Node list) {
  std::vector<std::string> items;
  for (const yaml::Node item : list.items()) {
    items.push_back(fmt::format("{{exact: \"{}\"}}", item.text()));
  }
  return fmt::format("[{}]", str::join(items, ", "));
}

/// The value of a deprecated field in the form of `target`; empty when it cannot be told.
std::string value_as(yaml::Node value, const Type& target) {
  if (target.base == Base::object) {
    const bool boxed = value.is_scalar() && target.field("value") != nullptr;
    return boxed ? fmt::format("{{value: {}}}", source_of(value)) : std::string();
  }
  if (target.base == Base::list) {
    const bool matches = value.is_sequence() && target.element != nullptr &&
                         target.element->field("exact") != nullptr;
    return matches ? exact_matches(value) : std::string();
  }
  return value.is_scalar() ? source_of(value) : std::string();
}

/// Names in backquotes of the table's advice.
std::vector<std::string_view> successors_in(std::string_view advice) {
  std::vector<std::string_view> names;
  const auto parts = str::split(advice, '`');
  for (std::size_t i = 1; i < parts.size(); i += 2) names.push_back(parts[i]);
  return names;
}

}  // namespace

std::optional<diagnostic::Fix> successor(yaml::Node object, const yaml::Entry& entry,
                                         const Type& type, const Field& field) {
  const auto names = successors_in(field.deprecated);
  if (names.empty() || entry.merged) return std::nullopt;
  const std::size_t dot = names.front().find('.');
  const std::string_view head = names.front().substr(0, dot);
  const Field* target = type.field(head);
  if (target == nullptr || object.find(head)) return std::nullopt;
  const bool nested = dot != std::string_view::npos;
  const std::string_view tail = nested ? names.front().substr(dot + 1) : std::string_view();
  const Field* inner = nested ? target->type->field(tail) : nullptr;
  if (nested && inner == nullptr) return std::nullopt;
  std::string value = value_as(entry.value, nested ? *inner->type : *target->type);
  if (value.empty()) return std::nullopt;
  if (nested) value = fmt::format("{{{}: {}}}", tail, value);
  source::Location where = entry.key.where();
  where.span.end = entry.value.where().span.end;
  // Where there is a choice, or the old field is no longer read, the meaning may change.
  const bool safe = names.size() == 1;
  return diagnostic::Fix{fmt::format("write it as `{}`", names.front()),
                         {{where, fmt::format("{}: {}", head, value)}},
                         safe};
}

}  // namespace meshfn::schema
