#pragma once

// Names that the platform makes up for each invocation and environment.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"

namespace meshfn::invoke {

/// Random numbers that no seed repeats.
Random make_random();

/// A random UUID (version 4, RFC 9562 section 5.4), lower case.
std::string make_request_id(Random& random);

/// "Root=1-<seconds>-<24 hex>;Parent=<16 hex>;Sampled=0".
std::string make_trace_id(Random& random, std::int64_t unix_millis);

/// "2026/11/23/[$LATEST]<32 hex>".
std::string make_log_stream(Random& random, std::int64_t unix_millis);

/// "arn:aws:lambda:REGION:123456789012:function:NAME".
std::string function_arn(std::string_view region, std::string_view name);

}  // namespace meshfn::invoke
