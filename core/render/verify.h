#pragma once

// Proof of a conversion: what was printed is read again, and both sides are asked the same
// requests. What the conversion itself listed as lost may differ; anything else is a mistake.

#include "render/route_diff.h"
#include "render/target.h"
#include "routing/istio.h"

namespace meshfn::render {

struct Verification {
  RouteDiff listed;    ///< differences of rules for which something is listed as lost
  RouteDiff unlisted;  ///< all others
};

/// Reads `rendered` together with what of `source` is no routing (Services, workloads) and compares
/// it with the table of `source`: subsets under their new names, defaults of the meshes aside.
/// Fails when the output cannot be read.
Result<Verification> verify(const Source& source, const Rendered& rendered,
                            const routing::IstioOptions& options);

/// "answers all 120 requests as the input does", with what differs as listed.
std::string summary(const Verification& verification);

}  // namespace meshfn::render
