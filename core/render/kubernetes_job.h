#pragma once

// A simulation split over the pods of an Indexed Job: the files in a ConfigMap, a part for each
// index, and the way to put the parts together.

#include <cstdint>
#include <string>

#include "render/target.h"

namespace meshfn::render {

struct JobOptions {
  std::uint32_t parts = 8;                     ///< one for each pod
  std::string simulate = "--sweep each-zone";  ///< what `meshfn simulate` is asked
};

/// Fails when no file is a scenario, or when the files do not fit into a ConfigMap.
Result<Rendered> kubernetes_job(const Source& source, const JobOptions& options);

/// The row of the catalogue: without options of its own.
Result<Rendered> to_kubernetes_job(const Source& source, const Options& options);

}  // namespace meshfn::render
