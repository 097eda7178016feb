// Finds functions by name over all library files.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "schema/cel/call.h"

namespace meshfn::schema::cel {

namespace {

std::array<std::span<const Function>, 9> libraries() {
  return {standard_functions(), conversion_functions(), time_functions(),
          string_functions(),   list_functions(),       optional_functions(),
          network_functions(),  quantity_functions(),   format_functions()};
}

}  // namespace

const Function* find_function(std::string_view name, bool member) {
  for (const auto& library : libraries()) {
    const auto found = std::find_if(library.begin(), library.end(), [&](const Function& row) {
      return row.member == member && row.name == name;
    });
    if (found != library.end()) return &*found;
  }
  return nullptr;
}

bool is_function_space(std::string_view space) {
  if (space == "cel") return true;
  for (const auto& library : libraries()) {
    for (const Function& row : library) {
      const bool inside = row.name.size() > space.size() + 1 && row.name[space.size()] == '.';
      if (inside && row.name.starts_with(space)) return true;
    }
  }
  return false;
}

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> names;
  for (const auto& library : libraries()) {
    for (const Function& row : library) names.push_back(row.name);
  }
  return names;
}

Value Call::no_overload() const {
  std::string types;
  for (const Value& value : args) {
    if (!types.empty()) types += ", ";
    types += type_name(value);
  }
  return arena.error(fmt::format("no such overload: {}({})", function.name, types));
}

}  // namespace meshfn::schema::cel
