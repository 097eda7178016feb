#pragma once

// What a port carries, as the mesh reads it from `appProtocol`, the port's name or the protocol of
// a ServiceEntry or Gateway port.

#include <string_view>

#include "resource/kubernetes/service.h"

namespace meshfn::resource::kubernetes {

enum class Traffic {
  unknown,  ///< not said, so the proxy looks at the first bytes
  http,     ///< HTTP/1
  http2,    ///< HTTP/2 and gRPC
  tls,      ///< TLS that the proxy passes on, HTTPS included
  tcp,      ///< bytes; MongoDB, MySQL and Redis included
  udp
};

/// Of a protocol word in any case, as ServiceEntries and Gateways write it ("HTTP2").
Traffic traffic_of(std::string_view protocol);

/// Of a Service's port: `appProtocol` first, else the name up to its first dash.
Traffic traffic_of(const ServicePort& port);

/// Whether requests are seen, rather than bytes.
bool is_http(Traffic traffic);

/// Whether it is known that no requests are seen.
bool is_opaque(Traffic traffic);

}  // namespace meshfn::resource::kubernetes
