#pragma once

// Failures that outlive their cause: the fault is over, what arrives is what arrived before, and
// yet requests go on failing because retries, or answers that nobody waits for any more, keep
// everything busy (Bronson et al., "Metastable Failures in Distributed Systems", HotOS 2021).

#include <optional>
#include <string>

#include "simulate/answer.h"

namespace meshfn::simulate {

/// What keeps the failure alive and since when, in a sentence; nothing when the run ends well, or
/// badly for another reason. Looks at the series, which is that of the first replication.
std::optional<std::string> find_metastable(const World& world, const Answer& result);

}  // namespace meshfn::simulate
