#pragma once

// Slots that are used over and over: nothing is allocated per event once the run has warmed up.
// References stay good while the pool grows, and each slot counts its uses so that an event for a
// former user is recognised as stale.

#include <cstdint>
#include <memory>
#include <vector>

namespace meshfn::simulate {

/// "No such slot."
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

/// T has a member `generation` (the pool's) and is reset by its user.
template <class T>
class Pool {
 public:
  /// A slot with an unspecified past; its generation tells it from earlier uses.
  std::uint32_t take() {
    ++in_use_;
    if (!free_.empty()) {
      const std::uint32_t id = free_.back();
      free_.pop_back();
      return id;
    }
    if ((size_ & kMask) == 0) chunks_.push_back(std::make_unique<T[]>(kChunk));
    return size_++;
  }

  void give_back(std::uint32_t id) {
    ++(*this)[id].generation;
    free_.push_back(id);
    --in_use_;
  }

  T& operator[](std::uint32_t id) { return chunks_[id >> kShift][id & kMask]; }

  const T& operator[](std::uint32_t id) const { return chunks_[id >> kShift][id & kMask]; }

  std::uint32_t in_use() const { return in_use_; }

  /// Slots ever made; ids are below it.
  std::uint32_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kShift = 10;
  static constexpr std::uint32_t kChunk = 1U << kShift;
  static constexpr std::uint32_t kMask = kChunk - 1;

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t size_ = 0;
  std::uint32_t in_use_ = 0;
};

}  // namespace meshfn::simulate
