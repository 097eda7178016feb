#pragma once

// Lambda's Invoke API as SDKs speak it: what a request means, and what is answered. The functions
// themselves are run elsewhere.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "invoke/http.h"
#include "invoke/instance.h"

namespace meshfn::invoke {

/// A request of the Invoke API.
struct ApiCall {
  enum class Kind { request_response, event, dry_run, streaming };

  std::string function;   ///< name as in the path: a name, a partial ARN or an ARN, decoded
  std::string qualifier;  ///< version or alias; empty: $LATEST
  Kind kind = Kind::request_response;
  bool wants_logs = false;
  Call call;
};

/// Whether a request is of the Invoke API at all.
bool is_invoke_api(const http::Request& request);

/// Reads a request for which `is_invoke_api` holds. The refusal is what Lambda would answer.
struct ApiRequest {
  std::optional<ApiCall> call;
  http::Response refusal;
};

ApiRequest read_invoke_api(const http::Request& request);

/// The name in "name", "name:alias", "account:name" and
/// "arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]"; a qualifier in it is stored in
/// `qualifier`.
std::string function_name_of(std::string_view text, std::string& qualifier);

/// An error of the call itself, such as ResourceNotFoundException with status 404.
http::Response api_error(int status, std::string_view type, std::string_view message,
                         std::string_view reason = {});

/// The answer to a call of kind `request_response`; a function's error is still status 200.
http::Response api_answer(const ApiCall& call, const Outcome& outcome);

/// One message of application/vnd.amazon.eventstream: a PayloadChunk.
std::string payload_chunk(std::string_view bytes);
/// The last one, InvokeComplete.
std::string invoke_complete(const ApiCall& call, const Outcome& outcome);

/// The end of what the function printed, with the platform's lines: at most 4 KB.
std::string log_tail(const Outcome& outcome);

}  // namespace meshfn::invoke
