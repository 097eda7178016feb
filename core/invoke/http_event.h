#pragma once

// Events as HTTP requests: what a Google function is sent, and what an event says when it describes
// a request itself (`meshfn event make gcp-http`).

#include <optional>
#include <string>
#include <string_view>

#include "invoke/http.h"

namespace meshfn::invoke {

/// The request that JSON `event` describes: an object with `method` and at least one of `url`,
/// `path`, `headers` and `body`. A body that is no text is sent as JSON. Nothing for other events.
std::optional<http::Request> described_request(std::string_view event);

/// The CloudEvents HTTP binding, binary mode: attributes in `ce-` headers, data as the body. An
/// attribute's value is percent-encoded where the binding asks for it.
/// REQUIRES: `event` is a CloudEvent in JSON.
http::Request binary_cloud_event(std::string_view event);

/// Structured mode: the event is the body.
http::Request structured_cloud_event(std::string_view event);

/// POST / with the event as it is.
http::Request posted_json(std::string_view event);

/// Last error that a function printed: a Python traceback, a JavaScript stack or a Go panic.
struct PrintedError {
  std::string type;  ///< "ValueError"
  std::string message;
};

/// Looks for it from the end of `log`.
std::optional<PrintedError> printed_error(std::string_view log);

}  // namespace meshfn::invoke
