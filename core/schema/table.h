#pragma once

// The notation of the built-in tables (core/schema/tables/*.schema), line by line; two spaces of
// indentation make a child. `#` starts a comment line; a line that ends in `|` goes on in the next.
//
//   pattern NAME EXPRESSION            a regular expression, used as ~NAME
//   type Name SHAPE                    a type used in several places; fields below
//   group NAME                         API group of the kinds that follow (`core` for none)
//   kind Name namespaced|cluster [status]      `status`: a subresource, dropped when applied
//     version v1 [stored] [unserved] [deprecated] [experimental] [plain] [since 1.22] [use TEXT]
//                                      `plain`: status is no subresource in this version
//                                      `since`: the release of Istio that brought it
//     field SHAPE [@v1,v1beta1|@standard|@experimental] [= DEFAULT]     `field!` is required
//       deprecated [since 1.24] TEXT   why, and what to write instead
//       since 1.27 [VALUE …]           the release of Istio that brought it, or these values of it
//       must EXPRESSION                CEL; deeper lines continue it, `says TEXT` gives the message
//                                      and `at .field` the member to point at
//       whole must EXPRESSION          the same over the list or map rather than its elements
//       at-most-one a b …   exactly-one a b …
//       variant type Value=field …     the field is there exactly when the type has the value
//       once type Value …              list: at most one item has the value
//       unique a b …                   list: no two items agree in all of these
//
// SHAPE is `string`, `int`, `int32`, `int64`, `uint32`, `port`, `number`, `bool`, `any`,
// `int-or-string`, a format (`duration`, `quantity`, `date-time`, …), `object`, `map … of SHAPE`,
// `list … of SHAPE` or a type's Name, then any of: `A..B` (range, or length for text, lists and
// maps), `~PATTERN`, `in A|B|C`, `nullable`, `open` (unknown fields are kept), `embedded`, `set`,
// `by key,key` (a list whose items differ in the keys), `keys ~PATTERN` (of a map).

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/catalogue.h"

namespace meshfn::schema::table {

/// The text of every built-in table.
std::span<const std::string_view> texts();

/// Where one `kind` line and what is below it stands.
struct KindBlock {
  std::string_view group;
  std::string_view kind;
  std::string_view text;   ///< the table it is in
  std::size_t offset = 0;  ///< of its line
};

/// Where every kind, type and pattern of `texts` stands; one pass over the first columns.
struct Index {
  explicit Index(std::span<const std::string_view> texts);

  struct Place {
    std::string_view text;
    std::size_t offset = 0;
  };

  std::vector<KindBlock> kinds;
  std::map<std::string_view, Place> types;
  std::map<std::string_view, std::string_view> patterns;
};

/// Scope, status and versions of a kind from all its blocks.
KindInfo describe(const Index& index, std::string_view group, std::string_view kind);

/// Reads one version of one kind; null when the tables do not have it. Mistakes in a table are
/// ours: `mistakes`, if given, receives them (a test demands that there are none).
std::unique_ptr<KindSchema> read(const Index& index, std::string_view group,
                                 std::string_view version, std::string_view kind, Channel channel,
                                 std::vector<std::string>* mistakes = nullptr);

}  // namespace meshfn::schema::table
