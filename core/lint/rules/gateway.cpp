// Gateways among each other and with the pods that they select.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/str.h"
#include "lint/each.h"
#include "lint/gateway_pods.h"
#include "lint/objects.h"
#include "lint/rules/families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Labels;
using resource::Mesh;
using resource::istio::Gateway;
using resource::istio::Server;
using resource::kubernetes::Workload;

std::string name_of(const Gateway& gateway) {
  return gateway.scope.empty() ? std::string(gateway.name.value)
                               : fmt::format("{}/{}", gateway.scope, gateway.name.value);
}

void pods_exist(const Gateway& gateway, const Mesh& mesh, Findings& found) {
  const auto& pods = mesh.derived<GatewayPods>();
  if (gateway.selector.empty()) return;
  if (!pods.selected(gateway.selector).empty()) return;
  const bool closed = mesh.settings().closed_world;
  if (!closed && is_installed_gateway(gateway.selector)) return;
  const bool known = closed || pods.shows_kind_of(gateway.selector);
  auto& finding = found.add(gateway.selector.front().value.where(),
                            fmt::format("no pod {}has the labels `{}`",
                                        known ? "" : "of the input ", text_of(gateway.selector)));
  finding.with_help("the selector is matched against the labels of gateway pods in all namespaces");
  if (!known) finding.with_severity(Severity::info);
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

/// Places of Gateways that select alike.
struct Group {
  const Labels* selector = nullptr;
  std::vector<Place> places;

  /// The first place of another Gateway; null without one.
  const Place* other_than(const Gateway& gateway) const {
    const auto other = std::find_if(places.begin(), places.end(), [&](const Place& place) {
      return !objects::is_same(gateway, *place.gateway);
    });
    return other == places.end() ? nullptr : &*other;
  }
};

using Groups = std::map<std::string, Group>;

Groups groups_of(const std::vector<Place>& places) {
  Groups groups;
  for (const Place& place : places) {
    Group& group = groups[text_of(place.gateway->selector)];
    group.selector = &place.gateway->selector;
    group.places.push_back(place);
  }
  return groups;
}

/// Calls `report(place, other)` for every place that has a rival: one of the same group, or else
/// the first of the group that `rival_of` names. So places are not compared one by one.
template <class RivalOf, class Report>
void each_rival(const Groups& groups, RivalOf rival_of, Report report) {
  for (const auto& [text, group] : groups) {
    const Group* const rival = rival_of(group);
    for (const Place& place : group.places) {
      if (place.gateway->context) continue;
      const Place* other = group.other_than(*place.gateway);
      if (other == nullptr && rival != nullptr) other = &rival->places.front();
      if (other != nullptr) report(place, *other);
    }
  }
}

/// For each group, one whose Gateways select by all of its labels and more.
class Narrower {
 public:
  explicit Narrower(const Groups& groups) {
    for (const auto& [text, group] : groups) {
      all_.push_back(&group);
      for (const auto& label : *group.selector) {
        by_label_[{label.key.value, label.value.value}].push_back(&group);
      }
    }
  }

  const Group* operator()(const Group& group) const {
    const std::vector<const Group*>* candidates = &all_;
    if (!group.selector->empty()) {
      const auto& first = group.selector->front();
      candidates = &by_label_.at({first.key.value, first.value.value});
    }
    const auto found = std::find_if(candidates->begin(), candidates->end(), [&](const Group* g) {
      return g != &group && selects(*group.selector, *g->selector);
    });
    return found == candidates->end() ? nullptr : *found;
  }

 private:
  std::vector<const Group*> all_;
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const Group*>> by_label_;
};

/// For each group, one whose Gateways select some of the same pods.
class Overlapping {
 public:
  Overlapping(const Groups& groups, const GatewayPods& pods) : pods_(pods) {
    if (groups.size() < 2) return;
    for (const auto& [text, group] : groups) {
      for (const Workload* pod : pods.selected(*group.selector)) by_pod_[pod].push_back(&group);
    }
  }

  const Group* operator()(const Group& group) const {
    if (by_pod_.empty()) return nullptr;
    for (const Workload* pod : pods_.selected(*group.selector)) {
      for (const Group* other : by_pod_.at(pod)) {
        if (other != &group) return other;
      }
    }
    return nullptr;
  }

 private:
  const GatewayPods& pods_;
  std::map<const Workload*, std::vector<const Group*>> by_pod_;
};

void certificates_are_not_shared(const Mesh& mesh, Findings& found) {
  const auto by_certificate = servers_by(mesh, [](const Server& server) {
    std::vector<std::string> keys = {certificate_of(server)};
    std::erase(keys, "");
    return keys;
  });
  for (const auto& [certificate, places] : by_certificate) {
    const Groups groups = groups_of(places);
    each_rival(groups, Narrower(groups), [&](const Place& place, const Place& other) {
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
  const auto& pods = mesh.derived<GatewayPods>();
  for (const auto& [key, places] : servers_by(mesh, listened)) {
    const std::string host = key.substr(key.rfind(' ') + 1);
    const Groups groups = groups_of(places);
    each_rival(groups, Overlapping(groups, pods), [&](const Place& place, const Place& other) {
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

/// A host of a server, without the namespace before it.
struct HostClaim {
  Place place;
  const resource::Text* host = nullptr;
  std::string_view scope;  ///< of the VirtualServices that may use it; `*`: all
};

/// Two that want the same host for VirtualServices of one namespace. What is written alike in two
/// Gateways is MF1304.
bool are_rivals(const HostClaim& a, const HostClaim& b) {
  if (a.place.server == b.place.server) return false;
  const bool one_gateway = a.place.gateway == b.place.gateway;
  if (!one_gateway && objects::is_same(*a.place.gateway, *b.place.gateway)) return false;
  if (!one_gateway && a.host->value == b.host->value) return false;
  return a.scope == b.scope || a.scope == "*" || b.scope == "*";
}

std::map<std::string, std::vector<HostClaim>> claims_by_host(const Mesh& mesh) {
  std::map<std::string, std::vector<HostClaim>> claims;
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    for (const Server& server : gateway.servers) {
      for (const auto& host : server.hosts) {
        const std::size_t slash = host.value.find('/');
        std::string_view scope =
            slash == std::string_view::npos ? "*" : host.value.substr(0, slash);
        if (scope == ".") scope = gateway.scope;
        const std::string_view name =
            slash == std::string_view::npos ? host.value : host.value.substr(slash + 1);
        claims[fmt::format("{} {} {} {}", text_of(gateway.selector), server.port_number.value,
                           server.node.find("bind").text(), str::lower(name))]
            .push_back({{&gateway, &server}, &host, scope});
      }
    }
  }
  return claims;
}

void hosts_are_claimed_once(const Mesh& mesh, Findings& found) {
  for (const auto& [key, claims] : claims_by_host(mesh)) {
    for (std::size_t i = 1; i < claims.size(); ++i) {
      const HostClaim& claim = claims[i];
      const auto end = claims.begin() + static_cast<std::ptrdiff_t>(i);
      const auto other = std::find_if(claims.begin(), end, [&](const HostClaim& earlier) {
        return are_rivals(earlier, claim);
      });
      if (other == end || claim.place.gateway->context) continue;
      found
          .add(claim.host->where(),
               fmt::format("`{}` is taken on port {} by another server already", claim.host->value,
                           claim.place.server->port_number.value))
          .relate(other->host->where(), "here")
          .with_help("keep the host in one of them");
    }
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
            "shows gateway pods, and is no more than a hint otherwise.",
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
    {.id = "MF1328",
     .name = "gateway-host-taken",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A host and port are taken by one server, however they are written",
     .why = "`*/shop.example.com`, `shop.example.com` and `Shop.example.com` are one host for one "
            "selector and port, as is the same host in two servers of a Gateway. One of them is "
            "used and the other ignored. A wildcard beside a name below it is fine: the name wins.",
     .bad = R"(apiVersion: networking.istio.io/v1
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
  - hosts: ["*/a.example.com"] #!
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
  - hosts: ["*/b.example.com"]
    port: {number: 80, name: http, protocol: HTTP}
)",
     .aliases = "KIA0301",
     .check = hosts_are_claimed_once},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_rules() { return kRules; }

}  // namespace meshfn::lint
