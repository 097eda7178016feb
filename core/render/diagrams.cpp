// The route table as a Mermaid flowchart and as a Graphviz digraph.

#include <fmt/format.h>

#include "base/str.h"
#include "render/graph.h"
#include "render/target.h"

namespace meshfn::render {

namespace {

/// Mermaid reads entities with `#` inside quoted labels; everything that could end the label or
/// start markup becomes one.
std::string mermaid_text(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += "<br/>";
    for (const char c : line) {
      switch (c) {
        case '"':
          text += "#quot;";
          break;
        case '#':
          text += "#35;";
          break;
        case '&':
          text += "#amp;";
          break;
        case '<':
          text += "#lt;";
          break;
        case '>':
          text += "#gt;";
          break;
        case '`':
          text += "#96;";
          break;
        case '\n':
        case '\r':
          text += ' ';
          break;
        default:
          text += c;
      }
    }
  }
  return text;
}

std::string mermaid_node(const GraphNode& node) {
  const std::string text = mermaid_text(node.lines);
  switch (node.kind) {
    case GraphNode::Kind::entry:
      return fmt::format("([\"{}\"])", text);
    case GraphNode::Kind::host:
      return fmt::format("{{{{\"{}\"}}}}", text);
    case GraphNode::Kind::rule:
      return fmt::format("[\"{}\"]", text);
    case GraphNode::Kind::destination:
      return fmt::format("[(\"{}\")]", text);
    case GraphNode::Kind::answer:
      return fmt::format("[/\"{}\"/]", text);
  }
  return {};
}

std::string dot_text(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += "\\n";
    for (const char c : line) {
      if (c == '"' || c == '\\') text += '\\';
      text += c == '\n' || c == '\r' ? ' ' : c;
    }
  }
  return text;
}

std::string_view dot_shape(GraphNode::Kind kind) {
  switch (kind) {
    case GraphNode::Kind::entry:
      return "oval";
    case GraphNode::Kind::host:
      return "hexagon";
    case GraphNode::Kind::rule:
      return "box";
    case GraphNode::Kind::destination:
      return "cylinder";
    case GraphNode::Kind::answer:
      return "note";
  }
  return {};
}

}  // namespace

Result<Rendered> to_mermaid(const Source& source, const Options&) {
  const Graph graph = graph_of(source.table);
  std::string text = "flowchart LR\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    text += fmt::format("  n{}{}\n", i, mermaid_node(graph.nodes[i]));
  }
  for (const GraphEdge& edge : graph.edges) {
    const std::string label =
        edge.label.empty() ? "" : fmt::format("|\"{}\"|", mermaid_text({edge.label}));
    text +=
        fmt::format("  n{} {}{} n{}\n", edge.from, edge.dashed ? "-.->" : "-->", label, edge.to);
  }
  return Rendered{{{"routes.mmd", std::move(text)}}, "", {}};
}

Result<Rendered> to_dot(const Source& source, const Options&) {
  const Graph graph = graph_of(source.table);
  std::string text =
      "digraph routes {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=11];\n"
      "  edge [fontname=\"sans-serif\", fontsize=10];\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    text += fmt::format("  n{} [shape={}, label=\"{}\"];\n", i, dot_shape(node.kind),
                        dot_text(node.lines));
  }
  for (const GraphEdge& edge : graph.edges) {
    text += fmt::format("  n{} -> n{} [label=\"{}\"{}];\n", edge.from, edge.to,
                        dot_text({edge.label}), edge.dashed ? ", style=dashed" : "");
  }
  return Rendered{{{"routes.dot", text + "}\n"}}, "", {}};
}

}  // namespace meshfn::render
