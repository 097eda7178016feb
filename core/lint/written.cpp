#include "lint/written.h"

#include <algorithm>

namespace meshfn::lint {

namespace {

/// Aliases can make a tree as deep as one likes; no object that means something is this deep.
constexpr int kDeepest = 40;

void each_text_within(yaml::Node node, int levels, const std::function<void(yaml::Node)>& visit) {
  if (node.is_scalar()) {
    visit(node);
  } else if (levels > 0) {
    for (const yaml::Entry entry : node.entries()) each_text_within(entry.value, levels - 1, visit);
    for (const yaml::Node item : node.items()) each_text_within(item, levels - 1, visit);
  }
}

}  // namespace

void each_text(yaml::Node node, const std::function<void(yaml::Node)>& visit) {
  each_text_within(node, kDeepest, visit);
}

bool Mentions::operator()(const resource::Object& object) {
  const yaml::Tree* const tree = object.root.tree();
  if (tree == nullptr) return false;
  if (tree != last_) {
    const std::string_view text = tree->file().text();
    held_ = text.find(word_) != std::string_view::npos || text.find('\\') != std::string_view::npos;
    last_ = tree;
  }
  return held_;
}

bool may_hold(const resource::Object& object, std::initializer_list<std::string_view> words) {
  const yaml::Tree* const tree = object.root.tree();
  if (tree == nullptr) return false;
  // An alias stands for a value that is written elsewhere.
  const std::string_view text = tree->file().slice(object.root.span());
  if (text.find('\\') != std::string_view::npos || text.find('*') != std::string_view::npos) {
    return true;
  }
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

}  // namespace meshfn::lint
