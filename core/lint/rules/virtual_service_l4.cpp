// Routes of connections: tls and tcp.

#include <fmt/format.h>

#include <algorithm>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/places.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::VirtualService;

constexpr std::string_view kRoutes[] = {"tls[]", "tcp[]"};

void connections_go_somewhere(const VirtualService& service, const Mesh&, Findings& found) {
  each_at_any(service.spec, kRoutes, [&](yaml::Node route) {
    if (!route.is_mapping() || route.find("route").size() > 0) return;
    found.add(route.where(), "this route has no destination").with_help("add `route:`");
  });
  each_at(service.spec, "tls[].match", [&](yaml::Node list) {
    if (!list.is_sequence() || list.size() > 0) return;
    found.add(list.where(), "a tls route needs a match").with_help("add `sniHosts`");
  });
  each_at(service.spec, "tls[].match[].sniHosts", [&](yaml::Node list) {
    if (!list.is_sequence() || list.size() > 0) return;
    found.add(list.where(), "a tls match needs hosts").with_help("add a host to `sniHosts`");
  });
}

void sni_hosts_are_of_the_service(const VirtualService& service, const Mesh&, Findings& found) {
  each_at(service.spec, "tls[].match[].sniHosts[]", [&](yaml::Node sni) {
    if (istio::is_ip(sni.text()) || service.hosts.empty()) return;
    const bool is_name =
        istio::domain_problem(sni.text()).empty() || istio::is_generated_name(sni.text());
    if (!is_name) return;  // reported as such
    const bool is_covered = std::any_of(
        service.hosts.begin(), service.hosts.end(),
        [&](const resource::Text& host) { return routing::covers_host(host.value, sni.text()); });
    if (is_covered) return;
    found
        .add(sni.where(),
             fmt::format("`{}` is none of the hosts of this VirtualService", sni.text()))
        .relate(service.hosts.front().where(), "the hosts")
        .with_help("add it to `hosts`, or correct it");
  });
}

void sni_hosts_are_names(const VirtualService& service, const Mesh&, Findings& found) {
  each_at(service.spec, "tls[].match[].sniHosts[]", [&](yaml::Node sni) {
    if (!istio::is_ip(sni.text())) return;
    found.add(sni.where(), fmt::format("`{}` is never sent as SNI: it is an address", sni.text()))
        .with_help("match by `destinationSubnets`, or name a host");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1150",
     .name = "connection-route-incomplete",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Routes of connections have a destination, and tls routes hosts",
     .why = "Istio's webhook refuses a tls or tcp route without destination, and a tls route "
            "without names to match.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.shop.svc.cluster.local]
  tls:
  - match: [{sniHosts: []}] #!
    route: [{destination: {host: db}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.shop.svc.cluster.local]
  tls:
  - match: [{sniHosts: [db.shop.svc.cluster.local]}]
    route: [{destination: {host: db}}]
)",
     .aliases = "IST0106",
     .check = Each<connections_go_somewhere>::run},
    {.id = "MF1153",
     .name = "sni-host-unrelated",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A tls route matches names of its VirtualService's hosts",
     .why = "Istio's webhook refuses a name in `sniHosts` that no entry of `hosts` covers.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.example.com]
  tls:
  - match: [{sniHosts: [data.example.com]}] #!
    route: [{destination: {host: db}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: ["*.example.com"]
  tls:
  - match: [{sniHosts: [data.example.com]}]
    route: [{destination: {host: db}}]
)",
     .aliases = "IST0106",
     .check = Each<sni_hosts_are_of_the_service>::run},
    {.id = "MF1154",
     .name = "sni-host-address",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Names to match in SNI are names, not addresses",
     .why = "Clients send no SNI when they connect to an address (RFC 6066, section 3), so the "
            "route never applies.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: [10.0.0.7]
  tls:
  - match: [{sniHosts: [10.0.0.7]}] #!
    route: [{destination: {host: db}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: shop}
spec:
  hosts: [db.example.com]
  tls:
  - match: [{sniHosts: [db.example.com]}]
    route: [{destination: {host: db}}]
)",
     .aliases = "IST0133",
     .check = Each<sni_hosts_are_names>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_l4_rules() { return kRules; }

}  // namespace meshfn::lint
