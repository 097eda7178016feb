#pragma once

// The effective route table: which listener takes a request, which virtual host, and its routes in
// the order in which the proxy looks at them. Built from each dialect by its own file, read by
// lint (shadowing), render, route and simulate, so that all of them mean the same.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/boxed.h"
#include "base/shared.h"
#include "routing/action.h"
#include "routing/match.h"

namespace meshfn::routing {

/// Whose rules a route follows; `kubernetes` is what happens without any.
enum class Dialect : std::uint8_t { kubernetes, istio, gateway_api, linkerd };

/// "Kubernetes", "Istio", "Gateway API", "Linkerd".
std::string_view to_string(Dialect dialect);

/// One rule: conditions and what is done.
struct Route {
  Dialect dialect = Dialect::kubernetes;
  Protocol protocol = Protocol::http;
  std::string resource;  ///< "VirtualService prod/reviews"
  std::string name;      ///< its own name, or "http[2]"
  source::Location where;

  std::vector<Match> matches;  ///< one of them must hold; empty: every request
  std::vector<Match> within;   ///< and one of these, when not empty (a lenient delegate's root)
  std::vector<Destination> destinations;
  Boxed<Redirect> redirect;
  Boxed<DirectResponse> direct_response;
  Boxed<Rewrite> rewrite;
  std::vector<Mirror> mirrors;
  Boxed<Fault> fault;
  std::vector<HeaderChange> headers;
  Boxed<Cors> cors;
  Sourced<std::optional<Duration>> timeout;  ///< absent: none
  Shared<Retries> retries;
  std::string delegate;  ///< `namespace/name` the rule came from or wants to come from

  /// The first match that holds; null when none does. A route without matches answers with a match
  /// that has no conditions.
  const Match* find_match(const Request& request) const;
  /// Whether it takes every request that reaches it.
  bool is_catch_all() const;
  /// Sum of the weights; 0 when no destination takes traffic.
  std::uint64_t total_weight() const;
};

/// Whether `earlier` leaves nothing for match `index` of `later` (0 for a route without matches).
/// Only a single earlier match is considered, never several together.
bool covers(const Route& earlier, const Route& later, std::size_t index);

/// Names that share routes.
struct VirtualHost {
  std::vector<std::string> domains;  ///< as accepted, short names of a Service included
  std::string host;                  ///< the complete name
  std::vector<std::uint32_t> ports;  ///< on which it exists; empty: any
  std::vector<Route> routes;         ///< in effective order
  source::Location where;
};

/// Where requests come in: `mesh` (sidecars' own traffic) or a server of a gateway.
struct Listener {
  std::string gateway;   ///< "mesh" or "namespace/name"
  std::string resource;  ///< "Gateway prod/web"; empty for mesh
  std::optional<std::uint32_t> port;
  std::string protocol;  ///< "HTTP", "HTTPS", "TLS", "TCP"; empty for mesh
  std::vector<std::string> hosts;
  bool https_redirect = false;
  std::vector<VirtualHost> virtual_hosts;
  source::Location where;
};

/// Something the mesh does without saying so: a rule it drops, a resource it ignores.
struct Note {
  std::string message;
  source::Location where;
};

struct Table {
  std::vector<Listener> listeners;
  std::vector<Note> notes;

  /// The listener `mesh`, made when there is none.
  Listener& mesh();
};

/// A rule that was looked at and did not take the request.
struct Attempt {
  const Route* route = nullptr;
  const Match* match = nullptr;  ///< null for a route without matches
  source::Location where;        ///< the condition that failed
  std::string why;
};

/// Where a request goes. Pointers into the Table; null from the level on where it got lost.
struct Answer {
  const Listener* listener = nullptr;
  const VirtualHost* virtual_host = nullptr;
  const Route* route = nullptr;
  const Match* match = nullptr;
  std::vector<Attempt> tried;  ///< in order, the taken one left out
  std::string lost;            ///< why nothing took it; empty when something did
};

/// Follows `request` through the table and keeps account of what was tried.
Answer explain(const Table& table, const Request& request);

/// Like `explain` without the account; null when nothing takes the request.
const Route* find_route(const Table& table, const Request& request);

/// The path that the destination sees: after the rewrite of `route`, which took `request` by
/// `match`.
std::string rewritten_path(const Route& route, const Match& match, const Request& request);

/// The Location that a redirect answers with.
std::string redirect_location(const Redirect& redirect, const Match& match, const Request& request);

}  // namespace meshfn::routing
