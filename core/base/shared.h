#pragma once

// A value that copies share, for what is mostly the same in thousands of places.

#include <memory>
#include <utility>

namespace meshfn {

/// Reads like a `const T`; a copy costs a pointer until `edit` gives it a value of its own.
template <class T>
class Shared {
 public:
  /// Shares one `T{}` with every other that was made so.
  Shared() : value_(empty()) {}

  Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}  // NOLINT: as a T

  const T& operator*() const { return *value_; }

  const T* operator->() const { return value_.get(); }

  /// The value to be changed; no other copy sees it. Valid until this is copied.
  T& edit() {
    if (value_.use_count() != 1) value_ = std::make_shared<T>(*value_);
    return *value_;
  }

 private:
  static const std::shared_ptr<T>& empty() {
    static const auto kEmpty = std::make_shared<T>();
    return kEmpty;
  }

  std::shared_ptr<T> value_;
};

}  // namespace meshfn
