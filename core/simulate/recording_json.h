#pragma once

// A recording as JSON and back, to the bit: what a part of the replications hands over.

#include <nlohmann/json_fwd.hpp>

#include "simulate/recording.h"

namespace meshfn::simulate {

/// `course` also writes the time series and the log, which are those of the first replication.
nlohmann::ordered_json recording_json(const Recording& record, bool course);

/// Throws nlohmann's exceptions when something is missing or of another kind.
Recording recording_of(const nlohmann::ordered_json& json);

/// Whether both have as many loads, clusters, endpoints … and so can be merged.
bool same_shape(const Recording& a, const Recording& b);

}  // namespace meshfn::simulate
