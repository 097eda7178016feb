#pragma once

// Changes to a scenario and its mesh before they are simulated: more load, and any value of the
// YAML by its path. A path that leads nowhere gets a suggestion; a value that does not fit is
// found when the changed document is read again.

#include <string>
#include <string_view>

#include "base/result.h"
#include "simulate/scenario.h"
#include "yaml/value.h"

namespace meshfn::simulate {

/// "1.5x", "150%" or "1.5" as 1.5; above 0 and at most 1000.
Result<double> parse_scale(std::string_view text);

/// Multiplies what arrives: rates, users of closed loops (rounded, at least one), and the moments
/// of a trace, each of which then stands for `factor` requests.
void scale_load(Scenario& scenario, double factor);

/// One `--set PATH=VALUE`. A path is keys, indices and names of list items between dots:
/// `services.reviews.concurrency`, `faults.zone-loss.for`, `load[0].clients`; in front of it may
/// stand the object of the mesh that is meant: `DestinationRule/reviews.spec.trafficPolicy`.
struct Setting {
  std::string text;   ///< as typed, for messages
  std::string kind;   ///< of the mesh object; empty: the scenario itself
  std::string path;   ///< with `kind`, starts with the object's name
  yaml::Value value;  ///< null removes what is there
};

Result<Setting> parse_setting(std::string_view text);

/// Whether `document` is the object that the setting names.
bool is_target(const Setting& setting, const yaml::Value& document);

/// Writes the value into `document`. Mappings on the way may be missing, save under `services`;
/// list items may not.
Result<void> apply(const Setting& setting, yaml::Value& document);

}  // namespace meshfn::simulate
