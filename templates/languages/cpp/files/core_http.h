#pragma once

// What the function does. It knows no cloud: the adapters beside it call it.

#include <cstddef>
#include <map>
#include <string>

inline constexpr std::size_t kLongestName = 100;

/// Status and JSON text.
struct Answer {
  int status;
  std::string body;
};

/// Answers a request with these query parameters and this body.
Answer respond(const std::map<std::string, std::string>& query, const std::string& body);
