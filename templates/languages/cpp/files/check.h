#pragma once

// The smallest test library: CHECK says what failed and where, `failures` is the exit code.

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

inline int failures = 0;

#define CHECK(condition)                                                          \
  do {                                                                            \
    if (!(condition)) {                                                           \
      std::cerr << __FILE__ << ":" << __LINE__ << ": " #condition " is false\n"; \
      ++failures;                                                                 \
    }                                                                             \
  } while (false)

/// The event in events/.
inline nlohmann::json sample(const std::string& name) {
  std::ifstream in(EVENTS + name + ".json");
  return nlohmann::json::parse(in);
}
