#include "lint/written.h"

#include <algorithm>

namespace meshfn::lint {

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
