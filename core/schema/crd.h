#pragma once

// A user's CustomResourceDefinition (apiextensions.k8s.io/v1, structural OpenAPI v3 schema) in the
// form of the built-in tables.

#include <memory>
#include <vector>

#include "base/result.h"
#include "schema/kind.h"

namespace meshfn::schema {

/// One schema for each version. Text is copied, so the file need not outlive it. An error leaves
/// the place in the CRD in `where`; expressions that do not compile are errors.
Result<std::vector<std::unique_ptr<KindSchema>>> read_crd(yaml::Node root, source::Location& where);

}  // namespace meshfn::schema
