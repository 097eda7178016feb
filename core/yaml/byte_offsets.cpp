#include "yaml/byte_offsets.h"

#include <algorithm>

namespace meshfn::yaml {

namespace {

constexpr std::size_t kStride = 64;

/// Whether the byte continues a code point.
bool is_tail(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

ByteOffsets::ByteOffsets(std::string_view text, std::uint32_t base) : text_(text), base_(base) {
  const auto is_high = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  if (std::none_of(text.begin(), text.end(), is_high)) return;
  std::uint32_t count = 0;
  for (std::uint32_t at = 0; at < text.size(); ++at) {
    if (is_tail(text[at])) continue;
    if (count++ % kStride == 0) checkpoints_.push_back(at);
  }
}

std::uint32_t ByteOffsets::operator()(std::size_t index) const {
  if (checkpoints_.empty()) {
    return base_ + static_cast<std::uint32_t>(std::min(index, text_.size()));
  }
  const std::size_t slot = std::min(index / kStride, checkpoints_.size() - 1);
  std::size_t at = checkpoints_[slot];
  for (std::size_t left = index - slot * kStride; left > 0 && at < text_.size(); --left) {
    ++at;
    while (at < text_.size() && is_tail(text_[at])) ++at;
  }
  return base_ + static_cast<std::uint32_t>(at);
}

}  // namespace meshfn::yaml
