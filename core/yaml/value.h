#pragma once

// A document to be written: values without places, built by the jobs and read by the writer.
// Maps keep the order in which keys were set, because people read what we write. A value may carry
// a comment, which stands above it or at the end of its line.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshfn::yaml {

class Node;

/// Null, boolean, integer, number, string, list or map.
class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, integer, number, string, list, map };

  Value() = default;

  Value(bool value) : kind_(Kind::boolean), integer_(value ? 1 : 0) {}

  Value(int value) : kind_(Kind::integer), integer_(value) {}

  Value(std::int64_t value) : kind_(Kind::integer), integer_(value) {}

  Value(std::uint32_t value) : kind_(Kind::integer), integer_(value) {}

  Value(double value) : kind_(Kind::number), number_(value) {}

  Value(std::string text) : kind_(Kind::string), text_(std::move(text)) {}

  Value(std::string_view text) : Value(std::string(text)) {}

  Value(const char* text) : Value(std::string(text)) {}

  /// A list of `items`; without any it is written as `[]`.
  static Value list(std::vector<Value> items = {});
  /// A map of `entries` in this order; without any it is written as `{}`.
  static Value map(std::vector<std::pair<std::string, Value>> entries = {});
  /// What `node` holds in the Kubernetes reading; merge keys are written out, timestamps and
  /// integers beyond 64 bits become strings, and anchors and comments are left behind.
  static Value from(Node node);

  Kind kind() const { return kind_; }

  bool is_null() const { return kind_ == Kind::null; }

  bool is_string() const { return kind_ == Kind::string; }

  bool is_list() const { return kind_ == Kind::list; }

  bool is_map() const { return kind_ == Kind::map; }

  /// REQUIRES: the kind that the question names; otherwise false, 0 or "".
  bool boolean() const { return kind_ == Kind::boolean && integer_ != 0; }

  std::int64_t integer() const { return integer_; }

  double number() const { return kind_ == Kind::integer ? static_cast<double>(integer_) : number_; }

  const std::string& text() const { return text_; }

  /// Number of items or entries.
  std::size_t size() const { return children_.size(); }

  bool empty() const { return children_.empty(); }

  /// Items of a list, or the values of a map in the order of `keys()`.
  const std::vector<Value>& items() const { return children_; }

  std::vector<Value>& items() { return children_; }

  const std::vector<std::string>& keys() const { return keys_; }

  /// The value of `key` in a map; null when absent.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Sets `key` in a map, replacing what was there and else appending. Returns the map.
  Value& set(std::string key, Value value);
  /// Sets `key` unless `value` is null or an empty text, list or map.
  Value& set_unless_empty(std::string key, Value value);
  /// The value of `key`, added as an empty map when absent. REQUIRES: a map.
  Value& at(std::string_view key);
  /// Appends to a list. Returns the list.
  Value& add(Value item);
  /// Removes `key` from a map; absent is fine.
  void erase(std::string_view key);

  /// Comment lines above the value (above its key, in a map), without `#`.
  const std::string& comment_before() const { return before_; }

  /// A comment at the end of the line; several lines, and those of list items that are
  /// collections, are written above.
  const std::string& comment_after() const { return after_; }

  Value& with_comment_before(std::string text);
  Value& with_comment_after(std::string text);

  /// Whether both mean the same; comments and the order of keys do not
  /// count, and 100 is 100.0.
  friend bool operator==(const Value& a, const Value& b);

 private:
  Kind kind_ = Kind::null;
  std::int64_t integer_ = 0;
  double number_ = 0;
  std::string text_;
  std::vector<Value> children_;
  std::vector<std::string> keys_;  ///< of a map, parallel to children_
  std::string before_;
  std::string after_;
};

}  // namespace meshfn::yaml
