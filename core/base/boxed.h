#pragma once

// An optional that is small while it is empty, for the rare parts of what there are thousands of.

#include <memory>
#include <optional>
#include <utility>

namespace meshfn {

/// A `T` in memory of its own, or nothing. Copies are deep; compares and reads like std::optional.
/// REQUIRES of `*` and `->`: it is not empty.
template <class T>
class Boxed {
 public:
  Boxed() = default;

  Boxed(std::nullopt_t) {}  // NOLINT(google-explicit-constructor): as std::optional

  Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}  // NOLINT

  Boxed(std::optional<T> value) {  // NOLINT
    if (value) value_ = std::make_unique<T>(std::move(*value));
  }

  Boxed(const Boxed& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}

  Boxed(Boxed&&) noexcept = default;

  Boxed& operator=(const Boxed& other) {
    if (this != &other) value_ = other ? std::make_unique<T>(*other) : nullptr;
    return *this;
  }

  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;

  explicit operator bool() const { return value_ != nullptr; }

  bool has_value() const { return value_ != nullptr; }

  const T& operator*() const { return *value_; }

  T& operator*() { return *value_; }

  const T* operator->() const { return value_.get(); }

  T* operator->() { return value_.get(); }

  void reset() { value_.reset(); }

  T& emplace() { return *(value_ = std::make_unique<T>()); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace meshfn
