#pragma once

// What the function does. It knows no cloud: the adapters beside it call it.

#include <nlohmann/json.hpp>
#include <string>

/// One unit of work, whatever brought it.
struct Message {
  std::string id;  ///< the same each time it is delivered: what to key idempotency by
  std::string source;
  nlohmann::json data;
};

/// Does the work of one message and says what was done; throws to have it delivered again.
nlohmann::json handle(const Message& message);
