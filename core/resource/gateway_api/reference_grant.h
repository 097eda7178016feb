#pragma once

// ReferenceGrant: the namespace of a target permits references from another one. Grants only add
// up; none takes anything away.

#include <string_view>
#include <vector>

#include "resource/gateway_api/reference.h"

namespace meshfn::resource::gateway_api {

/// `from[]`: who may refer.
struct GrantFrom {
  yaml::Node node;
  std::string_view group;
  std::string_view kind;
  std::string_view scope;
};

/// `to[]`: to what; an empty name means every object of the kind.
struct GrantTo {
  yaml::Node node;
  std::string_view group;
  std::string_view kind;
  std::string_view name;
};

struct ReferenceGrant : Object {
  std::vector<GrantFrom> from;
  std::vector<GrantTo> to;
};

ReferenceGrant decode_reference_grant(Object object);

}  // namespace meshfn::resource::gateway_api
