#include "schema/cel/value.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "yaml/scalar.h"

namespace meshfn::schema::cel {

namespace {

bool is_base64_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

std::string decode_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    if (!is_base64_digit(c)) continue;
    buffer = (buffer << 6U) | static_cast<unsigned>(kDigits.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>((buffer >> bits) & 0xFFU));
  }
  return bytes;
}

Value string_value(std::string_view text, const Type* type, Arena& arena) {
  if (type == nullptr) return text;
  if (type->format == Format::byte) return Bytes{arena.text(decode_base64(text))};
  if (type->format == Format::duration) {
    if (const auto nanos = parse_duration(text)) return Duration{nanos->count()};
  }
  if (type->format == Format::date_time) {
    if (const auto moment = parse_time(text)) return *moment;
  }
  if (type->format == Format::date) {
    if (const auto moment = parse_time(std::string(text) + "T00:00:00Z")) return *moment;
  }
  return text;
}

Value untyped(yaml::Node node) {
  const std::string_view text = node.text();
  switch (node.type()) {
    case yaml::ScalarType::null:
      return Null{};
    case yaml::ScalarType::boolean:
      return yaml::to_bool(text).value_or(false);
    case yaml::ScalarType::integer:
      if (const auto number = yaml::to_int(text)) return *number;
      return yaml::to_double(text).value_or(0);
    case yaml::ScalarType::floating:
      return yaml::to_double(text).value_or(0);
    case yaml::ScalarType::timestamp:
    case yaml::ScalarType::string:
      return text;
  }
  return Null{};
}

std::optional<double> as_double(const Value& value) {
  if (const auto* i = value.get<std::int64_t>()) return static_cast<double>(*i);
  if (const auto* u = value.get<std::uint64_t>()) return static_cast<double>(*u);
  if (const auto* d = value.get<double>()) return *d;
  return std::nullopt;
}

template <class T>
int order(const T& a, const T& b) {
  if (a < b) return -1;
  return b < a ? 1 : 0;
}

std::optional<int> compare_numbers(const Value& a, const Value& b) {
  const auto* ai = a.get<std::int64_t>();
  const auto* bi = b.get<std::int64_t>();
  const auto* au = a.get<std::uint64_t>();
  const auto* bu = b.get<std::uint64_t>();
  if (ai != nullptr && bi != nullptr) return order(*ai, *bi);
  if (au != nullptr && bu != nullptr) return order(*au, *bu);
  if (ai != nullptr && bu != nullptr)
    return *ai < 0 ? -1 : order(static_cast<std::uint64_t>(*ai), *bu);
  if (au != nullptr && bi != nullptr)
    return *bi < 0 ? 1 : order(*au, static_cast<std::uint64_t>(*bi));
  const auto x = as_double(a);
  const auto y = as_double(b);
  if (!x || !y) return std::nullopt;
  if (std::isnan(*x) || std::isnan(*y)) return 2;
  return order(*x, *y);
}

bool equal_lists(const Value& a, const Value& b, Arena& arena) {
  if (list_size(a) != list_size(b)) return false;
  const std::vector<Value> left = list_items(a, arena);
  const std::vector<Value> right = list_items(b, arena);
  return std::equal(left.begin(), left.end(), right.begin(),
                    [&](const Value& x, const Value& y) { return equal(x, y, arena); });
}

bool equal_maps(const Value& a, const Value& b, Arena& arena) {
  if (map_size(a) != map_size(b)) return false;
  for (const Value& key : map_keys(a, arena)) {
    const auto x = map_find(a, key, arena);
    const auto y = map_find(b, key, arena);
    if (!y || !equal(*x, *y, arena)) return false;
  }
  return true;
}

bool is_object(const Value& value) {
  const auto* tree = value.get<Tree>();
  return tree != nullptr && tree->node.is_mapping() && tree->type != nullptr &&
         tree->type->base == Base::object;
}

bool equal_objects(const Value& a, const Value& b, Arena& arena) {
  const Type& type = *a.get<Tree>()->type;
  for (const Field& field : type.fields) {
    const auto x = member(a, field.name, arena);
    const auto y = member(b, field.name, arena);
    if (x.has_value() != y.has_value()) return false;
    if (x && !equal(*x, *y, arena)) return false;
  }
  return true;
}

const Type* element_of(const Tree& tree) {
  return tree.type == nullptr ? nullptr : tree.type->element;
}

}  // namespace

Value from_node(yaml::Node node, const Type* type, Arena& arena) {
  if (!node) return Null{};
  if (!node.is_scalar()) return Tree{node, type};
  if (node.is_null()) return Null{};
  if (type == nullptr) return untyped(node);
  switch (type->base) {
    case Base::string:
      return string_value(node.text(), type, arena);
    case Base::number: {
      const auto number = yaml::to_double(node.text());
      return number ? Value(*number) : untyped(node);
    }
    case Base::integer: {
      const auto number = yaml::to_int(node.text());
      if (number) return *number;
      const auto real = yaml::to_double(node.text());
      return real ? Value(static_cast<std::int64_t>(*real)) : untyped(node);
    }
    case Base::any:
    case Base::object:
    case Base::map:
    case Base::list:
    case Base::boolean:
    case Base::int_or_string:
      return untyped(node);
  }
  return Null{};
}

std::string_view type_name(const Value& value) {
  constexpr std::array<std::string_view, 20> kNames = {"null_type",
                                                       "bool",
                                                       "int",
                                                       "uint",
                                                       "double",
                                                       "string",
                                                       "bytes",
                                                       "google.protobuf.Duration",
                                                       "google.protobuf.Timestamp",
                                                       "list",
                                                       "map",
                                                       "map",
                                                       "optional_type",
                                                       "type",
                                                       "net.IP",
                                                       "net.CIDR",
                                                       "kubernetes.URL",
                                                       "kubernetes.Quantity",
                                                       "kubernetes.NamedFormat",
                                                       "error"};
  const auto* tree = value.get<Tree>();
  if (tree != nullptr && tree->node.is_sequence()) return "list";
  return kNames[value.index()];
}

