#pragma once

// Where suppressions come from: comments and annotations in the input, ignores in the
// configuration.

#include <string>
#include <vector>

#include "config/config.h"
#include "diagnostic/suppression.h"
#include "resource/mesh.h"

namespace meshfn::lint {

/// The suppressions written as comments in a file. A comment that cannot be obeyed becomes a
/// finding.
std::vector<diagnostic::Silencer> comment_silencers(const yaml::Tree& tree,
                                                    std::vector<diagnostic::Diagnostic>& findings);

/// The suppressions written as `meshfn.dev/ignore` annotations (and `galley.istio.io/
/// analyze-suppress`, which istioctl obeys) on objects that are not context.
std::vector<diagnostic::Silencer> annotation_silencers(const resource::Mesh& mesh);

/// The `per-file-ignores` and `per-resource-ignores` of the configuration as they apply to this
/// mesh. `working_directory` makes the paths of both comparable.
std::vector<diagnostic::Silencer> config_silencers(const config::Config& config,
                                                   const resource::Mesh& mesh,
                                                   const std::string& working_directory);

}  // namespace meshfn::lint
