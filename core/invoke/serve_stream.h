#pragma once

// An answer of the local server that is sent while the function still writes it.

#include <string>
#include <string_view>

#include "invoke/http.h"

namespace meshfn::invoke {

/// Begins with the first bytes; to be used on the loop's thread only.
class ServedStream {
 public:
  explicit ServedStream(http::Reply reply) : reply_(std::move(reply)) {}

  bool has_begun() const { return begun_; }

  /// Frames of the Invoke API's event stream.
  void send(std::string bytes);

  /// Bytes of a function's response; if `type` announces a head, it becomes status and fields.
  void send_http(const std::string& type, const std::string& bytes);

  /// The end, after `bytes`.
  void finish(std::string bytes);

 private:
  void begin(http::Response head);

  http::Reply reply_;
  http::Sink sink_;
  std::string before_;  ///< what came before the head was whole
  bool begun_ = false;
};

/// The answer for a streamed response that is complete.
http::Response whole_stream(const std::string& type, const std::string& payload);

}  // namespace meshfn::invoke
