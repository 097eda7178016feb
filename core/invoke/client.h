#pragma once

// HTTP to a server of our own on loopback: what functions that are servers themselves are sent.

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "invoke/http.h"
#include "invoke/loop.h"

namespace meshfn::invoke {

/// Sends `request` to 127.0.0.1:`port` and gives the whole answer to `done`, on the loop's thread.
/// The error is for a connection that broke before the answer was whole. Content-Length and Host
/// are added; `request.target` begins with a slash. `done` is not called once `loop` is destroyed.
void send(Loop& loop, std::uint16_t port, http::Request request,
          std::function<void(Result<http::Response>)> done);

/// Whether something accepts connections on 127.0.0.1:`port`.
bool is_listening(std::uint16_t port);

/// A port of 127.0.0.1 that nothing listens on at the moment.
Result<std::uint16_t> free_port();

}  // namespace meshfn::invoke
