#pragma once

// Paths below a node, so that a rule about values of one kind is a table of the places where such
// values stand: `http[].match[].headers<>`.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "yaml/node.h"

namespace meshfn::lint {

/// Calls `next(node)` for what one step of a path leads to.
template <class Next>
void each_step(yaml::Node node, std::string_view step, const Next& next) {
  const char form = step.back();
  const bool many = form == ']' || form == '}' || form == '>';
  if (many) step.remove_suffix(2);
  const yaml::Node value = step.empty() ? node : node.find(step);
  if (!many) {
    next(value);
  } else if (form == ']') {
    for (const yaml::Node item : value.items()) next(item);
  } else {
    for (const yaml::Entry entry : value.entries()) next(form == '>' ? entry.key : entry.value);
  }
}

/// Calls `visit(node)` for every node at `path` below `node`. Keys stand between dots; `key[]` is
/// each item of a list, `key{}` each value and `key<>` each key of a map; without a key they stand
/// for the node itself. Absent and null places are passed over.
template <class Visit>
void each_at(yaml::Node node, std::string_view path, const Visit& visit) {
  if (node.is_null()) return;
  if (path.empty()) {
    visit(node);
    return;
  }
  const std::size_t dot = path.find('.');
  const std::string_view rest = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  each_step(node, path.substr(0, dot), [&](yaml::Node next) { each_at(next, rest, visit); });
}

/// Goes along several paths at once, fewer than 64.
template <class Paths, class Visit>
class PathWalk {
 public:
  PathWalk(const Paths& paths, const Visit& visit) : paths_(paths), visit_(visit) {}

  void run(yaml::Node node) { walk(node, (std::uint64_t{2} << (std::size(paths_) - 1)) - 1, 0); }

 private:
  /// Of the paths in `set`, which are the same up to byte `offset`, that is the place of `node`.
  void walk(yaml::Node node, std::uint64_t set, std::size_t offset) {
    if (node.is_null()) return;
    for (std::uint64_t rest = set; rest != 0; rest &= rest - 1) {
      if (first_of(rest).size() > offset) continue;
      visit_(node);
      set &= ~(rest & -rest);
    }
    while (set != 0) {
      const std::string_view path = first_of(set);
      const std::size_t end = std::min(path.find('.', offset), path.size());
      const std::string_view step = path.substr(offset, end - offset);
      std::uint64_t same = 0;
      for (std::uint64_t rest = set; rest != 0; rest &= rest - 1) {
        const std::string_view other = first_of(rest).substr(offset);
        const bool shared =
            other.starts_with(step) && (other.size() == step.size() || other[step.size()] == '.');
        if (shared) same |= rest & -rest;
      }
      set &= ~same;
      each_step(node, step, [&](yaml::Node next) { walk(next, same, end + 1); });
    }
  }

  std::string_view first_of(std::uint64_t set) const {
    return paths_[static_cast<std::size_t>(std::countr_zero(set))];
  }

  const Paths& paths_;
  const Visit& visit_;
};

/// The same for every path of a table. Steps that several begin with are gone only once.
template <class Paths, class Visit>
void each_at_any(yaml::Node node, const Paths& paths, const Visit& visit) {
  PathWalk<Paths, Visit>(paths, visit).run(node);
}

}  // namespace meshfn::lint
