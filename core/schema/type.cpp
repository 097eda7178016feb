#include "schema/type.h"

#include <bit>
#include <cstring>

namespace meshfn::schema {

namespace {

constexpr std::uint16_t kEmpty = 0xFFFF;

template <class Word>
std::uint64_t load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

/// First and last bytes and length tell field names apart well; loads of fixed width cost one
/// instruction each.
std::size_t hash(std::string_view key) {
  const std::size_t size = key.size();
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  if (size >= 8) {
    head = load<std::uint64_t>(key.data());
    tail = load<std::uint64_t>(key.data() + size - 8);
  } else if (size >= 4) {
    head = load<std::uint32_t>(key.data());
    tail = load<std::uint32_t>(key.data() + size - 4);
  } else if (size > 0) {
    head = load<std::uint8_t>(key.data()) << 8U | load<std::uint8_t>(key.data() + size / 2);
    tail = load<std::uint8_t>(key.data() + size - 1);
  }
  const std::uint64_t mixed = (head ^ std::rotl(tail, 23) ^ size) * 0x9E3779B97F4A7C15ULL;
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
  needed_.clear();
  slots_.assign(std::bit_ceil(fields.size() * 2 + 1), kEmpty);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::size_t at = hash(fields[i].name) & (slots_.size() - 1);
    while (slots_[at] != kEmpty) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::uint16_t>(i);
    const bool needed = fields[i].required && !fields[i].fallback;
    if (needed) needed_.push_back(static_cast<std::uint16_t>(i));
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
