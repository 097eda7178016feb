#pragma once

// The walk behind `check`. Functions return false when they found something that keeps the rules of
// the values above from being evaluated; `anchor` is what to point at when a value lacks something.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/check.h"
#include "schema/rules.h"
#include "yaml/pointer_finder.h"

namespace meshfn::schema {

class Checker {
 public:
  Checker(const KindSchema& kind, std::vector<diagnostic::Diagnostic>& problems,
          const CheckOptions& options)
      : kind_(kind), problems_(problems), options_(options) {}

  void run(yaml::Node root);

  /// Checks `metadata.name`.
  void name(yaml::Node name);

  void run(yaml::Node node, const Type& type) { value(node, type, {}, {}); }

 private:
  bool value(yaml::Node node, const Type& type, yaml::Node anchor, yaml::Node old);

  // check_object.cpp
  bool object(yaml::Node node, const Type& type, yaml::Node anchor, yaml::Node old);
  void default_fields(yaml::Node node, const Type& type, const Type& owner, std::uint64_t* seen);
  bool missing_fields(yaml::Node node, const Type& type, yaml::Node anchor,
                      const std::uint64_t* seen);
  bool map(yaml::Node node, const Type& type, yaml::Node old);
  bool list(yaml::Node node, const Type& type, yaml::Node old);
  void duplicates(yaml::Node node, const Type& type);
  void distinct(yaml::Node node, const std::vector<std::string_view>& keys, const Type& item,
                bool optional);
  bool size(yaml::Node node, const Type& type, yaml::Node anchor);
  void constraint(yaml::Node node, const Type& type, const Constraint& rule, yaml::Node anchor);
  void fields_excluding(yaml::Node node, const Constraint& rule, yaml::Node anchor);
  void variant(yaml::Node node, const Type& type, const Constraint& rule, yaml::Node anchor);
  void once(yaml::Node node, const Constraint& rule);

  // check_scalar.cpp
  bool scalar(yaml::Node node, const Type& type);
  bool text(yaml::Node node, const Type& type);
  bool whole_number(yaml::Node node, const Type& type);
  bool number(yaml::Node node, const Type& type);
  void range(yaml::Node node, const Type& type, double number);
  bool allowed(yaml::Node node, const Type& type);
  bool wrong_type(yaml::Node node, const Type& type);

  // check_rules.cpp
  void validations(yaml::Node node, const Type& type, yaml::Node anchor, yaml::Node old);
  bool alternatives(yaml::Node node, const Type& type, yaml::Node anchor);
  bool fits(yaml::Node node, const Type& shape, const Type& owner) const;

  // check_text.cpp
  void unknown_field(yaml::Node key, const Type& type);

  // check_release.cpp
  void release(const yaml::Entry& entry, const Field& field);
  bool is_deprecated(const Field& field) const;

  diagnostic::Diagnostic& report(Finding finding, source::Location where, std::string message);

  const KindSchema& kind_;
  std::vector<diagnostic::Diagnostic>& problems_;
  const CheckOptions& options_;
  const Type* defaults_ = nullptr;  ///< whose defaults a shape of `alternatives` sees
  std::vector<std::pair<std::uint64_t, yaml::Node>> hashes_;  ///< scratch of `distinct`
  std::optional<yaml::PointerFinder> pointers_;               ///< since the first unknown field
  std::size_t unknown_fields_ = 0;
};

/// The edit that writes `entry` of `object` as the field that `field`, which is deprecated, names
/// as its successor; nothing when the value has no obvious place there.
std::optional<diagnostic::Fix> successor(yaml::Node object, const yaml::Entry& entry,
                                         const Type& type, const Field& field);

/// The value of field `name` of an object, or its default; nothing when absent.
yaml::Node value_or_default(yaml::Node node, const Type& type, std::string_view name);

/// Where the kind has a field called `name`, as paths such as `spec.http[].timeout`; the nearest to
/// `path` first, at most `most`.
std::vector<std::string> places_of(const KindSchema& kind, std::string_view name,
                                   std::string_view path, std::size_t most = 3);

/// A JSON pointer in the notation of `places_of`; "" for the root.
std::string path_of(std::string_view pointer);

/// The candidate that is `word` but for case, `_` and `-`, or the nearest typo; empty when none is.
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace meshfn::schema
