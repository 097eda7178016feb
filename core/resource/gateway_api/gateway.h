#pragma once

// Gateway and ListenerSet of the Gateway API: the listeners that routes attach to, and whom they
// let in. Istio's own Gateway is another kind (istio/gateway.h).

#include <string_view>
#include <vector>

#include "resource/gateway_api/reference.h"

namespace meshfn::resource::gateway_api {

enum class Protocol { http, https, tls, tcp, udp, other };

/// Which namespaces may attach.
enum class From { same, all, selector, none };

struct NamespacePolicy {
  From from = From::same;
  yaml::Node node;      ///< `namespaces`; absent when the default applies
  yaml::Node selector;  ///< a LabelSelector over namespaces, for From::selector
};

/// `allowedRoutes.kinds[]`.
struct AllowedKind {
  yaml::Node node;
  std::string_view group;
  std::string_view kind;
};

struct Listener {
  yaml::Node node;
  Text name;
  Text hostname;  ///< absent or empty: every host
  Integer port;
  Text protocol_name;
  Protocol protocol = Protocol::other;
  yaml::Node tls;
  bool passes_through = false;  ///< `tls.mode` is Passthrough
  std::vector<Reference> certificates;
  NamespacePolicy namespaces;
  std::vector<AllowedKind> kinds;  ///< empty: what the protocol implies
};

/// A Gateway, or a ListenerSet that adds listeners to one.
struct Gateway : Object {
  bool is_listener_set = false;
  Text class_name;   ///< Gateway only
  Reference parent;  ///< ListenerSet only: the Gateway it belongs to
  std::vector<Listener> listeners;
  NamespacePolicy listener_sets;  ///< Gateway only: ListenerSets that may attach; default none
};

/// Reads an object of kind Gateway or ListenerSet.
Gateway decode_gateway(Object object);

}  // namespace meshfn::resource::gateway_api
