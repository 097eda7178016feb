// What Sidecars import, and the limits that they set.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/listeners.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::Text;
using resource::istio::VirtualService;

void hosts_can_be_read(const Object& object, Findings& found) {
  for (const yaml::Node listener : object.spec.find("egress").items()) {
    const yaml::Node hosts = listener.find("hosts");
    if (hosts.is_sequence() && hosts.size() == 0) {
      found.add(hosts.where(), "the egress listener has no hosts")
          .with_help("name hosts as `namespace/host`, or write `~/*` for none");
    }
    for (const Text& host : resource::texts(hosts)) {
      const std::string problem = istio::sidecar_host_problem(host.value);
      if (problem.empty()) continue;
      found.add(host.where(), problem)
          .with_help("write `./*`, `namespace/*`, `*/host` or `namespace/host`");
    }
  }
}

/// An entry of `hosts`: `scope/name`, `.` replaced by the Sidecar's namespace.
struct Import {
  Text text;
  std::string_view scope;
  std::string_view name;
};

/// Entries that can be read and do not hide anything (`~`).
std::vector<Import> imports(yaml::Node hosts, std::string_view own) {
  std::vector<Import> list;
  for (const Text& text : resource::texts(hosts)) {
    const std::size_t slash = text.value.find('/');
    if (slash == std::string_view::npos || text.value.starts_with('~')) continue;
    const std::string_view scope = text.value.substr(0, slash);
    list.push_back(
        {text, scope == "." && !own.empty() ? own : scope, text.value.substr(slash + 1)});
  }
  return list;
}

/// What the listener imported before, of which a further entry may be a part.
class Imported {
 public:
  /// Why `entry` adds nothing to, or swallows, what was added before; empty when it is new.
  std::string add(const Import& entry) {
    const bool is_all = entry.name == "*";
    std::string message;
    if (!seen_.emplace(entry.scope, entry.name).second) {
      message = fmt::format("`{}` is listed twice", entry.text.value);
    } else if (seen_.contains({entry.scope, "*"}) && !is_all) {
      message = fmt::format("`{}` is part of `{}/*`", entry.text.value, entry.scope);
    } else if (seen_.contains({"*", "*"}) && entry.scope != "*") {
      message = fmt::format("`{}` is part of `*/*`", entry.text.value);
    } else if (is_all && scopes_.contains(entry.scope)) {
      message = fmt::format("`{}` takes in other entries of the namespace", entry.text.value);
    } else if (is_all && entry.scope == "*" && !scopes_.empty()) {
      message = "`*/*` takes in all other entries";
    }
    scopes_.insert(entry.scope);
    return message;
  }

 private:
  std::set<std::pair<std::string_view, std::string_view>> seen_;
  std::set<std::string_view> scopes_;
};

void hosts_add_something(const Object& object, Findings& found) {
  for (const yaml::Node listener : object.spec.find("egress").items()) {
    Imported before;
    for (const Import& entry : imports(listener.find("hosts"), object.scope)) {
      const std::string message = before.add(entry);
      if (message.empty()) continue;
      found.add(entry.text.where(), message).with_help("keep the entry that is meant");
    }
  }
}

/// Hosts of VirtualServices, which a Sidecar imports like those of Services.
class RoutedHosts {
 public:
  explicit RoutedHosts(const Mesh& mesh) {
    for (const VirtualService& service : mesh.all<VirtualService>()) {
      for (const Text& host : service.hosts) {
        std::string name = routing::fqdn(host.value, service.scope);
        if (routing::is_wildcard(name)) {
          wildcards_.push_back(std::move(name));
        } else {
          names_.insert(std::move(name));
        }
      }
    }
  }

  bool hold(std::string_view name) const {
    return names_.contains(name) ||
           std::any_of(wildcards_.begin(), wildcards_.end(), [&](const std::string& wildcard) {
             return routing::covers_host(wildcard, name);
           });
  }

