#pragma once

// Indexes over a mesh that are made at first use and then shared: what one rule has computed, the
// next finds. An index is any type that is constructed from the mesh.

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace meshfn::resource {

/// Values by type, each made once. Safe to use from several threads; making one may ask for
/// others, but not in a circle. What was made is found without a lock, as checks of single
/// resources ask for it thousands of times.
class Derived {
 public:
  /// The T made from `from`, which outlives this.
  template <class T, class From>
  const T& get(const From& from) {
    const void* const type = &kType<T>;
    const void* made = look_up(type);
    if (made == nullptr) {
      Slot& slot = slot_of(type);
      std::call_once(slot.once, [&] {
        slot.value = std::make_shared<const T>(from);
        publish(type, slot.value.get());
      });
      made = slot.value.get();
    }
    return *static_cast<const T*>(made);
  }

 private:
  /// Its address stands for the type.
  template <class T>
  static constexpr char kType = 0;

  struct Slot {
    std::once_flag once;
    std::shared_ptr<const void> value;
  };

  struct Made {
    std::atomic<const void*> type = nullptr;
    const void* value = nullptr;  ///< read after `type` was
  };

  static constexpr std::size_t kPlaces = 256;

  static std::size_t place_of(const void* type) {
    return (reinterpret_cast<std::uintptr_t>(type) * 0x9E3779B97F4A7C15U) >> 56U;
  }

  /// Null when it is not made yet, or had no place.
  const void* look_up(const void* type) const {
    const Made& made = made_[place_of(type)];
    return made.type.load(std::memory_order_acquire) == type ? made.value : nullptr;
  }

  /// The first of two types that share a place has it.
  void publish(const void* type, const void* value) {
    const std::lock_guard lock(mutex_);
    Made& made = made_[place_of(type)];
    if (made.type.load(std::memory_order_relaxed) != nullptr) return;
    made.value = value;
    made.type.store(type, std::memory_order_release);
  }

  Slot& slot_of(const void* type) {
    const std::lock_guard lock(mutex_);
    return slots_[type];  // nodes of a map stay where they are
  }

  std::mutex mutex_;
  std::map<const void*, Slot> slots_;
  std::array<Made, kPlaces> made_;
};

}  // namespace meshfn::resource
