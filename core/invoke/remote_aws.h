#pragma once

// What calling a deployed Lambda function adds to a plain POST: the Invoke API for ARNs, and the
// signature for it and for Function URLs.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "invoke/http.h"
#include "invoke/outcome.h"

namespace meshfn::invoke {

/// Where a call goes and as what it is signed.
struct AwsTarget {
  std::string url;
  std::string region;
  bool invoke_api = false;  ///< the answer is one of the Invoke API, with its headers
  bool needs_keys = false;  ///< without credentials there is no point in calling
};

/// Reads "arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]" or the URL of a Lambda function;
/// nothing for other URLs. AWS_ENDPOINT_URL_LAMBDA and AWS_ENDPOINT_URL in `environment` say where
/// the API is, when it is not AWS's own.
std::optional<AwsTarget> aws_target(std::string_view text,
                                    const std::map<std::string, std::string>& environment);

/// The header fields that sign a POST of `body`; none without credentials when they are not
/// needed. The error says what is missing. Never holds a secret key.
Result<http::Fields> signed_fields(const AwsTarget& target, const std::string& body,
                                   const std::map<std::string, std::string>& environment,
                                   std::int64_t unix_millis);

/// Puts what the headers of the Invoke API's answer say into `outcome`: the function's error, its
/// request id, and the end of its log.
void read_api_answer(const http::Fields& fields, Outcome& outcome);

}  // namespace meshfn::invoke
