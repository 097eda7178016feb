#include "schema/type.h"

#include <bit>
#include <cstring>

namespace meshfn::schema {

namespace {

constexpr std::uint16_t kEmpty = 0xFFFF;

/// First and last bytes and length tell field names apart well and cost a few instructions.
std::size_t hash(std::string_view key) {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  const std::size_t count = key.size() < 8 ? key.size() : 8;
  std::memcpy(&head, key.data(), count);
  std::memcpy(&tail, key.data() + key.size() - count, count);
  const std::uint64_t mixed = (head ^ std::rotl(tail, 23) ^ key.size()) * 0x9E3779B97F4A7C15ULL;
  return static_cast<std::size_t>(mixed >> 40U);
}

}  // namespace

std::string_view describe(Base base) {
  switch (base) {
    case Base::any:
      return "any value";
    case Base::object:
      return "an object";
    case Base::map:
      return "a map";
    case Base::list:
      return "a list";
    case Base::string:
      return "a string";
    case Base::integer:
      return "a whole number";
    case Base::number:
      return "a number";
    case Base::boolean:
      return "`true` or `false`";
    case Base::int_or_string:
      return "a whole number or a string";
  }
  return {};
}

void Type::index_fields() {
  slots_.assign(std::bit_ceil(fields.size() * 2 + 1), kEmpty);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::size_t at = hash(fields[i].name) & (slots_.size() - 1);
    while (slots_[at] != kEmpty) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::uint16_t>(i);
  }
}

int Type::find(std::string_view key) const {
  if (slots_.empty()) return -1;
  std::size_t at = hash(key) & (slots_.size() - 1);
  for (; slots_[at] != kEmpty; at = (at + 1) & (slots_.size() - 1)) {
    if (fields[slots_[at]].name == key) return slots_[at];
  }
  return -1;
}

}  // namespace meshfn::schema
