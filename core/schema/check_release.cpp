// What the cluster's release of Istio does not have yet.

#include <fmt/format.h>

#include "schema/checker.h"

namespace meshfn::schema {

void Checker::release(const yaml::Entry& entry, const Field& field) {
  const config::IstioRelease istio = *options_.istio;
  if (field.since > istio) {
    report(Finding::newer_istio, entry.key.where(),
           fmt::format("Istio has `{}` from {} on, and the cluster runs {}", field.name,
                       to_string(field.since), to_string(istio)))
        .with_help("leave it out, or upgrade first");
  }
  for (const NewerValue& newer : field.newer_values) {
    if (newer.since <= istio || entry.value.text() != newer.value) continue;
    report(Finding::newer_istio, entry.value.where(),
           fmt::format("Istio has `{}` from {} on, and the cluster runs {}", newer.value,
                       to_string(newer.since), to_string(istio)))
        .with_help("choose another value, or upgrade first");
  }
}

bool Checker::is_deprecated(const Field& field) const {
  // What replaces it may be newer than the cluster.
  const bool not_yet = options_.istio && *options_.istio < field.deprecated_since;
  return !field.deprecated.empty() && !not_yet;
}

}  // namespace meshfn::schema
