#include "routing/egress_scope.h"

#include <fmt/format.h>

#include <algorithm>

#include "routing/host.h"
#include "routing/istio_route.h"

namespace meshfn::routing {

EgressScope::EgressScope(const resource::Mesh& mesh, std::string_view client,
                         std::vector<Note>& notes) {
  if (client.empty()) return;
  for (const std::string_view scope : {client, std::string_view(mesh.settings().istio_namespace)}) {
    for (const resource::Object* sidecar : mesh.of_kind("networking.istio.io", "Sidecar")) {
      if (sidecar->scope != scope) continue;
      if (sidecar->spec.find("workloadSelector")) {
        notes.push_back(
            {fmt::format("{} is for some pods only and is not looked at", resource_name(*sidecar)),
             sidecar->where()});
      } else if (use(*sidecar, client)) {
        return;
      }
    }
  }
}

bool EgressScope::use(const resource::Object& sidecar, std::string_view client) {
  for (const yaml::Node listener : sidecar.spec.find("egress").items()) {
    for (const yaml::Node entry : listener.find("hosts").items()) {
      const std::string_view text = entry.text();
      const std::size_t slash = text.find('/');
      if (slash == text.npos) continue;
      limited_ = true;
      const std::string_view scope = text.substr(0, slash);
      if (scope == "~") continue;
      hosts_.emplace_back(scope == "." ? client : scope, text.substr(slash + 1));
    }
  }
  return limited_;
}

bool EgressScope::shows(std::string_view scope, std::string_view host) const {
  if (!limited_) return true;
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& entry) {
    return (entry.first == "*" || entry.first == scope) && overlaps(entry.second, host);
  });
}

}  // namespace meshfn::routing
