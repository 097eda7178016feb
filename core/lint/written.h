#pragma once

// All texts of an object, and the object's own text as it stands in its file: a quick look that
// spares the walk through them.

#include <functional>
#include <initializer_list>
#include <string_view>

#include "resource/object.h"

namespace meshfn::lint {

/// Whether some value of the object may hold one of `words`, none of which has a blank. False only
/// when none does: texts with escapes and aliases may read otherwise than they are written. Words
/// that begin with a rare character are looked for fastest.
bool may_hold(const resource::Object& object, std::initializer_list<std::string_view> words);

/// Whether the files of objects may hold a word, keys included; asked of one object after the
/// other, each file is gone through once. False only when it holds none. The word has to outlive
/// this.
class Mentions {
 public:
  /// REQUIRES: as for `may_hold`.
  explicit Mentions(std::string_view word) : word_(word) {}

  bool operator()(const resource::Object& object);

 private:
  std::string_view word_;
  const yaml::Tree* last_ = nullptr;
  bool held_ = false;
};

/// Calls `visit` for every scalar below `node` that is a value, as deep as manifests go.
void each_text(yaml::Node node, const std::function<void(yaml::Node)>& visit);

}  // namespace meshfn::lint
