// Lists, sets and optional values: Kubernetes' list library and the sets and lists extensions.

#include <algorithm>
#include <array>

#include "schema/cel/call.h"
#include "schema/cel/operators.h"

namespace meshfn::schema::cel {

namespace {

std::vector<Value> items_of(const Call& call, std::size_t index) {
  return list_items(call.args[index], call.arena);
}

bool is_list(const Call& call, std::size_t index) { return list_size(call.args[index]) >= 0; }

bool holds(const std::vector<Value>& items, const Value& wanted, Arena& arena) {
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& item) { return equal(item, wanted, arena); });
}

Value is_sorted(const Call& call) {
  if (!is_list(call, 0)) return call.no_overload();
  const auto items = items_of(call, 0);
  for (std::size_t i = 1; i < items.size(); ++i) {
    const auto order = compare(items[i - 1], items[i]);
    if (!order) return call.no_overload();
    if (*order > 0) return false;
  }
  return true;
}

Value sum(const Call& call) {
  if (!is_list(call, 0)) return call.no_overload();
  const auto items = items_of(call, 0);
  if (items.empty()) return std::int64_t{0};
  Value total = items.front();
  for (std::size_t i = 1; i < items.size() && !total.is_error(); ++i) {
    total = apply(Op::add, total, items[i], call.arena);
  }
  return total;
}

Value extreme(const Call& call, int wanted) {
  if (!is_list(call, 0)) return call.no_overload();
  const auto items = items_of(call, 0);
  if (items.empty()) return call.arena.error("min and max of an empty list");
  Value best = items.front();
  for (const Value& item : items) {
    const auto order = compare(item, best);
    if (!order) return call.no_overload();
    if (*order == wanted) best = item;
  }
  return best;
}

Value min(const Call& call) { return extreme(call, -1); }

Value max(const Call& call) { return extreme(call, 1); }

Value distinct(const Call& call) {
  if (!is_list(call, 0)) return call.no_overload();
  std::vector<Value> kept;
  for (const Value& item : items_of(call, 0)) {
    if (!holds(kept, item, call.arena)) kept.push_back(item);
  }
  return call.arena.list(std::move(kept));
}

Value sort(const Call& call) {
  if (!is_list(call, 0)) return call.no_overload();
  auto items = items_of(call, 0);
  for (const Value& item : items) {
    if (!compare(items.front(), item)) return call.no_overload();
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const Value& a, const Value& b) { return compare(a, b) == -1; });
  return call.arena.list(std::move(items));
}

Value slice(const Call& call) {
  const auto* from = call.arg<std::int64_t>(1);
  const auto* to = call.arg<std::int64_t>(2);
  if (!is_list(call, 0) || from == nullptr || to == nullptr) return call.no_overload();
  const auto items = items_of(call, 0);
  const auto size = static_cast<std::int64_t>(items.size());
  if (*from < 0 || *to < *from || *to > size) return call.arena.error("slice is out of range");
  return call.arena.list({items.begin() + *from, items.begin() + *to});
}

void flatten_into(const Value& value, std::int64_t depth, std::vector<Value>& out, Arena& arena) {
  for (std::int64_t i = 0; i < list_size(value); ++i) {
    const Value item = list_item(value, i, arena);
    if (depth > 0 && list_size(item) >= 0) {
      flatten_into(item, depth - 1, out, arena);
    } else {
      out.push_back(item);
    }
  }
}

Value flatten(const Call& call) {
  const auto* depth = call.arg<std::int64_t>(1);
  if (!is_list(call, 0) || (call.args.size() == 2 && depth == nullptr)) return call.no_overload();
  std::vector<Value> out;
  flatten_into(call.args[0], depth == nullptr ? 1 : *depth, out, call.arena);
  return call.arena.list(std::move(out));
}

Value range(const Call& call) {
  const auto* count = call.arg<std::int64_t>(0);
  if (count == nullptr) return call.no_overload();
  if (*count > 100'000) return call.arena.error("the range is too long");
  std::vector<Value> items;
  for (std::int64_t i = 0; i < *count; ++i) items.emplace_back(i);
  return call.arena.list(std::move(items));
}

Value sets_contains(const Call& call) {
  if (!is_list(call, 0) || !is_list(call, 1)) return call.no_overload();
  const auto all = items_of(call, 0);
  const auto wanted = items_of(call, 1);
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const Value& item) { return holds(all, item, call.arena); });
}

