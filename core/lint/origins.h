#pragma once

// Where rendered YAML came from: Helm writes `# Source: chart/templates/x.yaml` above every
// document, Kustomize an annotation `config.kubernetes.io/origin`. A line of the rendered text is
// of little use to somebody who can only edit the template.

#include <map>
#include <string>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "lint/object_index.h"

namespace meshfn::lint {

/// Fills `origin` of each finding whose document says where it came from.
void add_origins(std::vector<diagnostic::Diagnostic>& findings, const ObjectIndex& objects,
                 const std::map<const source::File*, const yaml::Tree*>& trees);

}  // namespace meshfn::lint
