#pragma once

// Linkerd's objects as its controllers see them: their groups, and pods with the annotations that
// their namespace gives them.

#include <string_view>

#include "diagnostic/diagnostic.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "resource/label_selector.h"
#include "resource/linkerd/injection.h"
#include "resource/mesh.h"

namespace meshfn::lint::linkerd {

inline constexpr std::string_view kPolicy = "policy.linkerd.io";
inline constexpr std::string_view kGatewayApi = resource::gateway_api::kGroup;
inline constexpr std::string_view kProfiles = "linkerd.io";
inline constexpr std::string_view kSplits = "split.smi-spec.io";

inline bool is_profile(const resource::Object& object) {
  return objects::is(object, kProfiles, "ServiceProfile");
}

using resource::linkerd::Injected;
using resource::linkerd::injected;
using resource::linkerd::pod_annotation;

/// Whether anything in the input belongs to Linkerd: an object of its groups or an annotation.
bool uses_linkerd(const resource::Mesh& mesh);

/// `Each` for rules about what Linkerd does to pods: without Linkerd nothing is looked at.
template <auto Check>
struct EachInjected {
  static void run(const resource::Mesh& mesh, diagnostic::Findings& found) {
    if (uses_linkerd(mesh)) Each<Check>::all(mesh, found);
  }
};

}  // namespace meshfn::lint::linkerd