std::int64_t list_size(const Value& value) {
  if (const auto* list = value.get<const List*>())
    return static_cast<std::int64_t>((*list)->items.size());
  const auto* tree = value.get<Tree>();
  return tree != nullptr && tree->node.is_sequence() ? std::int64_t{tree->node.size()} : -1;
}

Value list_item(const Value& value, std::int64_t index, Arena& arena) {
  if (const auto* list = value.get<const List*>())
    return (*list)->items[static_cast<std::size_t>(index)];
  const Tree& tree = *value.get<Tree>();
  return from_node(tree.node.item(static_cast<std::uint32_t>(index)), element_of(tree), arena);
}

std::vector<Value> list_items(const Value& value, Arena& arena) {
  if (const auto* list = value.get<const List*>()) return (*list)->items;
  std::vector<Value> items;
  if (list_size(value) < 0) return items;
  const Tree& tree = *value.get<Tree>();
  for (const yaml::Node item : tree.node.items()) {
    items.push_back(from_node(item, element_of(tree), arena));
  }
  return items;
}

std::int64_t map_size(const Value& value) {
  if (const auto* map = value.get<const Map*>())
    return static_cast<std::int64_t>((*map)->entries.size());
  const auto* tree = value.get<Tree>();
  if (tree == nullptr || !tree->node.is_mapping() || is_object(value)) return -1;
  return tree->node.size();
}

std::vector<Value> map_keys(const Value& value, Arena&) {
  std::vector<Value> keys;
  if (const auto* map = value.get<const Map*>()) {
    for (const auto& [key, item] : (*map)->entries) keys.push_back(key);
  } else if (const auto* tree = value.get<Tree>()) {
    for (const auto entry : tree->node.entries()) keys.emplace_back(entry.key.text());
  }
  return keys;
}

std::optional<Value> map_find(const Value& map, const Value& key, Arena& arena) {
  if (const auto* own = map.get<const Map*>()) {
    for (const auto& [name, item] : (*own)->entries) {
      if (equal(name, key, arena)) return item;
    }
    return std::nullopt;
  }
  const auto* name = key.get<std::string_view>();
  return name == nullptr ? std::nullopt : member(map, *name, arena);
}

std::optional<Value> member(const Value& value, std::string_view name, Arena& arena) {
  if (value.get<const Map*>() != nullptr) return map_find(value, Value(name), arena);
  const auto* tree = value.get<Tree>();
  if (tree == nullptr || !tree->node.is_mapping()) return std::nullopt;
  const Field* field = tree->type == nullptr ? nullptr : tree->type->field(name);
  const Type* type = field != nullptr ? field->type : element_of(*tree);
  const yaml::Node found = tree->node.find(name);
  const bool dropped = found && found.is_null() && type != nullptr && !type->nullable;
  if (found && !dropped) return from_node(found, type, arena);
  if (field != nullptr && field->fallback) return from_node(field->fallback, type, arena);
  return std::nullopt;
}

bool equal(const Value& a, const Value& b, Arena& arena) {
  if (const auto numbers = compare_numbers(a, b)) return *numbers == 0;
  if (list_size(a) >= 0 && list_size(b) >= 0) return equal_lists(a, b, arena);
  if (is_object(a) && is_object(b)) return equal_objects(a, b, arena);
  if (map_size(a) >= 0 && map_size(b) >= 0) return equal_maps(a, b, arena);
  // Kubernetes asks `validate(x) == null` of a library that answers with nothing.
  const auto is_nothing = [](const Value& value) {
    const auto* optional = value.get<Optional>();
    return optional == nullptr ? value.get<Null>() != nullptr : optional->value == nullptr;
  };
  if (is_nothing(a) && is_nothing(b)) return true;
  if (a.index() != b.index()) return false;
  if (const auto* x = a.get<Optional>()) {
    const auto* y = b.get<Optional>();
    if (x->value == nullptr || y->value == nullptr) return x->value == y->value;
    return equal(*x->value, *y->value, arena);
  }
  if (const auto* x = a.get<Address>()) return *x == *b.get<Address>();
  if (const auto* x = a.get<Prefix>()) return *x == *b.get<Prefix>();
  if (const auto* x = a.get<TypeName>()) return x->name == b.get<TypeName>()->name;
  if (const auto* x = a.get<const Url*>()) {
    const Url& y = **b.get<const Url*>();
    return (*x)->scheme == y.scheme && (*x)->host == y.host && (*x)->path == y.path &&
           (*x)->query == y.query;
  }
  if (a.get<Null>() != nullptr) return true;
  return compare(a, b) == 0;
}

std::optional<int> compare(const Value& a, const Value& b) {
  if (const auto numbers = compare_numbers(a, b)) return numbers;
  if (a.index() != b.index()) return std::nullopt;
  if (const auto* x = a.get<bool>()) return order(*x, *b.get<bool>());
  if (const auto* x = a.get<std::string_view>()) return order(*x, *b.get<std::string_view>());
  if (const auto* x = a.get<Bytes>()) return order(x->data, b.get<Bytes>()->data);
  if (const auto* x = a.get<Duration>()) return order(x->nanos, b.get<Duration>()->nanos);
  if (const auto* x = a.get<Moment>()) return order(*x, *b.get<Moment>());
  if (const auto* x = a.get<Quantity>()) return order(*x, *b.get<Quantity>());
  return std::nullopt;
}

}  // namespace meshfn::schema::cel
