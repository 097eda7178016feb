#pragma once

// Labels as values of a scenario.

#include <algorithm>

#include "simulate/locality.h"

namespace meshfn::simulate {

/// Whether `labels` contains all of `wanted`; true for none.
inline bool has_labels(const Labels& wanted, const Labels& labels) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && found->second == label.second;
  });
}

/// `where` as the beginning of a message; nothing when it is empty.
inline std::string before_message(const std::string& where) {
  return where.empty() ? "" : where + ": ";
}

}  // namespace meshfn::simulate
