#pragma once

// Routes and annotations as Linkerd's policy controller reads them, one Route for each match.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "resource/mesh.h"
#include "routing/table.h"

namespace meshfn::routing {

/// What annotations of a Service or a route say about outbound requests.
struct OutboundPolicy {
  Sourced<std::optional<Duration>> timeout;
  Shared<Retries> retries;
  bool has_timeouts = false;
  bool has_retries = false;
};

/// Reads the annotations of `object`; a group with a value that cannot be read counts as absent,
/// with a note.
OutboundPolicy outbound_policy(const resource::Object& object, std::vector<Note>& notes);

/// Whether Linkerd gives up on the whole route because of a filter that it does not know; the note
/// then says so.
bool is_dropped(const resource::gateway_api::Route& route, std::vector<Note>& notes);

/// The rules of `route` on the Service `host`, whose annotations say `service`. Not yet ranked.
std::vector<Route> linkerd_routes(const resource::Mesh& mesh,
                                  const resource::gateway_api::Route& route,
                                  const std::string& host, const OutboundPolicy& service,
                                  std::vector<Note>& notes);

}  // namespace meshfn::routing
