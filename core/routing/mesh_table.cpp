#include "routing/mesh_table.h"

#include "routing/gateway_api.h"
#include "routing/istio_route.h"
#include "routing/linkerd.h"

namespace meshfn::routing {

namespace {

/// Rules that say nothing about retries take the mesh's own policy, where it has one.
void set_default_retries(const resource::Mesh& mesh, Table& table) {
  const Shared<Retries> own = default_retries(mesh);
  const Retries* const builtin = &*default_retries();
  if (&*own == builtin) return;
  for (Listener& listener : table.listeners) {
    for (VirtualHost& host : listener.virtual_hosts) {
      for (Route& route : host.routes) {
        if (&*route.retries == builtin) route.retries = own;
      }
    }
  }
}

}  // namespace

Table mesh_table(const resource::Mesh& mesh, const IstioOptions& options) {
  Table table = istio_table(mesh, options);
  add_gateway_api(mesh, options, !linkerd_reads_services(mesh), table);
  set_default_retries(mesh, table);
  add_linkerd(mesh, options, table);
  return table;
}

}  // namespace meshfn::routing
