#pragma once

// What a Sidecar resource lets the sidecars of a namespace know (networking.istio.io Sidecar,
// `egress`): hosts that no entry names are not there for them.

#include <string>
#include <utility>
#include <vector>

#include "resource/mesh.h"
#include "routing/table.h"

namespace meshfn::routing {

class EgressScope {
 public:
  /// The scope of sidecars in `client` (empty: everything is shown): that of the namespace's own
  /// Sidecar without a selector, else of the root namespace's. One with a selector is for some pods
  /// only, which is noted and otherwise passed over.
  EgressScope(const resource::Mesh& mesh, std::string_view client, std::vector<Note>& notes);

  /// Whether a host that an object of namespace `scope` brings along is known.
  bool shows(std::string_view scope, std::string_view host) const;

 private:
  bool use(const resource::Object& sidecar, std::string_view client);

  bool limited_ = false;
  std::vector<std::pair<std::string, std::string>> hosts_;  ///< namespace or `*`, and host
};

}  // namespace meshfn::routing
