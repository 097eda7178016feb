#pragma once

// The rows of `rules()` by name, for the checks that report them.

#include <cstdint>

#include "diagnostic/rule.h"

namespace meshfn::schema {

enum class Finding : std::uint8_t {
  unknown_field,
  missing_field,
  wrong_type,
  unknown_value,
  bad_text,
  out_of_range,
  bad_size,
  duplicate,
  exclusive_fields,
  broken_rule,
  bad_format,
  unserved_version,
  deprecated_version,
  unknown_kind,
  misplaced_field,
  deprecated_field,
  unusable_crd,
  newer_istio,
};

const diagnostic::Rule& rule_of(Finding finding);

}  // namespace meshfn::schema
