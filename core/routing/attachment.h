#pragma once

// Attachment in the Gateway API: which listeners of a parent take a route, with which host names,
// and why the others do not. One answer for lint, which reports the refusals, and for whatever
// builds route tables.

#include <string>
#include <string_view>
#include <vector>

#include "resource/gateway_api/gateway.h"
#include "resource/gateway_api/route.h"

namespace meshfn::routing {

/// What a listener says to a route, from the first question asked to the last.
enum class AttachReason {
  other_section,          ///< the reference names another listener
  other_port,             ///< the reference names another port
  kind_not_allowed,       ///< the listener does not take routes of this kind
  namespace_not_allowed,  ///< the listener does not take routes of this namespace
  hostname_disjoint,      ///< no host name is on both sides
  namespace_unknown,      ///< labels of the route's namespace decide, and the input lacks them
  accepted,
};

/// The reason that a controller writes into the route's status (condition Accepted):
/// "NoMatchingParent", "NotAllowedByListeners", "NoMatchingListenerHostname", "Accepted"; empty
/// when it is not known.
std::string_view condition_reason(AttachReason reason);

struct ListenerAttachment {
  const resource::gateway_api::Listener* listener = nullptr;
  AttachReason reason = AttachReason::accepted;
  /// Names for which the route is in force there; empty: every host. Only when accepted.
  std::vector<std::string> hostnames;
};

struct Attachment {
  std::vector<ListenerAttachment> listeners;  ///< one for each listener of the parent, in order
  /// Accepted when some listener is; otherwise the reason of the listener that came furthest.
  AttachReason reason = AttachReason::other_section;

  bool accepted() const { return reason == AttachReason::accepted; }
};

/// Attaches `route` to `gateway` by `parent`, the reference that led there. `namespace_labels`
/// are those of the route's namespace; null when the input does not show it.
Attachment attach(const resource::gateway_api::Route& route,
                  const resource::gateway_api::Reference& parent,
                  const resource::gateway_api::Gateway& gateway,
                  const resource::Labels* namespace_labels);

/// Whether a policy of namespace `own` admits namespace `other`.
enum class Admission { no, yes, unknown };
Admission admits(const resource::gateway_api::NamespacePolicy& policy, std::string_view own,
                 std::string_view other, const resource::Labels* labels);

/// Whether a listener's protocol carries routes of this kind; true for protocols that are not the
/// API's own.
bool carries(const resource::gateway_api::Listener& listener,
             resource::gateway_api::RouteKind kind);

/// What `hostnames` of a route and a listener's hostname have in common: names, the narrower of
/// each pair; nothing when they exclude each other. An empty name stands for every host.
std::vector<std::string> common_hostnames(std::string_view listener,
                                          const std::vector<resource::Text>& hostnames);

}  // namespace meshfn::routing
