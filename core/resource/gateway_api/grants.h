#pragma once

// What a ReferenceGrant permits, entry by entry: one answer for lint, which names the entry that
// comes closest, and for the routing model, which needs to know whether one fits.

#include "resource/gateway_api/reference_grant.h"

namespace meshfn::resource::gateway_api {

/// Whether the entry is about objects of this kind and namespace.
bool admits(const GrantFrom& from, const Object& object);
/// Whether the entry opens this target.
bool opens(const GrantTo& to, const Reference& target);
/// Whether `grant`, which has to be in the namespace of `to`, permits `from` to refer to it.
bool permits(const ReferenceGrant& grant, const Object& from, const Reference& to);

}  // namespace meshfn::resource::gateway_api
