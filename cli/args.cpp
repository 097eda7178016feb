#include "cli/command.h"

namespace meshfn::cli {

bool Args::has(std::string_view option) const { return given_.find(option) != given_.end(); }

std::string_view Args::value(std::string_view option) const {
  const auto given = given_.find(option);
  if (given != given_.end() && !given->second.empty()) return given->second.back();
  const auto fallback = fallbacks_.find(option);
  return fallback == fallbacks_.end() ? std::string_view() : std::string_view(fallback->second);
}

std::vector<std::string> Args::values(std::string_view option) const {
  const auto given = given_.find(option);
  if (given != given_.end()) return given->second;
  const auto fallback = fallbacks_.find(option);
  if (fallback == fallbacks_.end()) return {};
  return {fallback->second};
}

std::string_view Args::operand(std::size_t index) const {
  return index < operands_.size() ? std::string_view(operands_[index]) : std::string_view();
}

void Args::set(std::string_view option, std::vector<std::string> values) {
  given_.insert_or_assign(std::string(option), std::move(values));
}

void Args::set_fallback(std::string_view option, std::string_view value) {
  fallbacks_.insert_or_assign(std::string(option), std::string(value));
}

}  // namespace meshfn::cli
