#pragma once

// Names of things that are scaffolded. One name becomes a Kubernetes object, a Lambda function, a
// Python or Java module and a CloudFormation id, so it has to suit all of them.

#include <string_view>

#include "base/result.h"

namespace meshfn::scaffold {

/// The longest name: leaves room for suffixes ("-dead-letters") in Kubernetes' 63 characters.
inline constexpr std::size_t kLongestName = 48;

/// Accepts small letters, digits and single dashes, from a letter to a letter or digit, that is no
/// word of a programming language when its dashes become underscores. The error says what is
/// wrong and, where one is near, which name would do.
Result<void> check_name(std::string_view name);

}  // namespace meshfn::scaffold
