// Gateways among each other and with the pods that they select.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Label;
using resource::Labels;
using resource::Mesh;
using resource::istio::Gateway;
using resource::istio::Server;
using resource::kubernetes::Service;
using resource::kubernetes::Workload;

std::string text_of(const Labels& labels) {
  std::vector<std::string> pairs;
  for (const Label& label : labels) {
    pairs.push_back(fmt::format("{}={}", label.key.value, label.value.value));
  }
  std::sort(pairs.begin(), pairs.end());
  return str::join(pairs, ",");
}

std::string name_of(const Gateway& gateway) {
  return gateway.scope.empty() ? std::string(gateway.name.value)
                               : fmt::format("{}/{}", gateway.scope, gateway.name.value);
}

bool is_same_object(const Gateway& a, const Gateway& b) {
  return a.scope == b.scope && a.name.value == b.name.value;
}

std::vector<const Workload*> selected(const Mesh& mesh, const Gateway& gateway) {
  std::vector<const Workload*> list;
  for (const Workload& workload : mesh.all<Workload>()) {
    if (selects(gateway.selector, workload.pod_labels)) list.push_back(&workload);
  }
  return list;
}

/// The gateways that an installation of Istio brings along.
bool is_installed(const Labels& selector) {
  const std::string text = text_of(selector);
  return text == "istio=ingressgateway" || text == "istio=egressgateway";
}

/// Whether the input shows gateway pods, so that one which is not among them is missing.
bool shows_pods_of_its_kind(const Mesh& mesh, const Labels& selector) {
  for (const Workload& workload : mesh.all<Workload>()) {
    for (const Label& label : selector) {
      if (!resource::label(workload.pod_labels, label.key.value).empty()) return true;
    }
  }
  return false;
}

void pods_exist(const Gateway& gateway, const Mesh& mesh, Findings& found) {
  if (gateway.selector.empty() || is_installed(gateway.selector)) return;
  if (!selected(mesh, gateway).empty() || !shows_pods_of_its_kind(mesh, gateway.selector)) return;
  found
      .add(gateway.selector.front().value.where(),
           fmt::format("no pod has the labels `{}`", text_of(gateway.selector)))
      .with_help("the selector is matched against the labels of gateway pods in all namespaces");
}

/// Port numbers through which the Services of the selected pods take traffic.
std::set<std::int64_t> open_ports(const Mesh& mesh, const std::vector<const Workload*>& pods) {
  std::set<std::int64_t> ports;
  for (const Service& service : mesh.all<Service>()) {
    const bool is_theirs = std::any_of(pods.begin(), pods.end(), [&](const Workload* pod) {
      return pod->scope == service.scope && !service.selector.empty() &&
             selects(service.selector, pod->pod_labels);
    });
    if (!is_theirs) continue;
    for (const auto& port : service.ports) {
      ports.insert(port.port.value);
      const auto number = yaml::to_int(port.target_port.value);
      if (number) ports.insert(*number);
    }
  }
  return ports;
}

/// Ports of the Service that Istio installs for its ingress gateway, and of the pods behind it.
constexpr std::int64_t kIngressPorts[] = {80, 443, 8080, 8443, 15021, 15443, 31400};

void ports_are_served(const Gateway& gateway, const Mesh& mesh, Findings& found) {
  const auto pods = selected(mesh, gateway);
  std::set<std::int64_t> ports = open_ports(mesh, pods);
  const bool by_default = pods.empty() && text_of(gateway.selector) == "istio=ingressgateway";
  if (by_default) ports.insert(std::begin(kIngressPorts), std::end(kIngressPorts));
  if (ports.empty()) return;
  for (const Server& server : gateway.servers) {
    if (!server.port_number || ports.contains(server.port_number.value)) continue;
    found
        .add(server.port_number.where(),
             fmt::format("no Service of the gateway's pods has port {}", server.port_number.value))
        .with_help(fmt::format("it has {}", fmt::join(ports, ", ")));
  }
}

/// What identifies the certificate of a server; empty when it has none.
std::string certificate_of(const Server& server) {
  if (!server.credential_name.value.empty()) return std::string(server.credential_name.value);
  const std::string_view certificate = server.tls.find("serverCertificate").text();
  const std::string_view key = server.tls.find("privateKey").text();
  if (certificate.empty() || key.empty()) return {};
  return fmt::format("{} {}", certificate, key);
}

/// One server of one Gateway.
struct Place {
  const Gateway* gateway = nullptr;
  const Server* server = nullptr;
};

/// Servers by what `key_of` says; those without a key are left out.
template <class KeyOf>
std::map<std::string, std::vector<Place>> servers_by(const Mesh& mesh, KeyOf key_of) {
  std::map<std::string, std::vector<Place>> places;
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    for (const Server& server : gateway.servers) {
      for (const std::string& key : key_of(server)) places[key].push_back({&gateway, &server});
    }
  }
  return places;
}

/// Calls `report(place, other)` for every place that has a rival, with the first of them.
template <class Rivals, class Report>
void each_rival(const std::vector<Place>& places, Rivals are_rivals, Report report) {
  for (const Place& place : places) {
    if (place.gateway->context) continue;
    const auto other = std::find_if(places.begin(), places.end(), [&](const Place& candidate) {
      return !is_same_object(*place.gateway, *candidate.gateway) &&
             are_rivals(*place.gateway, *candidate.gateway);
    });
    if (other != places.end()) report(place, *other);
  }
}