Value sets_equivalent(const Call& call) {
  const Value there = sets_contains(call);
  if (!there.is_true()) return there;
  const std::array<Value, 2> turned = {call.args[1], call.args[0]};
  return sets_contains(Call{call.function, turned, call.arena, nullptr, call.cost});
}

Value sets_intersects(const Call& call) {
  if (!is_list(call, 0) || !is_list(call, 1)) return call.no_overload();
  const auto all = items_of(call, 0);
  const auto other = items_of(call, 1);
  return std::any_of(other.begin(), other.end(),
                     [&](const Value& item) { return holds(all, item, call.arena); });
}

bool is_zero(const Value& value) {
  if (value.get<Null>() != nullptr || value.is_false()) return true;
  if (const auto whole = whole_number(value)) return *whole == 0;
  if (const auto* text = value.get<std::string_view>()) return text->empty();
  return list_size(value) == 0 || map_size(value) == 0;
}

Value optional_of(const Call& call) { return call.arena.some(call.args[0]); }

Value optional_none(const Call&) { return Optional{}; }

Value optional_non_zero(const Call& call) {
  return is_zero(call.args[0]) ? Value(Optional{}) : call.arena.some(call.args[0]);
}

Value has_value(const Call& call) {
  const auto* optional = call.arg<Optional>(0);
  return optional == nullptr ? call.no_overload() : Value(optional->value != nullptr);
}

Value value_of(const Call& call) {
  const auto* optional = call.arg<Optional>(0);
  if (optional == nullptr) return call.no_overload();
  return optional->value != nullptr ? *optional->value
                                    : call.arena.error("the optional has no value");
}

Value or_else(const Call& call) {
  const auto* optional = call.arg<Optional>(0);
  if (optional == nullptr || call.arg<Optional>(1) == nullptr) return call.no_overload();
  return optional->value != nullptr ? call.args[0] : call.args[1];
}

Value or_value(const Call& call) {
  const auto* optional = call.arg<Optional>(0);
  if (optional == nullptr) return call.no_overload();
  return optional->value != nullptr ? *optional->value : call.args[1];
}

Value end_of_list(const Call& call, bool last) {
  const std::int64_t size = list_size(call.args[0]);
  if (size < 0) return call.no_overload();
  return size == 0 ? Value(Optional{})
                   : call.arena.some(list_item(call.args[0], last ? size - 1 : 0, call.arena));
}

Value first(const Call& call) { return end_of_list(call, false); }

Value last(const Call& call) { return end_of_list(call, true); }

constexpr std::array kLists = {
    Function{"isSorted", true, 0, 0, is_sorted},
    Function{"sum", true, 0, 0, sum},
    Function{"min", true, 0, 0, min},
    Function{"max", true, 0, 0, max},
    Function{"distinct", true, 0, 0, distinct},
    Function{"sort", true, 0, 0, sort},
    Function{"slice", true, 2, 2, slice},
    Function{"flatten", true, 0, 1, flatten},
    Function{"first", true, 0, 0, first},
    Function{"last", true, 0, 0, last},
    Function{"lists.range", false, 1, 1, range},
    Function{"sets.contains", false, 2, 2, sets_contains},
    Function{"sets.equivalent", false, 2, 2, sets_equivalent},
    Function{"sets.intersects", false, 2, 2, sets_intersects},
};

constexpr std::array kOptional = {
    Function{"optional.of", false, 1, 1, optional_of},
    Function{"optional.none", false, 0, 0, optional_none},
    Function{"optional.ofNonZeroValue", false, 1, 1, optional_non_zero},
    Function{"hasValue", true, 0, 0, has_value},
    Function{"value", true, 0, 0, value_of},
    Function{"or", true, 1, 1, or_else},
    Function{"orValue", true, 1, 1, or_value},
};

}  // namespace

std::span<const Function> list_functions() { return kLists; }

std::span<const Function> optional_functions() { return kOptional; }

}  // namespace meshfn::schema::cel
