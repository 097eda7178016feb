#pragma once

// Istio resources to the effective route table: which VirtualServices a sidecar or a gateway sees,
// how several for one host come together, what a Service without one does (pilot networking/core:
// httproute.go, gateway.go). What Istio ignores in silence becomes a note.

#include <string>

#include "resource/mesh.h"
#include "routing/table.h"

namespace meshfn::routing {

/// From where the table is seen.
struct IstioOptions {
  /// Namespace of the calling sidecars: decides what `exportTo` shows and which short names they
  /// accept. Empty: everything is shown and every short name accepted.
  std::string client_namespace;
  /// Keep delegate rules that Istio would drop, as istio-config-validator does.
  bool lenient_delegates = false;
};

/// Istio's own resources alone: one listener `mesh` and one for every server of every Gateway. The
/// table points into the trees the mesh was loaded from.
Table istio_table(const resource::Mesh& mesh, const IstioOptions& options = {});

/// Whether a resource of namespace `scope` with this `exportTo` is seen from `client`.
bool is_visible(const std::vector<resource::Text>& export_to, std::string_view scope,
                std::string_view client);

/// The HTTP rules of `service` with its delegates merged in, in the order written; what is dropped
/// is said in `notes`.
std::vector<Route> http_routes(const resource::Mesh& mesh,
                               const resource::istio::VirtualService& service,
                               const IstioOptions& options, std::vector<Note>& notes);

/// A host that the mesh knows without any routing: a Service or a ServiceEntry.
struct KnownHost {
  std::string host;  ///< complete name
  std::string name_space;
  std::vector<std::uint32_t> ports;
  source::Location where;
};

/// All of them visible to `client_namespace` (empty: all), Services first.
std::vector<KnownHost> known_hosts(const resource::Mesh& mesh, std::string_view client_namespace);

/// What a sidecar does with a host that no rule names: straight to the service.
Route default_route(const std::string& host, source::Location where);

/// The names under which sidecars take requests for `host`, which was named by an object of
/// `name_space`: all that anyone may use when no client is given.
std::vector<std::string> mesh_domains(const std::string& host, std::string_view name_space,
                                      const IstioOptions& options);

}  // namespace meshfn::routing
