#pragma once

// What rules of an AuthorizationPolicy ask for that only HTTP requests have.

#include "yaml/node.h"

namespace meshfn::lint {

/// The key of the first attribute of `rule` (an item of `spec.rules`) that connections do not
/// have; absent when there is none.
yaml::Node http_attribute(yaml::Node rule);

}  // namespace meshfn::lint
