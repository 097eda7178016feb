// The evaluator: walks the tree of an expression over values.

#include <fmt/format.h>

#include <algorithm>

#include "schema/cel/call.h"
#include "schema/cel/operators.h"
#include "schema/cel/parser.h"
#include "schema/cel/program.h"

namespace meshfn::schema::cel {

namespace {

class Evaluation {
 public:
  Evaluation(const Program::Parts& parts, Arena& arena, std::uint64_t limit)
      : arena_(arena), limit_(limit), slots_(static_cast<std::size_t>(parts.slots)) {}

  void set(int slot, const Value& value) { slots_[static_cast<std::size_t>(slot)] = value; }

  Value run(const Expr& expr) {
    if (++cost_ > limit_) return arena_.error("the cost limit is exceeded");
    switch (expr.op) {
      case Op::literal:
        return expr.literal;
      case Op::variable:
        return slots_[static_cast<std::size_t>(expr.slot)];
      case Op::select:
        return select(expr);
      case Op::has:
        return has(expr);
      case Op::optional_select:
        return optional_select(expr);
      case Op::index:
      case Op::optional_index:
        return index(expr);
      case Op::call:
        return call(expr);
      case Op::list:
        return list(expr);
      case Op::map:
        return map(expr);
      case Op::conditional:
        return conditional(expr);
      case Op::logical_and:
      case Op::logical_or:
        return logical(expr, expr.op == Op::logical_or);
      case Op::comprehension:
        return comprehension(expr);
      default:
        return operation(expr);
    }
  }

 private:
  Value missing(std::string_view name) {
    return arena_.error(fmt::format("no such key: {}", name));
  }

  Value select(const Expr& expr) {
    const Value owner = run(*expr.args[0]);
    if (owner.is_error()) return owner;
    if (const auto* optional = owner.get<Optional>()) return through(*optional, expr);
    const auto found = member(owner, name_for(owner, expr), arena_);
    if (found) return *found;
    return owner.get<Tree>() != nullptr || owner.get<const Map*>() != nullptr
               ? missing(expr.property)
               : arena_.error(fmt::format("{} has no fields", type_name(owner)));
  }

  /// Only names of schema fields are escaped; keys of maps are written as they are.
  static std::string_view name_for(const Value& owner, const Expr& expr) {
    const auto* tree = owner.get<Tree>();
    const bool map = tree == nullptr || tree->type == nullptr || tree->type->base == Base::map;
    return map ? expr.name : expr.property;
  }

  /// Selecting from an optional gives an optional.
  Value through(const Optional& optional, const Expr& expr) {
    if (optional.value == nullptr) return Optional{};
    const auto found = member(*optional.value, name_for(*optional.value, expr), arena_);
    return found ? arena_.some(*found) : Value(Optional{});
  }

  Value has(const Expr& expr) {
    const Value owner = run(*expr.args[0]);
    if (owner.is_error()) return owner;
    if (const auto* optional = owner.get<Optional>()) {
      return optional->value != nullptr &&
             member(*optional->value, name_for(*optional->value, expr), arena_).has_value();
    }
    if (owner.get<Tree>() == nullptr && owner.get<const Map*>() == nullptr) {
      return arena_.error(fmt::format("{} has no fields", type_name(owner)));
    }
    return member(owner, name_for(owner, expr), arena_).has_value();
  }

  Value optional_select(const Expr& expr) {
    const Value owner = run(*expr.args[0]);
    if (owner.is_error()) return owner;
    if (const auto* optional = owner.get<Optional>()) return through(*optional, expr);
    const auto found = member(owner, name_for(owner, expr), arena_);
    return found ? arena_.some(*found) : Value(Optional{});
  }

  Value index(const Expr& expr) {
    Value owner = run(*expr.args[0]);
    if (owner.is_error()) return owner;
    const Value key = run(*expr.args[1]);
    if (key.is_error()) return key;
    const auto* optional = owner.get<Optional>();
    const bool soft = expr.op == Op::optional_index || optional != nullptr;
    if (optional != nullptr && optional->value == nullptr) return Optional{};
    if (optional != nullptr) owner = *optional->value;
    const Value found = at(owner, key);
    if (!soft) return found;
    return found.is_error() ? Value(Optional{}) : arena_.some(found);
  }

  Value at(const Value& owner, const Value& key) {
    const std::int64_t size = list_size(owner);
    if (size >= 0) {
      const auto place = whole_number(key);
      if (!place) return arena_.error("a list is indexed by a whole number");
      if (*place < 0 || *place >= size) {
        return arena_.error(fmt::format("index out of bounds: {}", *place));
      }
      return list_item(owner, *place, arena_);
    }
    if (map_size(owner) < 0)
      return arena_.error(fmt::format("{} cannot be indexed", type_name(owner)));
    const auto found = map_find(owner, key, arena_);
    return found ? *found : missing(to_string(key, arena_));
  }

