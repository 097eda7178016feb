// The listeners of Sidecars.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/listeners.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Object;
using resource::Text;

void sidecars_say_something(const Object& object, Findings& found) {
  for (const std::string_view field : {"egress", "ingress"}) {
    if (object.spec.find(field).size() > 0) return;
  }
  for (const std::string_view field : {"outboundTrafficPolicy", "inboundConnectionPool"}) {
    if (object.spec.find(field).is_mapping()) return;
  }
  found.add(object.where(), "the Sidecar sets nothing")
      .with_help("add `egress` with the hosts that its workloads call");
}

/// Egress listeners without a port take what the others leave, so one is enough, at the end.
void catch_all_is_last(const Object& object, Findings& found) {
  const yaml::Node egress = object.spec.find("egress");
  for (std::uint32_t i = 0; i + 1 < egress.size(); ++i) {
    const yaml::Node listener = egress.item(i);
    if (!listener.is_mapping() || listener.find("port")) continue;
    found.add(listener.where(), "an egress listener without a port is not the last one")
        .relate(egress.item(egress.size() - 1).where(), "the last one")
        .with_help("a listener without a port is for all ports that no other has: keep one, last");
  }
}

void listeners_differ(const Object& object, Findings& found) {
  std::map<std::pair<Listener::Of, std::string>, source::Location> seen;
  for (const Listener& listener : listeners(object)) {
    const bool by_path = listener.number.value == 0;
    const Text& bind = listener.bind;
    if (!listener.port || (by_path && bind.value.empty())) continue;
    const std::string key =
        by_path ? std::string(bind.value) : fmt::format("port {}", listener.number.value);
    const source::Location where = by_path ? bind.where() : listener.number.where();
    const auto [first, is_new] = seen.try_emplace({listener.of, key}, where);
    if (is_new) continue;
    found.add(where, fmt::format("two listeners have {}", by_path ? fmt::format("`{}`", key) : key))
        .relate(first->second, "the first one")
        .with_help("merge them into one listener");
  }
}

/// The addresses that a sidecar may hand its requests to; empty is the pod's own.
constexpr std::array<std::string_view, 5> kLocal = {"", "127.0.0.1", "0.0.0.0", "::1", "::"};

std::string endpoint_problem(std::string_view endpoint) {
  constexpr std::string_view kUnix = "unix://";
  if (endpoint.starts_with(kUnix)) return istio::unix_path_problem(endpoint.substr(kUnix.size()));
  const std::size_t colon = endpoint.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : yaml::to_int(endpoint.substr(colon + 1));
  if (!port) return fmt::format("`{}` has no port", endpoint);
  std::string_view host = endpoint.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return fmt::format("`{}`: an IPv6 address before a port stands in brackets", endpoint);
  }
  if (std::find(kLocal.begin(), kLocal.end(), host) == kLocal.end()) {
    return fmt::format("`{}` is not the pod itself", host);
  }
  return istio::port_problem(*port);
}

void endpoints_are_local(const Object& object, Findings& found) {
  for (const yaml::Node listener : object.spec.find("ingress").items()) {
    const Text endpoint = resource::text(listener.find("defaultEndpoint"));
    if (endpoint.value.empty()) continue;
    const std::string problem = endpoint_problem(endpoint.value);
    if (problem.empty()) continue;
    found.add(endpoint.where(), problem)
        .with_help(
            "write `127.0.0.1:PORT`, `0.0.0.0:PORT` (the pod's address), `[::1]:PORT`, "
            "`[::]:PORT` or `unix:///path`");
  }
}

void check_tls(const Listener& listener, Findings& found) {
  for (const std::string_view field :
       {"subjectAltNames", "credentialName", "credentialNames", "tlsCertificates"}) {
    if (!listener.has(field)) continue;
    found
        .add(listener.tls.find_key(field).where(),
             fmt::format("a Sidecar's ingress cannot have `{}`", field))
        .with_help("give the certificate as files of the proxy: `serverCertificate`, `privateKey`");
  }
  const auto redirect = resource::boolean(listener.tls.find("httpsRedirect"));
  if (redirect.value) {
    found.add(redirect.where(), "a Sidecar's ingress does not redirect")
        .with_help("remove it; Gateways redirect to HTTPS");
  }
  if (listener.mode.value == "ISTIO_MUTUAL" || listener.mode.value == "AUTO_PASSTHROUGH") {
    found
        .add(listener.mode.where(),
             fmt::format("a Sidecar's ingress cannot have mode {}", listener.mode.value))
        .with_help(
            "the mesh's own TLS is set by PeerAuthentication; other TLS is SIMPLE or MUTUAL");
  }
  const istio::Protocol protocol = istio::protocol(listener.protocol.value);
  if (listener.port && !istio::speaks_tls(protocol)) {
    found
        .add(listener.protocol ? listener.protocol.where() : listener.port.where(),
             fmt::format("an ingress listener with `tls` has protocol HTTPS or TLS, not {}",
                         listener.protocol.value_or("none")))
        .relate(listener.tls.where(), "the TLS settings")
        .with_help("use HTTPS, or TLS when requests are not HTTP");
  }
}

