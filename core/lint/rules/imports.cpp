// What sidecars are told of hosts, and what they send where.

#include "lint/rules/imports.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/insight_families.h"
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

/// `namespace/host` of a Sidecar's egress.
bool imports(yaml::Node entry, std::string_view own, std::string_view host) {
  const std::string_view text = entry.text();
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return true;  // malformed: said elsewhere
  std::string_view scope = text.substr(0, slash);
  const std::string_view pattern = text.substr(slash + 1);
  if (scope == ".") scope = own;
  const auto service = routing::service_of(host);
  const bool reaches = scope == "*" || !service || service->name_space == scope;
  return reaches && (pattern == "*" || routing::covers_host(pattern, host));
}

}  // namespace

std::map<std::string_view, const Object*> default_sidecars(const Mesh& mesh) {
  std::map<std::string_view, const Object*> sidecars;
  for (const Object* object : mesh.of_kind("networking.istio.io", "Sidecar")) {
    if (object->spec.find("workloadSelector") || object->spec.find("egress").size() == 0) continue;
    sidecars.try_emplace(object->scope, object);
  }
  return sidecars;
}

bool imports_any(const Object& sidecar, std::string_view host) {
  for (const yaml::Node listener : sidecar.spec.find("egress").items()) {
    for (const yaml::Node entry : listener.find("hosts").items()) {
      if (imports(entry, sidecar.scope, host)) return true;
    }
  }
  return false;
}

namespace {

void destinations_are_imported(const Mesh& mesh, Findings& found) {
  const auto sidecars = default_sidecars(mesh);
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    const auto sidecar = sidecars.find(service.scope);
    if (service.context || service.scope.empty() || sidecar == sidecars.end() ||
        !service.is_for_mesh())
      continue;
    for (const auto& route : service.http) {
      for (const auto& entry : route.route) {
        const Text& to = entry.destination.host;
        if (!to || imports_any(*sidecar->second, routing::fqdn(to.value, service.scope))) continue;
        found
            .add(to.where(),
                 fmt::format("the sidecars of `{}` are not told of `{}`", service.scope, to.value))
            .relate(sidecar->second->where(), "what they are told of")
            .with_help("add the host to the Sidecar's egress");
      }
    }
  }
}

void the_mode_is_said(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "networking.istio.io", "Sidecar", [&](const Object& object) {
    const yaml::Node policy = object.spec.find("outboundTrafficPolicy");
    if (!policy.is_mapping() || policy.find("mode")) return;
    found
        .add(object.spec.find_key("outboundTrafficPolicy").where(),
             "without a mode hosts that the mesh does not know are refused")
        .with_help("write `mode: REGISTRY_ONLY` or `mode: ALLOW_ANY`");
  });
}

void wildcards_are_narrow(const VirtualService& service, const Mesh&, Findings& found) {
  if (!service.is_for_mesh()) return;
  for (const Text& host : service.hosts) {
    if (!host.value.starts_with("*.")) continue;
    if (host.value.find('.', 2) != std::string_view::npos) continue;
    found
        .add(
            host.where(),
            fmt::format("every sidecar sends its requests for `{}` along these routes", host.value))
        .with_help("name the hosts, or bind the VirtualService to a gateway");
  }
}

void sidecars_leave_something_out(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "networking.istio.io", "Sidecar", [&](const Object& object) {
    const yaml::Node egress = object.spec.find("egress");
    const yaml::Node hosts = egress.item(0).find("hosts");
    const bool whole = egress.size() == 1 && egress.item(0).size() == 1 && hosts.size() == 1 &&
                       hosts.item(0).text() == "*/*";
    const bool nothing_else =
        object.spec.size() == (object.spec.find("workloadSelector") ? 2U : 1U);
    if (!whole || !nothing_else) return;
    found.add(hosts.item(0).where(), "this is what proxies are told of without a Sidecar")
        .with_help("name the namespaces that are called: `./*`, `istio-system/*` …");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF5605",
     .name = "destination-not-imported",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Sidecars are told of the hosts that routes lead to",
     .why = "A Sidecar resource limits which hosts the proxies of its namespace know. A route to "
            "another host has no cluster, and answers 503.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress: [{hosts: ["./*"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews.other.svc.cluster.local}}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress: [{hosts: ["./*", "other/*"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews.other.svc.cluster.local}}]
)",
     .check = destinations_are_imported},
    {.id = "MF5606",
     .name = "outbound-mode-missing",
     .severity = Severity::info,
     .group = "istio",
     .summary = "An outbound traffic policy says its mode",
     .why = "The mode that is meant by leaving it out is REGISTRY_ONLY, not the mesh's default.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  outboundTrafficPolicy: {} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  outboundTrafficPolicy: {mode: REGISTRY_ONLY}
)",
     .aliases = "KIA1007",
     .check = the_mode_is_said},
    {.id = "MF5607",
     .name = "mesh-host-of-all-names",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Routes of the mesh are not for a whole top-level domain",
     .why = "Bound to the mesh, `*.com` takes the requests of all sidecars to all such hosts, "
            "whatever they were meant for.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: outside, namespace: shop}
spec:
  hosts: ["*.com"] #!
  http:
  - route: [{destination: {host: proxy}}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: outside, namespace: shop}
spec:
  hosts: ["*.example.com"]
  http:
  - route: [{destination: {host: proxy}}]
)",
     .check = Each<wildcards_are_narrow>::run},
    {.id = "MF5614",
     .name = "sidecar-of-everything",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A Sidecar leaves out what its pods do not call",
     .why = "Proxies keep what they are told of in memory, and are told anew of each change "
            "in it. A Sidecar that imports everything saves none of that.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts: ["*/*"] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - hosts: ["./*", "istio-system/*"]
)",
     .check = sidecars_leave_something_out},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family import_rules() { return kRules; }

}  // namespace meshfn::lint