  Value call(const Expr& expr) {
    std::array<Value, 4> few;
    std::vector<Value> many;
    std::span<Value> args = std::span(few).first(std::min(few.size(), expr.args.size()));
    if (expr.args.size() > few.size()) {
      many.resize(expr.args.size());
      args = many;
    }
    for (std::size_t i = 0; i < args.size(); ++i) {
      args[i] = run(*expr.args[i]);
      if (args[i].is_error()) return args[i];
    }
    return expr.function->run(Call{*expr.function, args, arena_, expr.pattern, cost_});
  }

  Value list(const Expr& expr) {
    std::vector<Value> items;
    for (std::size_t i = 0; i < expr.args.size(); ++i) {
      Value item = run(*expr.args[i]);
      if (item.is_error()) return item;
      if (expr.optional[i]) {
        const auto* optional = item.get<Optional>();
        if (optional == nullptr) return arena_.error("`?` takes an optional value");
        if (optional->value == nullptr) continue;
        item = *optional->value;
      }
      items.push_back(item);
    }
    return arena_.list(std::move(items));
  }

  Value map(const Expr& expr) {
    Map map;
    for (std::size_t i = 0; i + 1 < expr.args.size(); i += 2) {
      const Value key = run(*expr.args[i]);
      if (key.is_error()) return key;
      Value item = run(*expr.args[i + 1]);
      if (item.is_error()) return item;
      if (expr.optional[i / 2]) {
        const auto* optional = item.get<Optional>();
        if (optional == nullptr) return arena_.error("`?` takes an optional value");
        if (optional->value == nullptr) continue;
        item = *optional->value;
      }
      for (const auto& [known, unused] : map.entries) {
        if (equal(known, key, arena_)) return arena_.error("a key of the map is repeated");
      }
      map.entries.emplace_back(key, item);
    }
    return arena_.map(std::move(map));
  }

  Value conditional(const Expr& expr) {
    const Value condition = run(*expr.args[0]);
    if (condition.is_error()) return condition;
    if (condition.get<bool>() == nullptr)
      return arena_.error("the condition of `?:` is not a Boolean");
    return run(*expr.args[condition.is_true() ? 1 : 2]);
  }

  /// The side that decides absorbs an error on the other.
  Value logical(const Expr& expr, bool deciding) {
    const Value left = run(*expr.args[0]);
    if (left.get<bool>() != nullptr && left.is_true() == deciding) return deciding;
    const Value right = run(*expr.args[1]);
    if (right.get<bool>() != nullptr && right.is_true() == deciding) return deciding;
    if (left.is_error()) return left;
    if (right.is_error()) return right;
    if (left.get<bool>() == nullptr || right.get<bool>() == nullptr) {
      return arena_.error("`&&` and `||` take Booleans");
    }
    return !deciding;
  }

  Value operation(const Expr& expr) {
    const Value left = run(*expr.args[0]);
    if (left.is_error()) return left;
    if (expr.args.size() == 1) return apply(expr.op, left, arena_);
    const Value right = run(*expr.args[1]);
    if (right.is_error()) return right;
    cost_ += work(left) + work(right);
    return apply(expr.op, left, right, arena_);
  }

  /// Text is traversed, so long text costs more.
  static std::uint64_t work(const Value& value) {
    const auto* text = value.get<std::string_view>();
    return text == nullptr ? 0 : text->size() / 10;
  }

  // Comprehensions.

  struct Item {
    Value first;
    Value second;
  };

  /// What the variables take in turn; items of a list, keys of a map, or both with two variables.
  bool items_of(const Value& range, bool two, std::vector<Item>& items) {
    if (list_size(range) >= 0) {
      std::int64_t index = 0;
      for (const Value& item : list_items(range, arena_)) {
        items.push_back(two ? Item{Value(index++), item} : Item{item, {}});
      }
      return true;
    }
    if (map_size(range) < 0) return false;
    for (const Value& key : map_keys(range, arena_)) {
      items.push_back({key, two ? map_find(range, key, arena_).value_or(Value(Null{})) : Value()});
    }
    return true;
  }

  void bind(const Expr& expr, const Item& item) {
    set(expr.slot, item.first);
    if (expr.two) set(expr.slot + 1, item.second);
  }

