#pragma once

// Values of the Common Expression Language as Kubernetes uses it. A value is small and copied
// freely; what does not fit in it (text that was made, lists, maps) lives in the Arena of one
// evaluation. YAML stays where it is: an object, list or map of the input is a `Tree`, read
// through its schema, so defaults appear and nothing is copied.

#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "schema/format.h"
#include "schema/pattern.h"
#include "schema/type.h"
#include "yaml/node.h"

namespace meshfn::schema::cel {

struct Null {
  friend bool operator==(Null, Null) { return true; }
};

struct Bytes {
  std::string_view data;
};

struct Duration {
  std::int64_t nanos = 0;
};

struct Url {
  std::string_view scheme;
  std::string_view host;  ///< with port
  std::string_view path;
  std::string_view query;
};

struct TypeName {
  std::string_view name;
};

/// format.dns1123Label() and its like.
struct NamedFormat {
  int index = 0;
};

/// A mapping or sequence of the input with its schema; `type` may be null where nothing is known.
struct Tree {
  yaml::Node node;
  const Type* type = nullptr;
};

struct List;
struct Map;
struct Value;

struct Optional {
  const Value* value = nullptr;  ///< null: none
};

/// What went wrong; `&&` and `||` may absorb it.
struct Error {
  std::string_view message;
};

struct Value : std::variant<Null, bool, std::int64_t, std::uint64_t, double, std::string_view,
                            Bytes, Duration, Moment, const List*, const Map*, Tree, Optional,
                            TypeName, Address, Prefix, const Url*, Quantity, NamedFormat, Error> {
  using variant::variant;

  template <class T>
  const T* get() const {
    return std::get_if<T>(static_cast<const variant*>(this));
  }

  bool is_error() const { return get<Error>() != nullptr; }

  bool is_true() const { return get<bool>() != nullptr && *get<bool>(); }

  bool is_false() const { return get<bool>() != nullptr && !*get<bool>(); }
};

struct List {
  std::vector<Value> items;
};

struct Map {
  std::vector<std::pair<Value, Value>> entries;
};

/// Owns what the values of one evaluation point at.
class Arena {
 public:
  std::string_view text(std::string text) { return texts_.emplace_front(std::move(text)); }

  Value string(std::string text) { return Value(this->text(std::move(text))); }

  Value error(std::string message) { return Value(Error{text(std::move(message))}); }

  Value list(std::vector<Value> items) {
    return Value(&lists_.emplace_front(List{std::move(items)}));
  }

  Value map(Map map) { return Value(&maps_.emplace_front(std::move(map))); }

  Value url(Url url) { return Value(&urls_.emplace_front(url)); }

  Value some(Value value) { return Value(Optional{&values_.emplace_front(value)}); }

 private:
  std::forward_list<std::string> texts_;
  std::forward_list<List> lists_;
  std::forward_list<Map> maps_;
  std::forward_list<Url> urls_;
  std::forward_list<Value> values_;
};

/// The value of a YAML node under its schema: scalars become CEL scalars, collections a Tree.
Value from_node(yaml::Node node, const Type* type, Arena& arena);

/// "int", "string", "list", … as `type()` names them.
std::string_view type_name(const Value& value);

/// Number of items of a list; -1 for other values.
std::int64_t list_size(const Value& value);
/// Item of a list. REQUIRES: 0 <= index < list_size.
Value list_item(const Value& value, std::int64_t index, Arena& arena);
/// All items of a list, in one walk; none of other values.
std::vector<Value> list_items(const Value& value, Arena& arena);

/// Number of entries of a map; -1 for other values (objects with named fields are not maps).
std::int64_t map_size(const Value& value);
/// Keys of a map in the order written.
std::vector<Value> map_keys(const Value& value, Arena& arena);
/// The entry of `key`, or nothing.
std::optional<Value> map_find(const Value& map, const Value& key, Arena& arena);

/// The member `name` of an object or map, defaults applied; nothing when absent.
std::optional<Value> member(const Value& value, std::string_view name, Arena& arena);

/// Deep equality; numbers of different types compare by value.
bool equal(const Value& a, const Value& b, Arena& arena);

/// -1, 0, 1; 2 when one is NaN; nothing when the two cannot be ordered.
std::optional<int> compare(const Value& a, const Value& b);

}  // namespace meshfn::schema::cel
