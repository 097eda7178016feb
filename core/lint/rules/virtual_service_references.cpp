// What a VirtualService leads to: hosts, ports, subsets.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/str.h"
#include "lint/destinations.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/families.h"
#include "lint/rules/istio_values.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::DestinationRule;
using resource::istio::VirtualService;

std::string list_of(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> words;
  for (const std::int64_t number : numbers) words.push_back(fmt::format("{}", number));
  return str::join(words, ", ");
}

std::string place_name(std::string_view scope) {
  return scope.empty() ? "" : fmt::format(" in namespace `{}`", scope);
}

void hosts_exist(const VirtualService& service, const Mesh& mesh, Findings& found) {
  for (const DestinationUse& use : mesh.derived<Destinations>().of(service)) {
    const std::string_view host = use.destination->host.value;
    if (host.empty()) {
      if (!use.destination->host) continue;  // the schema misses it
      found.add(use.where(), "this destination names no host")
          .with_help("give the name of a Service or ServiceEntry");
      continue;
    }
    const HostLookup& lookup = *use.lookup;
    if (lookup.found != Found::missing) continue;
    if (!istio::domain_problem(host).empty()) continue;  // reported as such
    if (lookup.hidden) {
      found
          .add(use.where(), fmt::format("`{}` exists, but is not exported to {}", host,
                                        service.scope.empty() ? "here" : service.scope))
          .with_help("add the namespace to its exportTo, or route to another host");
      continue;
    }
    found.add(use.where(), fmt::format("no Service and no ServiceEntry is called `{}`", host))
        .with_help(lookup.hint);
  }
}

void ports_exist(const VirtualService& service, const Mesh& mesh, Findings& found) {
  for (const DestinationUse& use : mesh.derived<Destinations>().of(service)) {
    const auto& port = use.destination->port;
    if (!port || !istio::port_problem(port.value).empty()) continue;
    const HostLookup& lookup = *use.lookup;
    const std::vector<std::int64_t> ports = lookup.ports();
    if (lookup.found != Found::yes || ports.empty()) continue;
    if (std::find(ports.begin(), ports.end(), port.value) != ports.end()) continue;
    auto& finding = found.add(
        port.where(), fmt::format("`{}` has no port {}", use.destination->host.value, port.value));
    if (lookup.service != nullptr) {
      finding.relate(lookup.service->where(), "its ports: " + list_of(ports));
    }
    finding.with_help(fmt::format("it has {}", list_of(ports)));
  }
}

void port_is_clear(const VirtualService& service, const Mesh& mesh, Findings& found) {
  for (const DestinationUse& use : mesh.derived<Destinations>().of(service)) {
    if (use.destination->port || use.lookup->found != Found::yes) continue;
    const std::vector<std::int64_t> ports = use.lookup->ports();
    if (ports.size() < 2) continue;
    found
        .add(use.where(), fmt::format("`{}` has {} ports, and this destination chooses none",
                                      use.destination->host.value, ports.size()))
        .with_help(fmt::format("add `port: {{number: …}}` with one of {}", list_of(ports)));
  }
}

Found find_subset(const std::vector<const DestinationRule*>& rules, const Mesh& mesh,
                  std::string_view subset) {
  for (const DestinationRule* rule : rules) {
    if (rule->subset(subset) != nullptr) return Found::yes;
  }
  if (!rules.empty()) return Found::missing;
  // An input with rules for other hosts only is taken for complete; one without any is not.
  const bool shown = mesh.settings().closed_world || !mesh.all<DestinationRule>().empty();
  return shown ? Found::missing : Found::unknown;
}

