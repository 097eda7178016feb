#pragma once

// Indexes over a mesh that are made at first use and then shared: what one rule has computed, the
// next finds. An index is any type that is constructed from the mesh.

#include <map>
#include <memory>
#include <mutex>
#include <typeindex>

namespace meshfn::resource {

/// Values by type, each made once. Safe to use from several threads; making one may ask for
/// others, but not in a circle.
class Derived {
 public:
  /// The T made from `from`, which outlives this.
  template <class T, class From>
  const T& get(const From& from) {
    Slot& slot = slot_of(typeid(T));
    std::call_once(slot.once, [&] { slot.value = std::make_shared<const T>(from); });
    return *static_cast<const T*>(slot.value.get());
  }

 private:
  struct Slot {
    std::once_flag once;
    std::shared_ptr<const void> value;
  };

  Slot& slot_of(std::type_index type) {
    const std::lock_guard lock(mutex_);
    return slots_[type];  // nodes of a map stay where they are
  }

  std::mutex mutex_;
  std::map<std::type_index, Slot> slots_;
};

}  // namespace meshfn::resource
