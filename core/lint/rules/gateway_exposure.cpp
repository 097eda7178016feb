// What the servers of Gateways let in, together.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/insight_families.h"
#include "resource/kubernetes/traffic.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::Gateway;
using resource::istio::Server;
using resource::kubernetes::Traffic;
using resource::kubernetes::traffic_of;

/// The selector as one text, whatever the order it is written in.
std::string pods_of(const Gateway& gateway) {
  std::vector<std::string> labels;
  for (const auto& label : gateway.selector) {
    labels.push_back(fmt::format("{}={}", label.key.value, label.value.value));
  }
  std::sort(labels.begin(), labels.end());
  return str::join(labels, ",");
}

/// Host of a server without its namespace.
std::string_view host_of(const Text& host) {
  const std::size_t slash = host.value.find('/');
  return slash == std::string_view::npos ? host.value : host.value.substr(slash + 1);
}

void gateways_choose_their_pods(const Gateway& gateway, const Mesh&, Findings& found) {
  if (!gateway.selector.empty() || gateway.servers.empty()) return;
  found
      .add(gateway.where(), "without a selector this Gateway is for every proxy, sidecars included")
      .with_help("select the pods of one gateway: `selector: {istio: ingressgateway}`");
}

void suites_keep_secrets(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Server& server : gateway.servers) {
    for (const yaml::Node suite : server.tls.find("cipherSuites").items()) {
      const std::string_view text = suite.text();
      const bool broken = text.find("DES") != std::string_view::npos;
      if (!broken && !text.starts_with("AES")) continue;
      found
          .add(suite.where(), broken ? fmt::format("`{}` can be broken", text)
                                     : fmt::format("`{}` has no forward secrecy", text))
          .with_help("use suites that begin with ECDHE and end with GCM or POLY1305");
    }
    const auto is_old = [](yaml::Node version) {
      return version.text() == "TLSV1_0" || version.text() == "TLSV1_1";
    };
    const yaml::Node highest = server.tls.find("maxProtocolVersion");
    if (is_old(highest)) {
      found.add(highest.where(), fmt::format("{} is refused by current clients", highest.text()))
          .with_help("leave maxProtocolVersion out");
    }
    // Without suites Istio warns of the version itself, and so does its rule.
    const yaml::Node lowest = server.tls.find("minProtocolVersion");
    if (is_old(lowest) && server.tls.find("cipherSuites")) {
      found.add(lowest.where(), fmt::format("{} lets clients agree on broken TLS", lowest.text()))
          .with_help("leave minProtocolVersion out: the default is TLSV1_2");
    }
  }
}

/// What a listener is built for; servers of one port have to agree.
std::string_view listener_kind(const Server& server) {
  const Traffic traffic = traffic_of(server.protocol.value);
  if (is_http(traffic)) return "HTTP";
  if (traffic == Traffic::tls) return "TLS";
  return traffic == Traffic::unknown ? std::string_view() : "TCP";
}

void ports_carry_one_kind(const Mesh& mesh, Findings& found) {
  using Key = std::tuple<std::string, std::int64_t, std::string_view>;
  std::map<Key, const Server*> seen;
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    const std::string pods = pods_of(gateway);
    if (pods.empty()) continue;
    for (const Server& server : gateway.servers) {
      const std::string_view kind = listener_kind(server);
      if (kind.empty() || !server.port_number) continue;
      const Key key{pods, server.port_number.value, server.node.find("bind").text()};
      const auto [first, is_new] = seen.emplace(key, &server);
      if (is_new || gateway.context || listener_kind(*first->second) == kind) continue;
      found
          .add(server.protocol.where(),
               fmt::format("port {} of these pods is for {} already", server.port_number.value,
                           listener_kind(*first->second)))
          .relate(first->second->protocol.where(), "here")
          .with_help("one of the two servers is dropped; use another port");
    }
  }
}

/// HTTPS servers by the pods that serve them, and by host.
class Encrypted {
 public:
  explicit Encrypted(const Mesh& mesh) {
    for (const Gateway& gateway : mesh.all<Gateway>()) {
      const std::string pods = pods_of(gateway);
      for (const Server& server : gateway.servers) {
        if (traffic_of(*server.protocol) != Traffic::tls) continue;
        for (const Text& host : server.hosts) {
          by_host_[pods].emplace(host_of(host), &server);
          if (routing::is_wildcard(host_of(host)))
            wide_.emplace(pods, std::pair(host_of(host), &server));
        }
      }
    }
  }

  bool any(const std::string& pods) const { return by_host_.contains(pods); }

  /// The server that has some name in common with `host`; null when none has.
  const Server* find(const std::string& pods, std::string_view host) const {
    const auto own = by_host_.find(pods);
    if (own == by_host_.end()) return nullptr;
    if (const auto same = own->second.find(host); same != own->second.end()) return same->second;
    const auto [begin, end] = wide_.equal_range(pods);
    for (auto one = begin; one != end; ++one) {
      if (routing::overlaps(one->second.first, host)) return one->second.second;
    }
    if (!routing::is_wildcard(host)) return nullptr;
    const auto inside =
        std::find_if(own->second.begin(), own->second.end(),
                     [&](const auto& entry) { return routing::overlaps(entry.first, host); });
    return inside == own->second.end() ? nullptr : inside->second;
  }

 private:
  std::map<std::string, std::map<std::string_view, const Server*>> by_host_;
  std::multimap<std::string, std::pair<std::string_view, const Server*>> wide_;
};

