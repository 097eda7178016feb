#pragma once

// Host names as the mesh sees them. Short names are completed with a namespace, wildcards stand
// for a leading part, and the most specific name wins. The rules are Istio's (pkg/config/host and
// the analyzers' resolution) and Envoy's (RouteConfiguration, `domains`); Gateway API differs and
// has its own functions here.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn::routing {

/// What Kubernetes puts behind the namespace of a Service.
inline constexpr std::string_view kServiceDomain = "svc.cluster.local";

/// A host without a dot becomes `host.name_space.svc.cluster.local`; a host with a dot, or one
/// that starts with `*`, stays as it is (Istio ResolveShortnameToFQDN: `svc.ns` is not expanded).
/// Without a namespace the host stays as it is.
std::string fqdn(std::string_view host, std::string_view name_space);

/// A Service by name; `name_space` is empty for hosts outside Kubernetes.
struct ServiceName {
  std::string name;
  std::string name_space;

  friend bool operator==(const ServiceName&, const ServiceName&) = default;
};

/// The Service behind `name.ns.svc.cluster.local`, which may also be written `name.ns.svc`;
/// nothing for other names.
std::optional<ServiceName> service_of(std::string_view fqdn);

/// Whether the name starts with `*`.
bool is_wildcard(std::string_view host);

/// Whether some name is meant by both (Istio host.Name.Matches): the text after `*` must end the
/// other name, and `*foo.com` therefore also meets `barfoo.com`. Case does not count.
bool overlaps(std::string_view a, std::string_view b);

/// Whether every name meant by `narrow` is meant by `wide` (Istio host.Name.SubsetOf).
bool covers_host(std::string_view wide, std::string_view narrow);

/// Whether a request to `host`, without port, belongs to the virtual host domain `domain`. A
/// wildcard stands for at least one character (Envoy, route_components.proto, `domains`).
bool domain_matches(std::string_view domain, std::string_view host);

/// Whether `a` is looked at before `b` when both match: exact names first, then wildcards by
/// falling length, `*` last (Envoy, `domains`).
bool more_specific(std::string_view a, std::string_view b);

/// Index of the domain that takes `host`; nothing when none does. The first of equals.
std::optional<std::size_t> best_domain(std::span<const std::string> domains, std::string_view host);

/// Gateway API: `*.x` stands for one or more labels left of `x`, and never for `x` itself.
bool hostname_matches(std::string_view pattern, std::string_view host);

/// Gateway API: what a listener's and a route's hostname have in common, the narrower of the two;
/// nothing when they exclude each other. An empty name means every host.
std::optional<std::string> intersect(std::string_view listener, std::string_view route);

/// `host:port` taken apart; IPv6 literals keep their brackets off.
struct Authority {
  std::string host;
  std::optional<std::uint32_t> port;
};

Authority split_authority(std::string_view authority);

/// The names under which sidecars in `client_namespace` accept requests for a Service, shortest
/// first: `name` (same namespace only), `name.ns`, `name.ns.svc` and the full name (Istio
/// GenerateAltVirtualHosts). Other hosts have only themselves.
std::vector<std::string> names_of(std::string_view fqdn, std::string_view client_namespace);

/// `namespace/name` of a gateway as a VirtualService refers to it: `mesh` stays, `a/b` stays, a
/// bare name belongs to `name_space` (none: it stays bare), and `b.a.svc.cluster.local` is `a/b`.
std::string gateway_name(std::string_view reference, std::string_view name_space);

}  // namespace meshfn::routing
