#include "yaml/value.h"

#include <algorithm>
#include <cmath>

#include "yaml/node.h"
#include "yaml/scalar.h"

namespace meshfn::yaml {

namespace {

Value scalar_value(Node node) {
  const std::string_view text = node.text();
  switch (node.type()) {
    case ScalarType::null:
      return {};
    case ScalarType::boolean:
      return to_bool(text).value_or(false);
    case ScalarType::integer:
      if (const auto value = to_int(text)) return *value;
      return text;
    case ScalarType::floating:
      if (const auto value = to_double(text)) return *value;
      return text;
    case ScalarType::timestamp:
    case ScalarType::string:
      return text;
  }
  return text;
}

bool same_map(const Value& a, const Value& b) {
  return std::all_of(a.keys().begin(), a.keys().end(), [&](const std::string& key) {
    const Value* other = b.find(key);
    return other != nullptr && *a.find(key) == *other;
  });
}

}  // namespace

Value Value::list(std::vector<Value> items) {
  Value value;
  value.kind_ = Kind::list;
  value.children_ = std::move(items);
  return value;
}

Value Value::map(std::vector<std::pair<std::string, Value>> entries) {
  Value value;
  value.kind_ = Kind::map;
  for (auto& [key, entry] : entries) value.set(std::move(key), std::move(entry));
  return value;
}

Value Value::from(Node node) {
  if (node.is_mapping()) {
    Value value = map();
    for (const Entry entry : node.entries()) {
      const std::string key(entry.key.text());
      // A key of the map itself wins over a merged one, wherever either stands.
      if (entry.merged && value.find(key) != nullptr) continue;
      value.set(key, from(entry.value));
    }
    return value;
  }
  if (node.is_sequence()) {
    Value value = list();
    for (const Node item : node.items()) value.add(from(item));
    return value;
  }
  return node ? scalar_value(node) : Value();
}

const Value* Value::find(std::string_view key) const {
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) return nullptr;
  return &children_[static_cast<std::size_t>(found - keys_.begin())];
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

Value& Value::set(std::string key, Value value) {
  if (kind_ == Kind::null) kind_ = Kind::map;
  if (Value* present = find(key)) {
    *present = std::move(value);
  } else {
    keys_.push_back(std::move(key));
    children_.push_back(std::move(value));
  }
  return *this;
}

Value& Value::set_unless_empty(std::string key, Value value) {
  const bool empty_text = value.is_string() && value.text().empty();
  const bool empty_collection = (value.is_list() || value.is_map()) && value.empty();
  if (value.is_null() || empty_text || empty_collection) return *this;
  return set(std::move(key), std::move(value));
}

Value& Value::at(std::string_view key) {
  if (Value* present = find(key)) return *present;
  set(std::string(key), map());
  return children_.back();
}

Value& Value::add(Value item) {
  if (kind_ == Kind::null) kind_ = Kind::list;
  children_.push_back(std::move(item));
  return *this;
}

void Value::erase(std::string_view key) {
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) return;
  children_.erase(children_.begin() + (found - keys_.begin()));
  keys_.erase(found);
}

Value& Value::with_comment_before(std::string text) {
  before_ = std::move(text);
  return *this;
}

Value& Value::with_comment_after(std::string text) {
  after_ = std::move(text);
  return *this;
}

bool operator==(const Value& a, const Value& b) {
  const auto is_number = [](const Value& v) {
    return v.kind_ == Value::Kind::integer || v.kind_ == Value::Kind::number;
  };
  if (is_number(a) && is_number(b) && a.kind_ != b.kind_) return a.number() == b.number();
  if (a.kind_ != b.kind_ || a.size() != b.size()) return false;
  switch (a.kind_) {
    case Value::Kind::null:
      return true;
    case Value::Kind::boolean:
    case Value::Kind::integer:
      return a.integer_ == b.integer_;
    case Value::Kind::number:
      return a.number_ == b.number_ || (std::isnan(a.number_) && std::isnan(b.number_));
    case Value::Kind::string:
      return a.text_ == b.text_;
    case Value::Kind::list:
      return a.children_ == b.children_;
    case Value::Kind::map:
      return same_map(a, b);
  }
  return false;
}

}  // namespace meshfn::yaml