/// Calls `check(server, host, its HTTPS server or null, whether the pods have any)` for the hosts
/// of plain servers.
template <class Check>
void each_plain_host(const Mesh& mesh, Check check) {
  const Encrypted servers(mesh);
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    if (gateway.context) continue;
    const std::string pods = pods_of(gateway);
    for (const Server& server : gateway.servers) {
      if (!is_http(traffic_of(*server.protocol))) continue;
      for (const Text& host : server.hosts) {
        check(server, host, servers.find(pods, host_of(host)), servers.any(pods));
      }
    }
  }
}

void redirects_arrive(const Mesh& mesh, Findings& found) {
  each_plain_host(
      mesh, [&](const Server& server, const Text& host, const Server* encrypted, bool has_https) {
        // Without any HTTPS server here, that of the host may be in a Gateway that is not given.
        if (!server.https_redirect.value || encrypted != nullptr || !has_https) return;
        found
            .add(host.where(),
                 fmt::format("no HTTPS server takes what is redirected from `{}`", host.value))
            .relate(server.https_redirect.where(), "redirected to HTTPS here")
            .with_help("add a server for HTTPS with this host");
      });
}

void plain_text_is_redirected(const Mesh& mesh, Findings& found) {
  each_plain_host(mesh, [&](const Server& server, const Text& host, const Server* encrypted, bool) {
    if (server.https_redirect.value || encrypted == nullptr || host_of(host) == "*") return;
    found.add(host.where(), fmt::format("`{}` is served in plain text, too", host.value))
        .relate(encrypted->node.where(), "encrypted here")
        .with_help("add `tls: {httpsRedirect: true}` to the plain server");
  });
}

void passed_hosts_are_of_the_mesh(const Gateway& gateway, const Mesh&, Findings& found) {
  for (const Server& server : gateway.servers) {
    if (server.tls_mode.value != "AUTO_PASSTHROUGH") continue;
    for (const Text& host : server.hosts) {
      const std::string_view name = host_of(host);
      if (name.ends_with(".local") || name.ends_with(".global")) continue;
      found
          .add(host.where(),
               fmt::format("AUTO_PASSTHROUGH leads to Services, and `{}` names none", host.value))
          .relate(server.tls_mode.where(), "the mode")
          .with_help("use `*.local`, or PASSTHROUGH with tls routes");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5401",
     .name = "gateway-for-every-proxy",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Gateway selects pods",
     .why = "An empty selector selects all proxies of the mesh: every sidecar opens the ports of "
            "the Gateway.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop} #!
spec:
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [shop.example.com]}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [shop.example.com]}]
)",
     .check = Each<gateways_choose_their_pods>::run},
    {.id = "MF5402",
     .name = "cipher-weak",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Cipher suites and versions of TLS are ones to rely on",
     .why = "Triple DES can be broken, suites without ECDHE let a stolen key read recorded "
            "traffic, and clients refuse TLS below 1.2.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [shop.example.com]
    tls:
      mode: SIMPLE
      credentialName: shop
      cipherSuites: [ECDHE-RSA-AES128-GCM-SHA256, DES-CBC3-SHA] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [shop.example.com]
    tls:
      mode: SIMPLE
      credentialName: shop
      cipherSuites: [ECDHE-RSA-AES128-GCM-SHA256]
)",
     .check = Each<suites_keep_secrets>::run},
    {.id = "MF5403",
     .name = "gateway-port-of-two-kinds",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Servers of one port are all plain HTTP, all TLS or all TCP",
     .why = "A port of a proxy has one listener. Of servers that need different ones, the first "
            "is built and the others are dropped.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 8080, name: http, protocol: HTTP}
    hosts: [shop.example.com]
  - port: {number: 8080, name: tcp, protocol: TCP} #!
    hosts: [db.example.com]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 8080, name: http, protocol: HTTP}
    hosts: [shop.example.com]
  - port: {number: 31400, name: tcp, protocol: TCP}
    hosts: [db.example.com]
)",
     .check = ports_carry_one_kind},
    {.id = "MF5404",
     .name = "https-redirect-to-nowhere",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "What is redirected to HTTPS is served there",
     .why =
         "`httpsRedirect` sends clients to the same host over HTTPS. When no server of the same "
         "pods has it, they get no connection. It is reported when the pods have an HTTPS server.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com] #!
    tls: {httpsRedirect: true}
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [admin.example.com]
    tls: {mode: SIMPLE, credentialName: admin}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
    tls: {httpsRedirect: true}
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [shop.example.com]
    tls: {mode: SIMPLE, credentialName: shop}
)",
     .check = redirects_arrive},
    {.id = "MF5405",
     .name = "plain-text-beside-tls",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A host that has HTTPS redirects plain text to it",
     .why = "Where a host answers on both ports, links and clients that use plain text keep doing "
            "so, with their cookies.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com] #!
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [shop.example.com]
    tls: {mode: SIMPLE, credentialName: shop}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [shop.example.com]
    tls: {httpsRedirect: true}
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [shop.example.com]
    tls: {mode: SIMPLE, credentialName: shop}
)",
     .check = plain_text_is_redirected},
    {.id = "MF5406",
     .name = "auto-passthrough-host",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "AUTO_PASSTHROUGH is for names of Services",
     .why = "It routes by server names that sidecars make for Services of the mesh. Other hosts "
            "have no route, and `*` opens more than the clusters need.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: east-west, namespace: shop}
spec:
  selector: {istio: eastwestgateway}
  servers:
  - port: {number: 15443, name: tls, protocol: TLS}
    hosts: [shop.example.com] #!
    tls: {mode: AUTO_PASSTHROUGH}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: east-west, namespace: shop}
spec:
  selector: {istio: eastwestgateway}
  servers:
  - port: {number: 15443, name: tls, protocol: TLS}
    hosts: ["*.local"]
    tls: {mode: AUTO_PASSTHROUGH}
)",
     .check = Each<passed_hosts_are_of_the_mesh>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_exposure_rules() { return kRules; }

}  // namespace meshfn::lint
