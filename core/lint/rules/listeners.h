#pragma once

// Every place where Istio's networking kinds tell a proxy to listen: the servers of a Gateway, and
// the ingress and egress listeners of a Sidecar. They share their port, their address and, but for
// egress, their TLS settings, and so the rules about those.

#include <array>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "resource/mesh.h"

namespace meshfn::lint {

inline constexpr std::array<std::string_view, 1> kSidecars = {"Sidecar"};

/// Whether the object is of this kind of networking.istio.io.
bool is_networking(const resource::Object& object, std::string_view kind);

/// `each_of<kinds, check>` is the `check` of a rule about objects of these kinds of
/// networking.istio.io, one by one; those given as context are passed over.
template <const auto& Kinds, void (*Check)(const resource::Object&, diagnostic::Findings&)>
void each_of(const resource::Mesh& mesh, diagnostic::Findings& found) {
  for (const std::string_view kind : Kinds) {
    for (const resource::Object* object : mesh.of_kind("networking.istio.io", kind)) {
      if (!object->context) Check(*object, found);
    }
  }
}

/// Whether TLS settings of this mode leave TLS alone; so do settings without a mode.
inline bool passes_through(std::string_view mode) {
  return mode.empty() || mode == "PASSTHROUGH" || mode == "AUTO_PASSTHROUGH";
}

struct Listener {
  enum class Of : std::uint8_t { gateway, ingress, egress };

  Of of = Of::gateway;
  yaml::Node node;  ///< the server, or the item of `ingress` or `egress`
  yaml::Node port;  ///< absent: an egress listener for all other ports
  resource::Integer number;
  resource::Text name;
  resource::Text protocol;
  resource::Text bind;
  yaml::Node tls;
  resource::Text mode;  ///< of TLS; absent: PASSTHROUGH

  /// Whether it is bound to a Unix socket instead of an address.
  bool is_unix() const { return bind.value.starts_with("unix://"); }

  /// Whether it ends the TLS of its clients with a certificate that the user provides.
  bool terminates() const;

  /// Whether the field of `tls` is there and not empty.
  bool has(std::string_view field) const;

  /// Where to point for the TLS settings as a whole.
  source::Location tls_place() const { return mode ? mode.where() : tls.where(); }
};

/// Of one object; none for other kinds.
std::vector<Listener> listeners(const resource::Object& object);

/// Those of every Gateway, and then of every Sidecar, that is to be judged, in the order read.
const std::vector<Listener>& listeners(const resource::Mesh& mesh);

/// Those of them that have TLS settings.
std::vector<Listener> secured_listeners(const resource::Mesh& mesh);

}  // namespace meshfn::lint
