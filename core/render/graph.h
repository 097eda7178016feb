#pragma once

// The route table as nodes and arrows, for every kind of diagram: entry, host, rule, destination.

#include <cstddef>
#include <string>
#include <vector>

#include "routing/table.h"

namespace meshfn::render {

struct GraphNode {
  enum class Kind : std::uint8_t { entry, host, rule, destination, answer };
  Kind kind = Kind::entry;
  std::vector<std::string> lines;  ///< of the label
};

struct GraphEdge {
  std::size_t from = 0;  ///< index of a node
  std::size_t to = 0;
  std::string label;    ///< may be empty
  bool dashed = false;  ///< a mirror
};

/// Nodes in the order of the table; the same destination is one node.
struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
};

Graph graph_of(const routing::Table& table);

}  // namespace meshfn::render