void subsets_exist(const VirtualService& service, const Mesh& mesh, Findings& found) {
  const auto& references = mesh.derived<References>();
  for (const DestinationUse& use : mesh.derived<Destinations>().of(service)) {
    const Text& subset = use.destination->subset;
    if (subset.value.empty()) continue;
    // A host that does not exist is said once, by the rule about hosts.
    if (use.lookup->found == Found::missing) continue;
    // The rules may be written in another namespace.
    const auto rules = references.rules_for(use.host);
    // Nor is a closed world's namespace that is assumed to be complete elsewhere.
    const bool elsewhere = mesh.settings().closed_world && use.lookup->found == Found::unknown;
    if (elsewhere && rules.empty()) continue;
    if (find_subset(rules, mesh, subset.value) != Found::missing) continue;
    auto& finding =
        found.add(subset.where(), fmt::format("no DestinationRule defines subset `{}` of `{}`",
                                              subset.value, use.destination->host.value));
    if (rules.empty()) {
      finding.with_help("there is no DestinationRule for this host");
      continue;
    }
    std::vector<std::string_view> names;
    for (const auto& known : rules.front()->subsets) names.push_back(known.name.value);
    finding.relate(rules.front()->where(), "the DestinationRule of this host")
        .with_help(names.empty() ? "it defines no subsets"
                                 : fmt::format("it defines `{}`", fmt::join(names, "`, `")));
  }
}

void says_what_is_not_known(const Mesh& mesh, Findings& found) {
  const auto& known = mesh.derived<Destinations>();
  std::set<std::string_view> said;
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (service.context) continue;
    for (const DestinationUse& use : known.of(service)) {
      const std::string_view host = use.destination->host.value;
      if (host.empty() || use.lookup->found != Found::unknown) continue;
      if (!said.insert(use.host).second) continue;
      const auto name = routing::service_of(use.host);
      found
          .add(use.where(),
               fmt::format("cannot tell whether `{}` exists: the input has no Services{}", host,
                           place_name(name ? name->name_space : "")))
          .with_help("give them with `--context PATH`, or list the host in `assume.hosts`");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1101",
     .name = "destination-host-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A route leads to a Service or ServiceEntry that exists",
     .why = "The proxy has no cluster for an unknown host and answers every request of the route "
            "with 503. Short names are completed with the namespace of the VirtualService; names "
            "with a dot are taken as they are.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: review} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews}
)",
     .aliases = "IST0101 KIA1101",
     .check = Each<hosts_exist>::run},
    {.id = "MF1102",
     .name = "destination-port-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A destination's port is one of the host's ports",
     .why = "Clusters exist for the ports of a Service (not its targetPorts); a route to another "
            "number answers with 503.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80, targetPort: 9080}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination:
        host: reviews
        port: {number: 9080} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80, targetPort: 9080}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination:
        host: reviews
        port: {number: 80}
)",
     .aliases = "IST0101",
     .check = Each<ports_exist>::run},
    {.id = "MF1103",
     .name = "destination-port-required",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A destination with several ports chooses one",
     .why = "With one port Istio fills it in. With several it does not guess, and the route has no "
            "cluster to go to.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}, {name: http-admin, port: 8080}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}, {name: http-admin, port: 8080}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews, port: {number: 80}}
)",
     .aliases = "IST0112",
     .check = Each<port_is_clear>::run},
    {.id = "MF1104",
     .name = "destination-subset-missing",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A destination's subset is defined by a DestinationRule",
     .why = "A subset that no DestinationRule of the host defines has no cluster: every request of "
            "the route gets 503.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination:
        host: reviews.shop.svc.cluster.local
        subset: v2 #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination:
        host: reviews.shop.svc.cluster.local
        subset: v2
)",
     .aliases = "IST0101 KIA1107",
     .check = Each<subsets_exist>::run},
    {.id = "MF1109",
     .name = "host-not-in-input",
     .severity = Severity::info,
     .group = "istio",
     .summary = "The Services of a destination's namespace are part of the input",
     .why = "Whether a host exists can be told only when the Services of its namespace are given. "
            "This "
            "is no mistake; it says what was not checked.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews}
)",
     .check = says_what_is_not_known},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_reference_rules() { return kRules; }

}  // namespace meshfn::lint
