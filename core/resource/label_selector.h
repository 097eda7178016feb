#pragma once

// Kubernetes' LabelSelector, as policies and listeners use it: `matchLabels` and
// `matchExpressions`, all of which must hold.

#include "resource/located.h"

namespace meshfn::resource {

/// Whether `labels` satisfy `selector`; an empty selector selects everything. An expression that
/// cannot be evaluated (an operator that does not exist, values missing or too many) selects
/// nothing.
bool selector_matches(yaml::Node selector, const Labels& labels);

}  // namespace meshfn::resource
