#pragma once

// Calling a function that is deployed, by its URL: a Function URL, an Azure HTTP trigger, a Google
// function. The only user of libcurl, which is loaded when the first call is made: linking it
// would add 38 shared libraries and 9 ms to the start of every command.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "invoke/outcome.h"

namespace meshfn::invoke {

/// One request: the event is posted as JSON.
struct RemoteCall {
  std::string url;  ///< or the ARN of a Lambda function
  std::string event;
  std::int64_t timeout_ms = 30'000;  ///< of the whole call, connecting included
  /// Where secrets are taken from, and from nowhere else: AZURE_FUNCTION_KEY is sent as
  /// x-functions-key, GOOGLE_ID_TOKEN as a bearer token; AWS_ACCESS_KEY_ID and its like sign calls
  /// to Lambda, and nothing else goes there. None is ever printed.
  std::map<std::string, std::string> environment = {};
};

/// Whether `url` may be called: https, http to this machine, or an ARN. The error says what is
/// wrong.
Result<void> check_remote_url(std::string_view url);

/// Posts the event and waits for the answer. A status of 400 and above is a function error, an
/// answer that does not come in time a timeout; when nothing answers at all, or libcurl is not
/// installed, the call could not be made and that is the error. Redirects are not followed.
Result<Outcome> invoke_remote(const RemoteCall& call);

/// What a GET of an http or https URL answers with a status below 400. No secret is sent, and
/// redirects are not followed.
Result<std::string> fetch_text(const std::string& url, std::int64_t timeout_ms = 30'000);

}  // namespace meshfn::invoke
