#pragma once

// Where a code point lies in bytes. libyaml counts code points; our spans are bytes. Internal to
// the yaml room.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace meshfn::yaml {

/// Byte offsets of the code points of one run of text. Keeps a checkpoint every 64 code points,
/// and nothing at all for ASCII text, where the two counts are the same.
class ByteOffsets {
 public:
  /// `text` is UTF-8 that begins at byte `base` of its file and outlives this.
  ByteOffsets(std::string_view text, std::uint32_t base);

  /// Byte offset in the file of code point `index` of the run; the end for one behind it.
  std::uint32_t operator()(std::size_t index) const;

 private:
  std::string_view text_;
  std::uint32_t base_;
  std::vector<std::uint32_t> checkpoints_;
};

}  // namespace meshfn::yaml
