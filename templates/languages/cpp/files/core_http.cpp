#include "core.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace {

using nlohmann::json;

/// The caller's mistake, told to the caller.
struct InvalidRequest : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string name_of(const std::map<std::string, std::string>& query, const std::string& body) {
  if (const auto found = query.find("name"); found != query.end()) return found->second;
  if (body.empty()) return "world";
  const json fields = json::parse(body, nullptr, false);
  if (fields.is_discarded()) throw InvalidRequest("body is not JSON");
  if (!fields.is_object() || !fields.contains("name") || !fields["name"].is_string()) {
    throw InvalidRequest("body has no text `name`");
  }
  return fields["name"];
}

json greet(const std::string& name) {
  const auto begin = name.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) throw InvalidRequest("name is empty");
  const std::string trimmed = name.substr(begin, name.find_last_not_of(" \t\r\n") - begin + 1);
  if (trimmed.size() > kLongestName) {
    throw InvalidRequest("name is longer than " + std::to_string(kLongestName) + " bytes");
  }
  return {{"message", "Hello, " + trimmed + "!"}};
}

/// Text that is not UTF-8 is written with replacement characters.
std::string text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

Answer respond(const std::map<std::string, std::string>& query, const std::string& body) {
  try {
    return {200, text(greet(name_of(query, body)))};
  } catch (const InvalidRequest& problem) {
    return {400, text({{"error", problem.what()}})};
  }
}
