#pragma once

// A queue between platforms: what one puts in, another takes out. QUEUE_URL=redis://HOST:6379/0 names the server;
// without it the messages are files of this machine (DATA_FOLDER), to try things out: other machines do not see them.

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace outbox {

/// How long a taken message is hidden as a rule; then it is delivered again.
inline constexpr std::chrono::milliseconds kLease = std::chrono::minutes(1);

/// A message that was taken; its receipt is what ends it.
struct Taken {
  std::string id;  ///< the same each time it is delivered: what to key idempotency by
  nlohmann::json data;
  std::string receipt;
};

/// Hands every message to one of those who take.
class Queue {
 public:
  virtual ~Queue() = default;

  /// Puts one message in and returns its id.
  virtual std::string send(const nlohmann::json& data) = 0;

  /// One message, hidden from others for `lease`; none when there is none.
  virtual std::optional<Taken> take(std::chrono::milliseconds lease = kLease) = 0;

  /// Takes the message out for good.
  virtual void done(const Taken& message) = 0;
};

/// Opens the queue; keep it beside the handler, so that warm invocations use its connection again.
std::unique_ptr<Queue> connect();

}  // namespace outbox
