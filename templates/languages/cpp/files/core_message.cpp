#include "core.h"

#include <stdexcept>

using nlohmann::json;

json handle(const Message& message) {
  if (!message.data.is_object()) {
    throw std::invalid_argument("data of " + message.id + " is not an object");
  }
  json fields = json::array();
  for (const auto& [name, value] : message.data.items()) fields.push_back(name);
  return {{"id", message.id}, {"source", message.source}, {"fields", fields}};
}