 private:
  std::set<std::string, std::less<>> names_;
  std::vector<std::string> wildcards_;
};

void check_import(const Import& entry, const HostLookup& lookup, Findings& found) {
  if (lookup.found == Found::missing) {
    found
        .add(entry.text.where(),
             lookup.hidden
                 ? fmt::format("`{}` is not exported to this namespace", entry.name)
                 : fmt::format("no Service, ServiceEntry or VirtualService has the host `{}`",
                               entry.name))
        .with_help(lookup.hint);
    return;
  }
  const auto* service = lookup.service;
  if (service == nullptr || service->scope.empty() || entry.scope == "*" || entry.scope == ".") {
    return;
  }
  if (service->scope == entry.scope) return;
  found
      .add(entry.text.where(), fmt::format("namespace `{}` has no host `{}`, but `{}` has",
                                           entry.scope, entry.name, service->scope))
      .relate(service->where(), "the Service")
      .with_help(fmt::format("write `{}/{}`", service->scope, entry.name));
}

void hosts_exist(const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  const auto& sidecars = mesh.of_kind("networking.istio.io", "Sidecar");
  if (sidecars.empty()) return;
  const RoutedHosts routed(mesh);
  for (const Object* sidecar : sidecars) {
    if (sidecar->context) continue;
    for (const yaml::Node listener : sidecar->spec.find("egress").items()) {
      for (const Import& entry : imports(listener.find("hosts"), sidecar->scope)) {
        if (routing::is_wildcard(entry.name) || routed.hold(entry.name)) continue;
        if (!istio::sidecar_host_problem(entry.text.value).empty()) continue;
        check_import(entry, references.host(entry.name, sidecar->scope), found);
      }
    }
  }
}

std::string proxy_problem(yaml::Node policy, yaml::Node proxy) {
  const std::string_view mode = policy.find("mode").text();
  if (mode != "ALLOW_ANY") {
    return fmt::format("an egress proxy needs mode ALLOW_ANY, and this is {}",
                       mode.empty() ? "REGISTRY_ONLY by default" : mode);
  }
  const Text host = resource::text(proxy.find("host"));
  if (const std::string problem = istio::name_problem(host.value); host && !problem.empty()) {
    return problem;
  }
  const auto number = resource::integer(proxy.at("port", "number"));
  if (!number) return "an egress proxy needs a port";
  if (const std::string problem = istio::port_problem(number.value); !problem.empty()) {
    return problem;
  }
  const Text subset = resource::text(proxy.find("subset"));
  return subset.value.empty() ? std::string() : istio::label_problem(subset.value);
}

void proxies_can_be_reached(const Object& object, Findings& found) {
  const yaml::Node policy = object.spec.find("outboundTrafficPolicy");
  const yaml::Node proxy = policy.find("egressProxy");
  if (!proxy.is_mapping()) return;
  const std::string problem = proxy_problem(policy, proxy);
  if (problem.empty()) return;
  found.add(policy.find_key("egressProxy").where(), problem)
      .with_help("set mode ALLOW_ANY, and host and port of the proxy for unknown hosts");
}

constexpr std::array<std::string_view, 5> kHttpLimits = {
    "http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries",
    "maxConcurrentStreams"};

void refuse_negative(yaml::Node limit, std::string_view name, Findings& found) {
  const resource::Integer value = resource::integer(limit);
  if (value.value >= 0) return;
  found.add(limit.where(), fmt::format("`{}` is {}, below 0", name, value.value))
      .with_help("leave the limit out for none");
}

