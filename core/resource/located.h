#pragma once

// A value together with the node it was read from, so that whatever judges the value can point at
// it. Decoding is lenient: what has the wrong type is absent here and reported by the schema room.

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace meshfn::resource {

/// `value` read from `node`; false when the field is absent or could not be read.
template <class T>
struct Located {
  T value{};
  yaml::Node node;

  explicit operator bool() const { return static_cast<bool>(node); }

  const T& operator*() const { return value; }

  const T* operator->() const { return &value; }

  source::Location where() const { return node.where(); }

  /// The value, or `fallback` when absent.
  T value_or(T fallback) const { return node ? value : fallback; }
};

/// Views into the tree that was read.
using Text = Located<std::string_view>;
using Integer = Located<std::int64_t>;
using Number = Located<double>;
using Boolean = Located<bool>;
using Duration = Located<std::chrono::nanoseconds>;

/// `key: value` of a label selector or of labels.
struct Label {
  Text key;
  Text value;
};

using Labels = std::vector<Label>;

/// Whether every pair of `selector` is in `labels`; an empty selector selects everything.
bool selects(const Labels& selector, const Labels& labels);

/// The value of `key` in `labels`, or "".
std::string_view label(const Labels& labels, std::string_view key);

// Reading of one node; a missing or mistyped node gives an absent value.
Text text(yaml::Node node);
Integer integer(yaml::Node node);
Number number(yaml::Node node);
Boolean boolean(yaml::Node node);
/// A Go duration, or seconds as protobuf's JSON writes them ("1.5s").
Duration duration(yaml::Node node);
/// The scalars of a sequence.
std::vector<Text> texts(yaml::Node node);
/// The scalar entries of a mapping.
Labels labels(yaml::Node node);

/// `decode` applied to every item of a sequence.
template <class T, class Decode>
std::vector<T> each(yaml::Node sequence, Decode decode) {
  std::vector<T> out;
  out.reserve(sequence.size());
  for (const yaml::Node item : sequence.items()) out.push_back(decode(item));
  return out;
}

}  // namespace meshfn::resource
