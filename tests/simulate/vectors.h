#pragma once

// Runners of the published vectors: each puts one entry's input through the code that simulations
// run and says whether the outcome is the published one.

#include <nlohmann/json.hpp>
#include <vector>

#include "simulate/support.h"

namespace meshfn::simulate {

using Json = nlohmann::json;
using Doubles = std::vector<double>;
using Indices = std::vector<std::uint32_t>;

enum class Verdict { pass, fail, unsupported, disputed };

inline Verdict verdict_of(bool good) { return good ? Verdict::pass : Verdict::fail; }

// Rules of balancers, detectors and retries (vectors_policies.cpp).
Verdict recorded_draws(const Json& in, const Json& expect);
Verdict bounded(const Json& in, const Json& expect);
Verdict reported_weights(const Json& in, const Json& expect);
Verdict static_stride(const Json& in, const Json& expect);
Verdict peak_decay(const Json& in, const Json& expect);
Verdict peak_load(const Json& in, const Json& expect);
Verdict iptables_rules(const Json& in, const Json& expect);
Verdict failure_percentage(const Json& in, const Json& expect);
Verdict grpc_backoff(const Json& in, const Json& expect);
Verdict grpc_throttle(const Json& in, const Json& expect);

// Whole simulations of published runs (vectors_end_to_end.cpp).
Verdict weighted_shift(const Json& in, const Json& expect);
Verdict mirrored(const Json& in, const Json& expect);
Verdict zone_halves(const Json& in, const Json& expect);
Verdict circuit_breaking(const Json& in, const Json& expect);

}  // namespace meshfn::simulate
