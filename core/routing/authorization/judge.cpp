#include "routing/authorization/caller.h"
#include "routing/authorization/istio.h"
#include "routing/authorization/linkerd.h"

namespace meshfn::routing {

Verdict judge(const resource::Mesh& mesh, const Caller& caller, const Request& request,
              const Target& target) {
  if (linkerd::is_meshed(mesh, target)) return linkerd::judge(mesh, caller, request, target);
  return istio::judge(mesh, caller, request, target);
}

}  // namespace meshfn::routing
