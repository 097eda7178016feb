#pragma once

// Paths below a node, so that a rule about values of one kind is a table of the places where such
// values stand: `http[].match[].headers<>`.

#include <string_view>

#include "yaml/node.h"

namespace meshfn::lint {

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
  std::string_view step = path.substr(0, dot);
  const char form = step.back();
  if (form == ']' || form == '}' || form == '>') step.remove_suffix(2);
  const yaml::Node value = step.empty() ? node : node.find(step);
  if (form == ']') {
    for (const yaml::Node item : value.items()) each_at(item, rest, visit);
  } else if (form == '}' || form == '>') {
    for (const yaml::Entry entry : value.entries()) {
      each_at(form == '>' ? entry.key : entry.value, rest, visit);
    }
  } else {
    each_at(value, rest, visit);
  }
}

/// The same for every path of a table.
template <class Paths, class Visit>
void each_at_any(yaml::Node node, const Paths& paths, const Visit& visit) {
  for (const std::string_view path : paths) each_at(node, path, visit);
}

}  // namespace meshfn::lint
