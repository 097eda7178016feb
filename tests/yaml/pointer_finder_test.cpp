#include "yaml/pointer_finder.h"

#include "catch.h"
#include "support/tree.h"

namespace meshfn::yaml {

namespace {

/// Every node of the tree, in the order of the file.
void collect(Node node, std::vector<Node>& nodes) {
  nodes.push_back(node);
  for (const Entry entry : node.entries()) {
    nodes.push_back(entry.key);
    collect(entry.value, nodes);
  }
  for (const Node item : node.items()) collect(item, nodes);
}

}  // namespace

TEST_CASE("pointers found one after the other are those found alone", "[yaml]") {
  const test::ReadText read(
      "a: &a {x: 1, y: [1, 2, {z: 3}]}\n"
      "b: {<<: *a, w: 2}\n"
      "c:\n- - 1\n  - 2\n- {d/e: 1, f~g: *a}\n- 3\n");
  std::vector<Node> nodes;
  collect(read.root(), nodes);
  REQUIRE(nodes.size() > 20);
  std::vector<Node> twice = nodes;
  twice.insert(twice.end(), nodes.rbegin(), nodes.rend());
  PointerFinder finder(*read.tree);
  for (const Node node : twice) {
    CHECK(finder.find(node.span()) == read.tree->pointer_to(node.span()));
  }
}

}  // namespace meshfn::yaml
