#pragma once

// The Telemetry API (2022-07-01) and the older Logs API (2020-08-15): extensions subscribe while
// the environment starts, and get what the platform and the function say as batches of JSON. The
// delivery itself is a function that the owner gives.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "invoke/http.h"

namespace meshfn::invoke {

/// What an extension asks for. Limits of buffering are those that Lambda documents.
struct Subscription {
  std::string name;
  std::vector<std::string> types = {};  ///< platform, function, extension
  bool http = true;                     ///< or lines over TCP
  std::uint16_t port = 0;
  std::string path = "/";
  std::size_t most_items = 10'000;
  std::size_t most_bytes = 262'144;
  std::int64_t timeout_ms = 1'000;
};

/// Reads the body of a subscription; the error's message is what Lambda would complain about.
Result<Subscription> read_subscription(const std::string& name, const std::string& body);

class Telemetry {
 public:
  /// Sends `bytes` to a port of this machine and ends its half of the connection if `half_close`.
  using Deliver = std::function<void(std::uint16_t port, std::string bytes, bool half_close)>;

  /// `clock` outlives the object.
  Telemetry(const Clock& clock, Deliver deliver) : clock_(clock), deliver_(std::move(deliver)) {}

  /// Whether a request's path is of this API.
  static bool owns(std::string_view target);

  /// Answers a subscription of the extension called `name` (empty: it is not known).
  void handle(const http::Request& request, const http::Reply& reply, const std::string& name);

  /// Records an event of the platform: `type` such as "platform.start", `record` its JSON object.
  /// Those of the start are kept for subscribers that come later.
  void record(std::string_view type, const std::string& record);

  /// Records what the function (`type` "function") or an extension printed, line by line.
  void log(std::string_view type, std::string_view bytes);

  /// Sends what waits to everybody.
  void flush();

  /// The shortest time that a subscriber lets records wait, in milliseconds; 0 without any.
  std::int64_t interval_ms() const;

  /// The start is over: nobody may subscribe any more.
  void close();

  /// Forgets subscribers and records: a new environment begins.
  void restart();

 private:
  struct Subscriber {
    Subscription wanted;
    std::vector<std::string> waiting = {};
    std::size_t waiting_bytes = 0;
  };

  void subscribe(Subscription wanted);
  void add(std::string_view category, std::string line);
  void give(Subscriber& subscriber, std::string line);
  void flush(Subscriber& subscriber);

  const Clock& clock_;
  Deliver deliver_;
  bool open_ = true;
  std::vector<Subscriber> subscribers_;
  std::vector<std::pair<std::string, std::string>> early_;    ///< category and line, of the start
  std::vector<std::pair<std::string, std::string>> partial_;  ///< type and unfinished line
};

/// "2026-11-23T00:00:00.000Z".
std::string timestamp(std::int64_t unix_millis);

}  // namespace meshfn::invoke
