#include "routing/mesh_table.h"

#include "routing/gateway_api.h"
#include "routing/linkerd.h"

namespace meshfn::routing {

Table mesh_table(const resource::Mesh& mesh, const IstioOptions& options) {
  Table table = istio_table(mesh, options);
  add_gateway_api(mesh, options, !linkerd_reads_services(mesh), table);
  add_linkerd(mesh, options, table);
  return table;
}

}  // namespace meshfn::routing