void check_pool(yaml::Node pool, Findings& found) {
  if (!pool.is_mapping()) return;
  const yaml::Node http = pool.find("http");
  const yaml::Node tcp = pool.find("tcp");
  if (!http && !tcp) {
    found.add(pool.where(), "the connection pool sets neither `http` nor `tcp`")
        .with_help("set a limit, or remove it");
  }
  for (const std::string_view name : kHttpLimits) refuse_negative(http.find(name), name, found);
  refuse_negative(tcp.find("maxConnections"), "maxConnections", found);
  const auto own = resource::boolean(http.find("useClientProtocol"));
  if (own.value && http.find("h2UpgradePolicy").text() == "UPGRADE") {
    found.add(own.where(), "a pool upgrades to HTTP/2 or keeps the client's protocol, not both")
        .with_help("remove `useClientProtocol` or `h2UpgradePolicy`");
  }
  const yaml::Node alive = http.find("http2KeepAlive");
  if (alive.is_mapping() && (!alive.find("interval") || !alive.find("timeout"))) {
    found.add(alive.where(), "`http2KeepAlive` needs both `interval` and `timeout`")
        .with_help("set both");
  }
}

void pools_are_sound(const Object& object, Findings& found) {
  check_pool(object.spec.find("inboundConnectionPool"), found);
  for (const yaml::Node listener : object.spec.find("ingress").items()) {
    check_pool(listener.find("connectionPool"), found);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1521",
     .name = "sidecar-host-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Egress hosts are written as namespace/host",
     .why = "Istio's webhook refuses a host without a namespace, a short name, and a `*` that "
            "does not stand for whole labels on the left.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts:
    - "*" #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts:
    - "./*"
)",
     .aliases = "IST0106",
     .check = each_of<kSidecars, hosts_can_be_read>},
    {.id = "MF1522",
     .name = "sidecar-host-redundant",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "An egress host is not part of another entry",
     .why = "The entry adds nothing: the wider one imports all of it. Often the narrow one is "
            "meant, and the wide one is left over and keeps every proxy's configuration large.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts:
    - istio-system/*
    - shop/*
    - ./* #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts:
    - istio-system/*
    - ./*
)",
     .aliases = "IST0133",
     .check = each_of<kSidecars, hosts_add_something>},
    {.id = "MF1523",
     .name = "sidecar-host-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Sidecar imports hosts that exist",
     .why = "Importing a host that no Service, ServiceEntry or VirtualService has, or one of "
            "another namespace, imports nothing, and calls to the host that was meant fail or "
            "leave the mesh unrouted.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts:
    - ./review.shop.svc.cluster.local #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts:
    - ./reviews.shop.svc.cluster.local
)",
     .aliases = "KIA1004",
     .check = hosts_exist},
    {.id = "MF1524",
     .name = "sidecar-egress-proxy",
     .severity = Severity::error,
     .group = "istio",
     .summary = "An egress proxy has a host, a port and mode ALLOW_ANY",
     .why = "The proxy takes traffic to hosts that the mesh does not know, which no other mode "
            "lets out. Istio's webhook refuses it there, and without a port.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  outboundTrafficPolicy:
    mode: REGISTRY_ONLY
    egressProxy: # meshfn: ignore[MF0116] for an old release #!
      host: egress.istio-system.svc.cluster.local
      port: {number: 8080}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  outboundTrafficPolicy:
    mode: ALLOW_ANY
    egressProxy: # meshfn: ignore[MF0116] for an old release
      host: egress.istio-system.svc.cluster.local
      port: {number: 8080}
)",
     .aliases = "IST0106",
     .check = each_of<kSidecars, proxies_can_be_reached>},
    {.id = "MF1525",
     .name = "sidecar-connection-pool",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A Sidecar's connection pools set limits, none below 0",
     .why = "Istio's webhook refuses an empty pool, negative limits, half a keepalive, and an "
            "upgrade to HTTP/2 that at the same time keeps the client's protocol.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  inboundConnectionPool:
    http: {http2MaxRequests: -1} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  inboundConnectionPool:
    http: {http2MaxRequests: 100}
)",
     .aliases = "IST0106",
     .check = each_of<kSidecars, pools_are_sound>},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family sidecar_egress_rules() { return kRules; }

}  // namespace meshfn::lint