void certificates_are_not_shared(const Mesh& mesh, Findings& found) {
  const auto by_certificate = servers_by(mesh, [](const Server& server) {
    std::vector<std::string> keys = {certificate_of(server)};
    std::erase(keys, "");
    return keys;
  });
  const auto selects_pods_of = [](const Gateway& a, const Gateway& b) {
    return selects(a.selector, b.selector);
  };
  for (const auto& [certificate, places] : by_certificate) {
    each_rival(places, selects_pods_of, [&](const Place& place, const Place& other) {
      found
          .add(place.server->tls.where(),
               fmt::format("Gateway `{}` uses the same certificate", name_of(*other.gateway)))
          .relate(other.server->tls.where(), "here")
          .with_help(
              "put the servers into one Gateway, or HTTP/2 clients reuse a connection "
              "for the wrong hosts and get 404");
    });
  }
}

/// Whether a Gateway selects some pods that the other selects too.
bool share_pods(const Mesh& mesh, const Gateway& a, const Gateway& b) {
  if (text_of(a.selector) == text_of(b.selector)) return true;
  const auto pods = selected(mesh, a);
  return std::any_of(pods.begin(), pods.end(),
                     [&](const Workload* pod) { return selects(b.selector, pod->pod_labels); });
}

/// Port, address and host of everything that a server listens for.
std::vector<std::string> listened(const Server& server) {
  std::vector<std::string> keys;
  for (const auto& host : server.hosts) {
    keys.push_back(fmt::format("{} {} {}", server.port_number.value,
                               server.node.find("bind").text(), host.value));
  }
  return keys;
}

void hosts_have_one_gateway(const Mesh& mesh, Findings& found) {
  const auto share = [&](const Gateway& a, const Gateway& b) { return share_pods(mesh, a, b); };
  for (const auto& [key, places] : servers_by(mesh, listened)) {
    const std::string host = key.substr(key.rfind(' ') + 1);
    each_rival(places, share, [&](const Place& place, const Place& other) {
      const auto& hosts = place.server->hosts;
      const auto written =
          std::find_if(hosts.begin(), hosts.end(), [&](const auto& h) { return h.value == host; });
      found
          .add(written->where(),
               fmt::format("Gateway `{}` also takes `{}` on port {}", name_of(*other.gateway), host,
                           place.server->port_number.value))
          .relate(other.server->node.where(), "here")
          .with_help("the older one wins; keep the host in one of them");
    });
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1301",
     .name = "gateway-selects-nothing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A Gateway's selector matches gateway pods",
     .why = "A Gateway that selects no pod opens no port. The selector is compared with pod "
            "labels in all namespaces; whether pods exist can be told only when the input "
            "shows gateway pods.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: edge}
spec:
  selector: {matchLabels: {gateway: edge}}
  template:
    metadata: {labels: {gateway: edge}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {gateway: egde} #!
  servers:
  - hosts: ["*.example.com"]
    port: {number: 80, name: http, protocol: HTTP}
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: edge}
spec:
  selector: {matchLabels: {gateway: edge}}
  template:
    metadata: {labels: {gateway: edge}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {gateway: edge}
  servers:
  - hosts: ["*.example.com"]
    port: {number: 80, name: http, protocol: HTTP}
)",
     .aliases = "IST0101 KIA0302",
     .check = Each<pods_exist>::run},
    {.id = "MF1302",
     .name = "gateway-port-not-served",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Gateway's port is a port of its pods' Service",
     .why = "The proxy listens on the port, but no Service leads there, so nobody outside the "
            "pod can reach it.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: edge}
spec:
  selector: {matchLabels: {gateway: edge}}
  template:
    metadata: {labels: {gateway: edge}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: edge}
spec:
  selector: {gateway: edge}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {gateway: edge}
  servers:
  - hosts: ["*.example.com"]
    port: {number: 81, name: http, protocol: HTTP} #!
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: edge}
spec:
  selector: {matchLabels: {gateway: edge}}
  template:
    metadata: {labels: {gateway: edge}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: edge}
spec:
  selector: {gateway: edge}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: edge}
spec:
  selector: {gateway: edge}
  servers:
  - hosts: ["*.example.com"]
    port: {number: 80, name: http, protocol: HTTP}
)",
     .aliases = "IST0162",
     .check = Each<ports_are_served>::run},
    {.id = "MF1303",
     .name = "gateway-certificate-shared",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Gateways of the same pods use different certificates",
     .why = "Browsers reuse an HTTP/2 connection for every host that its certificate covers. "
            "Requests for the hosts of the second Gateway then arrive at the first one's "
            "listener and get 404.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https-a, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: wildcard} #!
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: other, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [b.example.com]
    port: {number: 443, name: https-b, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: wildcard} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 443, name: https-a, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: a}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: other, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [b.example.com]
    port: {number: 443, name: https-b, protocol: HTTPS}
    tls: {mode: SIMPLE, credentialName: b}
)",
     .aliases = "IST0138",
     .check = certificates_are_not_shared},
    {.id = "MF1304",
     .name = "gateway-conflict",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A host and port of the same pods belong to one Gateway",
     .why = "Of two servers for one host and port the older Gateway's is used and the other "
            "ignored; which that is depends on when the objects were created.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com] #!
    port: {number: 80, name: http, protocol: HTTP}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: other, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com] #!
    port: {number: 80, name: http, protocol: HTTP}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [a.example.com]
    port: {number: 80, name: http, protocol: HTTP}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: other, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
  - hosts: [b.example.com]
    port: {number: 80, name: http, protocol: HTTP}
)",
     .aliases = "IST0145 KIA0301",
     .check = hosts_have_one_gateway},
};
static_assert(ids_ascend(kRules));

}  // namespace

std::span<const Rule> gateway_rules() { return kRules; }

}  // namespace meshfn::lint