  Value comprehension(const Expr& expr) {
    const Value range = run(*expr.args[0]);
    if (range.is_error()) return range;
    if (expr.macro == Macro::bind) {
      set(expr.slot, range);
      return run(*expr.args[1]);
    }
    if (expr.macro == Macro::optional_map || expr.macro == Macro::optional_flat_map) {
      return optional_map(expr, range);
    }
    std::vector<Item> items;
    if (!items_of(range, expr.two, items)) {
      return arena_.error(fmt::format("{} cannot be iterated over", type_name(range)));
    }
    switch (expr.macro) {
      case Macro::all:
      case Macro::exists:
        return quantify(expr, items, expr.macro == Macro::exists);
      case Macro::exists_one:
        return exists_one(expr, items);
      case Macro::sort_by:
        return sort_by(expr, items);
      case Macro::transform_map:
      case Macro::transform_map_entry:
        return transform_map(expr, items);
      default:
        return collect(expr, items);
    }
  }

  Value optional_map(const Expr& expr, const Value& range) {
    const auto* optional = range.get<Optional>();
    if (optional == nullptr) return arena_.error("`optMap` takes an optional value");
    if (optional->value == nullptr) return Optional{};
    set(expr.slot, *optional->value);
    const Value result = run(*expr.args[1]);
    if (result.is_error() || expr.macro == Macro::optional_flat_map) return result;
    return arena_.some(result);
  }

  Value quantify(const Expr& expr, const std::vector<Item>& items, bool deciding) {
    Value failure = !deciding;
    for (const Item& item : items) {
      bind(expr, item);
      const Value holds = run(*expr.args[1]);
      if (holds.get<bool>() != nullptr) {
        if (holds.is_true() == deciding) return deciding;
      } else {
        failure = holds.is_error() ? holds : arena_.error("the predicate is not a Boolean");
      }
    }
    return failure;
  }

  Value exists_one(const Expr& expr, const std::vector<Item>& items) {
    int count = 0;
    for (const Item& item : items) {
      bind(expr, item);
      const Value holds = run(*expr.args[1]);
      if (holds.is_error()) return holds;
      count += holds.is_true() ? 1 : 0;
    }
    return count == 1;
  }

  /// map, filter and transformList: with three arguments the first after the range filters.
  Value collect(const Expr& expr, const std::vector<Item>& items) {
    const bool filter_only = expr.macro == Macro::filter;
    const bool filtered = filter_only || expr.args.size() == 3;
    std::vector<Value> results;
    for (const Item& item : items) {
      bind(expr, item);
      if (filtered) {
        const Value keep = run(*expr.args[1]);
        if (keep.is_error()) return keep;
        if (!keep.is_true()) continue;
      }
      const Value result = filter_only ? item.first : run(*expr.args.back());
      if (result.is_error()) return result;
      results.push_back(result);
    }
    return arena_.list(std::move(results));
  }

  Value transform_map(const Expr& expr, const std::vector<Item>& items) {
    Map map;
    for (const Item& item : items) {
      bind(expr, item);
      if (expr.args.size() == 3) {
        const Value keep = run(*expr.args[1]);
        if (keep.is_error()) return keep;
        if (!keep.is_true()) continue;
      }
      const Value result = run(*expr.args.back());
      if (result.is_error()) return result;
      if (expr.macro == Macro::transform_map) {
        map.entries.emplace_back(item.first, result);
        continue;
      }
      const auto* entry = result.get<const Map*>();
      if (entry == nullptr) return arena_.error("`transformMapEntry` makes maps");
      for (const auto& pair : (*entry)->entries) map.entries.push_back(pair);
    }
    return arena_.map(std::move(map));
  }

  Value sort_by(const Expr& expr, const std::vector<Item>& items) {
    std::vector<std::pair<Value, Value>> keyed;
    for (const Item& item : items) {
      bind(expr, item);
      const Value key = run(*expr.args[1]);
      if (key.is_error()) return key;
      if (!keyed.empty() && !compare(keyed.front().first, key)) {
        return arena_.error("the sort keys cannot be compared");
      }
      keyed.emplace_back(key, item.first);
    }
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& a, const auto& b) { return compare(a.first, b.first) == -1; });
    std::vector<Value> sorted;
    for (const auto& [key, item] : keyed) sorted.push_back(item);
    return arena_.list(std::move(sorted));
  }

  Arena& arena_;
  std::uint64_t limit_;
  std::uint64_t cost_ = 0;
  std::vector<Value> slots_;
};

}  // namespace

Value evaluate(const Program& program, const Value& self, const Value& old_self, Arena& arena,
               std::uint64_t cost_limit) {
  Evaluation evaluation(program.parts(), arena, cost_limit);
  evaluation.set(0, self);
  evaluation.set(1, old_self);
  return evaluation.run(*program.parts().root);
}

}  // namespace meshfn::schema::cel
