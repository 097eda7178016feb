#include "resource/gateway_api/grants.h"

#include <algorithm>

namespace meshfn::resource::gateway_api {

bool admits(const GrantFrom& from, const Object& object) {
  return from.group == object.group() && from.kind == object.kind.value &&
         from.scope == object.scope;
}

bool opens(const GrantTo& to, const Reference& target) {
  return to.group == target.group && to.kind == target.kind &&
         (to.name.empty() || to.name == target.name);
}

bool permits(const ReferenceGrant& grant, const Object& from, const Reference& to) {
  return std::any_of(grant.from.begin(), grant.from.end(),
                     [&](const GrantFrom& entry) { return admits(entry, from); }) &&
         std::any_of(grant.to.begin(), grant.to.end(),
                     [&](const GrantTo& entry) { return opens(entry, to); });
}

}  // namespace meshfn::resource::gateway_api
