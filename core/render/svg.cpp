// The route table as a drawing: columns from the entry to the destinations, each node beside what
// it comes from, so that equal input gives equal bytes.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/str.h"
#include "base/xml.h"
#include "render/graph.h"
#include "render/target.h"

namespace meshfn::render {

namespace {

// Pixels. Text is 12 px in a sans-serif face, of which a character is about 6.6 wide.
constexpr int kLine = 16;
constexpr int kPadding = 10;
constexpr int kGap = 14;     // between nodes of a column
constexpr int kColumn = 70;  // between columns, for the arrows
constexpr int kMargin = 20;
constexpr double kCharacter = 6.6;

struct Box {
  int column = 0;
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

int column_of(GraphNode::Kind kind) {
  switch (kind) {
    case GraphNode::Kind::entry:
      return 0;
    case GraphNode::Kind::host:
      return 1;
    case GraphNode::Kind::rule:
      return 2;
    case GraphNode::Kind::destination:
    case GraphNode::Kind::answer:
      break;
  }
  return 3;
}

std::string_view style_of(GraphNode::Kind kind) {
  switch (kind) {
    case GraphNode::Kind::entry:
      return R"(rx="16" fill="#dbeafe" stroke="#1d4ed8")";
    case GraphNode::Kind::host:
      return R"(rx="2" fill="#ede9fe" stroke="#6d28d9")";
    case GraphNode::Kind::rule:
      return R"(rx="2" fill="#ffffff" stroke="#475569")";
    case GraphNode::Kind::destination:
      return R"(rx="8" fill="#dcfce7" stroke="#15803d")";
    case GraphNode::Kind::answer:
      return R"(rx="2" fill="#fef3c7" stroke="#b45309")";
  }
  return {};
}

constexpr int kColumns = 4;
using Ends = std::array<int, kColumns>;

/// Places nodes column by column. A node stands beside the middle of what leads to it, or as near
/// below as the nodes before it leave room.
class Layout {
 public:
  explicit Layout(const Graph& graph) : graph_(graph), boxes_(graph.nodes.size()) {
    measure();
    place();
  }

  const std::vector<Box>& boxes() const { return boxes_; }

  int width() const { return width_; }

  int height() const { return height_; }

 private:
  void measure() {
    Ends widest{};
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      const GraphNode& node = graph_.nodes[i];
      std::size_t columns = 0;
      for (const std::string& line : node.lines) {
        columns = std::max(columns, str::display_width(line));
      }
      Box& box = boxes_[i];
      box.column = column_of(node.kind);
      box.width =
          static_cast<int>(std::ceil(static_cast<double>(columns) * kCharacter)) + 2 * kPadding;
      box.height = static_cast<int>(node.lines.size()) * kLine + 2 * kPadding - 4;
      auto& most = widest[static_cast<std::size_t>(box.column)];
      most = std::max(most, box.width);
    }
    int x = kMargin;
    for (std::size_t column = 0; column < kColumns; ++column) {
      for (Box& box : boxes_) {
        if (box.column == static_cast<int>(column)) box.x = x;
      }
      if (widest[column] > 0) x += widest[column] + kColumn;
    }
    width_ = std::max(x - kColumn + kMargin, 2 * kMargin);
  }

  /// The rules are laid one below the other; everything else follows them.
  void place() {
    Ends end{};
    end.fill(kMargin);
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      Box& box = boxes_[i];
      auto& free = end[static_cast<std::size_t>(box.column)];
      box.y = std::max(free, wanted(i));
      free = box.y + box.height + kGap;
    }
    for (const int column : {1, 0}) center(column);
    for (const Box& box : boxes_) height_ = std::max(height_, box.y + box.height + kMargin);
  }

  /// Beside the first node that leads here.
  int wanted(std::size_t node) const {
    for (const GraphEdge& edge : graph_.edges) {
      if (edge.to == node && edge.from < node) return boxes_[edge.from].y;
    }
    return kMargin;
  }

  /// Moves the nodes of a column down to the middle of what they lead to.
  void center(int column) {
    int free = kMargin;
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      Box& box = boxes_[i];
      if (box.column != column) continue;
      int top = -1;
      int bottom = 0;
      for (const GraphEdge& edge : graph_.edges) {
        if (edge.from != i) continue;
        const Box& to = boxes_[edge.to];
        top = top < 0 ? to.y : std::min(top, to.y);
        bottom = std::max(bottom, to.y + to.height);
      }
      if (top >= 0) box.y = (top + bottom - box.height) / 2;
      box.y = std::max(box.y, free);
      free = box.y + box.height + kGap;
    }
  }

  const Graph& graph_;
  std::vector<Box> boxes_;
  int width_ = 0;
  int height_ = 2 * kMargin;
};

std::string node_text(const GraphNode& node, const Box& box) {
  std::string out = fmt::format("  <rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>\n",
                                box.x, box.y, box.width, box.height, style_of(node.kind));
  int y = box.y + kPadding + 10;
  for (const std::string& line : node.lines) {
    out +=
        fmt::format("  <text x=\"{}\" y=\"{}\">{}</text>\n", box.x + kPadding, y, xml_escape(line));
    y += kLine;
  }
  return out;
}

std::string edge_text(const GraphEdge& edge, const std::vector<Box>& boxes) {
  const Box& from = boxes[edge.from];
  const Box& to = boxes[edge.to];
  const int x1 = from.x + from.width;
  const int y1 = from.y + from.height / 2;
  const int y2 = to.y + to.height / 2;
  const int middle = (x1 + to.x) / 2;
  std::string out = fmt::format(
      "  <path d=\"M{},{} C{},{} {},{} {},{}\" fill=\"none\" stroke=\"#64748b\"{} "
      "marker-end=\"url(#arrow)\"/>\n",
      x1, y1, middle, y1, middle, y2, to.x, y2, edge.dashed ? " stroke-dasharray=\"5 4\"" : "");
  if (edge.label.empty()) return out;
  return out + fmt::format("  <text x=\"{}\" y=\"{}\" class=\"label\">{}</text>\n", to.x - 8,
                           y2 - 4, xml_escape(edge.label));
}

}  // namespace

Result<Rendered> to_svg(const Source& source, const Options&) {
  const Graph graph = graph_of(source.table);
  const Layout layout(graph);
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"routes\">\n",
      layout.width(), layout.height());
  text +=
      "  <style>text{font:12px sans-serif;fill:#0f172a}"
      ".label{text-anchor:end;font-size:11px;fill:#475569}</style>\n"
      "  <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" "
      "markerHeight=\"8\" orient=\"auto\"><path d=\"M0,0 L8,4 L0,8 z\" fill=\"#64748b\"/>"
      "</marker></defs>\n"
      "  <rect width=\"100%\" height=\"100%\" fill=\"#f8fafc\"/>\n";
  for (const GraphEdge& edge : graph.edges) text += edge_text(edge, layout.boxes());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    text += node_text(graph.nodes[i], layout.boxes()[i]);
  }
  return Rendered{{{"routes.svg", text + "</svg>\n"}}, "", {}};
}

}  // namespace meshfn::render
