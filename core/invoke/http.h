#pragma once

// HTTP as the emulated platforms see it: whole messages, and an answer that may be given later
// (a runtime's "next" waits until there is an event) or piece by piece (a streamed response). The
// server itself is invoke/loop.h.

#include <charconv>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/str.h"

namespace meshfn::invoke::http {

/// Header fields in order of arrival; trailers of a chunked body come last.
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;  ///< path and query, as sent
  Fields fields;
  std::string body;
  bool truncated = false;  ///< the connection broke in the middle of the body

  /// Value of the last field called `name`, case ignored; empty when there is none.
  std::string_view field(std::string_view name) const {
    for (auto entry = fields.rbegin(); entry != fields.rend(); ++entry) {
      if (str::equals_ignore_case(entry->first, name)) return entry->second;
    }
    return {};
  }

  bool has_field(std::string_view name) const {
    for (const auto& entry : fields) {
      if (str::equals_ignore_case(entry.first, name)) return true;
    }
    return false;
  }
};

/// Takes the next bytes of a streamed body; `last` ends it. Without effect when the connection is
/// gone. To be called on the loop's thread.
using Sink = std::function<void(std::string bytes, bool last)>;

struct Response {
  int status = 200;
  Fields fields;
  std::string body;
  /// When set, `body` is only the beginning: it is called once with what takes the rest.
  std::function<void(Sink)> stream = {};
};

/// Sends the answer to one request. To be called once, now or at any later time on the loop's
/// thread; without effect when the connection is gone.
using Reply = std::function<void(Response)>;

/// What a server does with a request.
using Handler = std::function<void(Request, Reply)>;

/// Gets each piece of a request's body as it comes, before the handler gets the whole. `head` has
/// no body yet. Returns how long to wait before more of the body is read, so that its sender waits.
using Parts = std::function<std::chrono::nanoseconds(const Request& head, std::string_view bytes)>;

/// `text` with its %xx undone, as paths and queries are escaped; a `+` is a space if `plus`.
inline std::string unescaped(std::string_view text, bool plus) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
    result += escape ? static_cast<char>(value) : (plus && text[i] == '+' ? ' ' : text[i]);
    if (escape) i += 2;
  }
  return result;
}

}  // namespace meshfn::invoke::http
