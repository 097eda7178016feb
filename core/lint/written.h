#pragma once

// The text of an object as it stands in its file: a quick look that spares a walk through all of
// its values.

#include <initializer_list>
#include <string_view>

#include "resource/object.h"

namespace meshfn::lint {

/// Whether some value of the object may hold one of `words`, none of which has a blank. False only
/// when none does: texts with escapes and aliases may read otherwise than they are written. Words
/// that begin with a rare character are looked for fastest.
bool may_hold(const resource::Object& object, std::initializer_list<std::string_view> words);

}  // namespace meshfn::lint
