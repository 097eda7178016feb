#pragma once

// JSON pointers of many places in one tree. Asked for in the order of the file, all of them
// together cost one walk: a thousand findings in a list of a thousand items must not cost a
// million steps.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "yaml/node.h"

namespace meshfn::yaml {

class PointerFinder {
 public:
  /// The tree outlives it.
  explicit PointerFinder(const Tree& tree) : tree_(tree) {}

  /// What `Tree::pointer_to` says.
  std::string find(source::Span span);

 private:
  /// A child that was found before: where to go on in its container.
  struct Place {
    std::uint32_t child = 0;  ///< the key of an entry, or an item
    std::uint32_t index = 0;
    std::uint32_t begin = 0;
  };

  Node step_into(Node node, source::Span span, std::string& pointer);
  Node enter_mapping(Node node, Entries entries, source::Span span, std::string& pointer);
  Node enter_sequence(Node node, Items items, std::uint32_t index, source::Span span,
                      std::string& pointer);

  const Tree& tree_;
  std::unordered_map<std::uint32_t, Place> places_;  ///< by container
};

}  // namespace meshfn::yaml
