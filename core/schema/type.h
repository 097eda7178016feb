#pragma once

// What a value may be, in memory: the one form that both the built-in tables and a user's own CRD
// are turned into. Everything here is plain data that lives as long as its KindSchema; the checker
// and the CEL evaluator read it.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/istio_release.h"
#include "schema/format.h"
#include "schema/pattern.h"
#include "yaml/node.h"

namespace meshfn::schema {

namespace cel {
class Program;
}

enum class Base : std::uint8_t {
  any,     ///< nothing is known about the value
  object,  ///< named fields
  map,     ///< any key, values of one type
  list,
  string,
  integer,
  number,
  boolean,
  int_or_string,
};

/// "an object", "a list", "a string", for messages.
std::string_view describe(Base base);

/// Kubernetes' x-kubernetes-list-type.
enum class ListType : std::uint8_t { atomic, set, map };

struct Type;

/// A value that a field takes only from some release of Istio on.
struct NewerValue {
  std::string_view value;
  config::IstioRelease since;
};

/// One named member of an object.
struct Field {
  std::string_view name;
  const Type* type = nullptr;
  bool required = false;
  yaml::Node fallback;          ///< the default value, when there is one
  std::string_view deprecated;  ///< why or what instead; empty when in good standing
  config::IstioRelease deprecated_since = {};
  config::IstioRelease since = {};  ///< the release of Istio that brought it
  std::vector<NewerValue> newer_values = {};
};

/// A condition over an object's fields or a list's items that needs no expression.
struct Constraint {
  enum class Kind : std::uint8_t {
    at_most_one,  ///< words: fields
    exactly_one,  ///< words: fields
    variant,      ///< words: discriminator, then value and field in turn: the field is there iff
    once,         ///< list; words: field, then values that only one item may have
    unique,       ///< list; words: fields whose values together differ between items
  } kind;
  std::vector<std::string_view> words;
};

/// One x-kubernetes-validations entry.
struct Validation {
  std::string_view expression;
  std::string_view message;
  std::string_view message_expression;
  std::string_view field_path;
  std::string_view reason;
  bool optional_old_self = false;
  const cel::Program* program = nullptr;  ///< compiled when the schema was read; in its Store
  const cel::Program* message_program = nullptr;
};

/// oneOf, anyOf, allOf and not of a user's CRD: shapes of which a number must fit.
struct Alternatives {
  enum class Kind : std::uint8_t { all, any, one, none } kind;
  std::vector<const Type*> shapes;
};

inline constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

struct Type {
  Base base = Base::any;
  Format format = Format::none;
  ListType list_type = ListType::atomic;
  bool nullable = false;
  bool open = false;      ///< an object that keeps fields it does not name
  bool embedded = false;  ///< a whole Kubernetes object: apiVersion, kind and metadata belong to it
  bool exclusive_minimum = false;
  bool exclusive_maximum = false;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::optional<double> multiple_of;
  std::uint32_t min_size = 0;  ///< code points, items or entries
  std::uint32_t max_size = kUnlimited;
  const Type* element = nullptr;  ///< of a list's items or a map's values
  const Pattern* pattern = nullptr;
  const Pattern* key_pattern = nullptr;  ///< of a map's keys
  std::string_view name;                 ///< of a shared type, for messages; may be empty
  std::vector<std::string_view> values;  ///< the only values allowed, as written
  std::vector<std::string_view> keys;    ///< fields that identify an item of a map-list
  std::vector<Field> fields;
  std::vector<Constraint> constraints;
  std::vector<Validation> validations;
  std::vector<Alternatives> alternatives;

  /// The index of field `key` in `fields`, or -1. Constant time once `index_fields` has run.
  int find(std::string_view key) const;

  const Field* field(std::string_view key) const {
    const int at = find(key);
    return at < 0 ? nullptr : &fields[static_cast<std::size_t>(at)];
  }

  /// Indexes of the fields that are required and have no default, once `index_fields` has run.
  const std::vector<std::uint16_t>& needed() const { return needed_; }

  /// Builds the look-up of `find` and `needed`; call it when `fields` is complete.
  void index_fields();

 private:
  std::vector<std::uint16_t> slots_;
  std::vector<std::uint16_t> needed_;
};

}  // namespace meshfn::schema
