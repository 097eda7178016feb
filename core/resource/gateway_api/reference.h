#pragma once

// References between objects as the Gateway API writes them: group, kind, name, namespace, and
// sometimes a port or a section. What is absent has a default that depends on the field, so a
// reference is read once, here, and compared as a value everywhere else.

#include <string>
#include <string_view>
#include <vector>

#include "resource/object.h"

namespace meshfn::resource::gateway_api {

inline constexpr std::string_view kGroup = "gateway.networking.k8s.io";
inline constexpr std::string_view kExperimentalGroup = "gateway.networking.x-k8s.io";

/// A reference with its defaults filled in. An empty `group` is the core group.
struct Reference {
  yaml::Node node;
  std::string_view group;
  std::string_view kind;
  std::string_view name;
  std::string_view scope;  ///< effective namespace
  Text section;            ///< `sectionName`
  Integer port;

  bool is(std::string_view wanted_group, std::string_view wanted_kind) const {
    return group == wanted_group && kind == wanted_kind;
  }

  bool is_service() const { return is("", "Service"); }

  /// The name, or the whole reference when it has none.
  source::Location where() const;
  /// The field `key`, or `where()` when it is absent.
  source::Location where(std::string_view key) const;
};

/// Reads `node`; an absent group, kind or namespace is the one given. Null counts as absent, and
/// an empty group that is written stays empty.
Reference decode_reference(yaml::Node node, std::string_view group, std::string_view kind,
                           std::string_view scope);

/// The items of a list of references.
std::vector<Reference> decode_references(yaml::Node list, std::string_view group,
                                         std::string_view kind, std::string_view scope);

/// "Service `shop/web`" or "Service `web`" without a namespace, for messages.
std::string describe(const Reference& reference);

}  // namespace meshfn::resource::gateway_api
