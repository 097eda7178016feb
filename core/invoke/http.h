#pragma once

// HTTP as the emulated platforms see it: whole messages, and an answer that may be given later
// (a runtime's "next" waits until there is an event). The server itself is invoke/loop.h.

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

struct Response {
  int status = 200;
  Fields fields;
  std::string body;
};

/// Sends the answer to one request. To be called once, now or at any later time on the loop's
/// thread; without effect when the connection is gone.
using Reply = std::function<void(Response)>;

/// What a server does with a request.
using Handler = std::function<void(Request, Reply)>;

}  // namespace meshfn::invoke::http