void ingress_tls_is_possible(const Object& object, Findings& found) {
  for (const Listener& listener : listeners(object)) {
    if (listener.of == Listener::Of::ingress && listener.tls.is_mapping()) {
      check_tls(listener, found);
    }
  }
}

void http_limits_are_for_http(const Object& object, Findings& found) {
  for (const Listener& listener : listeners(object)) {
    const yaml::Node http = listener.node.at("connectionPool", "http");
    if (listener.of != Listener::Of::ingress || !http.is_mapping()) continue;
    const istio::Protocol protocol = istio::protocol(listener.protocol.value);
    if (listener.protocol.value.empty() || istio::speaks_http(protocol)) continue;
    if (protocol == istio::Protocol::unknown) continue;
    found
        .add(listener.node.find("connectionPool").find_key("http").where(),
             fmt::format("limits of HTTP have no effect on protocol {}", listener.protocol.value))
        .relate(listener.protocol.where(), "the protocol")
        .with_help("set `tcp` limits, or correct the protocol");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1511",
     .name = "sidecar-empty",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A Sidecar sets something",
     .why = "Istio's webhook refuses a Sidecar without egress, ingress, outbound policy and "
            "inbound connection pool.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop} #!
spec:
  workloadSelector: {labels: {app: web}}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  workloadSelector: {labels: {app: web}}
  egress: [{hosts: [./*]}]
)",
     .aliases = "IST0106",
     .check = each_of<kSidecars, sidecars_say_something>},
    {.id = "MF1512",
     .name = "sidecar-catch-all-order",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The egress listener without a port is the last one",
     .why = "It takes what no listener before it does. Istio's webhook refuses others behind it, "
            "and a second one.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts: [./*] #!
  - hosts: [db/*]
    port: {number: 5432, name: tcp, protocol: TCP}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts: [db/*]
    port: {number: 5432, name: tcp, protocol: TCP}
  - hosts: [./*]
)",
     .aliases = "IST0106",
     .check = each_of<kSidecars, catch_all_is_last>},
    {.id = "MF1513",
     .name = "sidecar-listener-duplicate",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The listeners of a Sidecar have different ports",
     .why = "Two listeners cannot share a port or a socket; Istio's webhook refuses the second.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts: [db/*]
    port: {number: 5432, name: tcp, protocol: TCP}
  - hosts: [crm/*]
    port: {number: 5432, name: tcp-crm, protocol: TCP} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts: [db/*, crm/*]
    port: {number: 5432, name: tcp, protocol: TCP}
)",
     .aliases = "IST0106",
     .check = each_of<kSidecars, listeners_differ>},
    {.id = "MF1514",
     .name = "sidecar-endpoint-not-local",
     .severity = Severity::error,
     .group = "istio",
     .summary = "An ingress listener hands requests to its own pod",
     .why = "A sidecar serves its pod only; Istio's webhook refuses other addresses, and those "
            "without a port.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  ingress:
  - port: {number: 9080, name: http, protocol: HTTP}
    defaultEndpoint: 10.0.0.7:8080 #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  ingress:
  - port: {number: 9080, name: http, protocol: HTTP}
    defaultEndpoint: 127.0.0.1:8080
)",
     .aliases = "IST0106",
     .check = each_of<kSidecars, endpoints_are_local>},
    {.id = "MF1515",
     .name = "sidecar-ingress-tls",
     .severity = Severity::error,
     .group = "istio",
     .summary = "TLS of an ingress listener has what sidecars can do",
     .why = "A sidecar takes certificates from files and ends TLS on HTTPS and TLS ports; it "
            "reads no Secrets and redirects nothing. Istio's webhook refuses the rest.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  ingress:
  - port: {number: 9443, name: https, protocol: HTTPS}
    defaultEndpoint: 127.0.0.1:8080
    tls:
      mode: SIMPLE
      credentialName: web #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: web, namespace: shop}
spec:
  ingress:
  - port: {number: 9443, name: https, protocol: HTTPS}
    defaultEndpoint: 127.0.0.1:8080
    tls:
      mode: SIMPLE
      serverCertificate: /etc/certs/cert.pem
      privateKey: /etc/certs/key.pem
)",
     .aliases = "IST0106",
     .check = each_of<kSidecars, ingress_tls_is_possible>},
    {.id = "MF1516",
     .name = "sidecar-http-pool-idle",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "HTTP limits are set on HTTP listeners",
     .why = "On a port of another protocol the proxy sees bytes, not requests, and the limits "
            "are ignored.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: db, namespace: shop}
spec:
  ingress:
  - port: {number: 5432, name: tcp, protocol: TCP}
    connectionPool:
      http: {http2MaxRequests: 100} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: db, namespace: shop}
spec:
  ingress:
  - port: {number: 5432, name: tcp, protocol: TCP}
    connectionPool:
      tcp: {maxConnections: 100}
)",
     .aliases = "IST0133",
     .check = each_of<kSidecars, http_limits_are_for_http>},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family sidecar_listener_rules() { return kRules; }

}  // namespace meshfn::lint
