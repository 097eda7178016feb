// ServiceEntries: what they say about outside hosts, and about each other.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::ServiceEntry;
using resource::istio::ServiceEntryPort;

void wildcards_are_not_looked_up(const ServiceEntry& entry, const Mesh&, Findings& found) {
  const std::string_view resolution = entry.resolution.value;
  if ((resolution != "DNS" && resolution != "DNS_ROUND_ROBIN") || !entry.endpoints.empty()) return;
  for (const Text& host : entry.hosts) {
    if (!host.value.starts_with("*") || host.value == "*") continue;
    found.add(host.where(), fmt::format("`{}` cannot be looked up", host.value))
        .relate(entry.resolution.where(), "hosts are looked up")
        .with_help("use resolution NONE, or add endpoints with names");
  }
}

/// Namespaces in which the entry is seen; "*" for all.
std::vector<std::string> scopes_of(const ServiceEntry& entry) {
  std::vector<std::string> scopes;
  for (const Text& word : entry.export_to) {
    if (word.value == "*") return {"*"};
    scopes.emplace_back(word.value == "." ? entry.scope : word.value);
  }
  if (scopes.empty()) scopes.emplace_back("*");
  return scopes;
}

bool meet(const ServiceEntry& a, const ServiceEntry& b) {
  const auto left = scopes_of(a);
  const auto right = scopes_of(b);
  return std::any_of(left.begin(), left.end(), [&](const std::string& scope) {
    return scope == "*" || std::any_of(right.begin(), right.end(), [&](const std::string& other) {
             return other == "*" || other == scope;
           });
  });
}

/// One port of one host.
struct Offer {
  const ServiceEntry* entry = nullptr;
  const ServiceEntryPort* port = nullptr;
};

void protocols_agree(const Mesh& mesh, Findings& found) {
  std::map<std::pair<std::string, std::int64_t>, std::vector<Offer>> offers;
  for (const ServiceEntry& entry : mesh.all<ServiceEntry>()) {
    for (const Text& host : entry.hosts) {
      for (const ServiceEntryPort& port : entry.ports) {
        offers[{str::lower(host.value), port.number.value}].push_back({&entry, &port});
      }
    }
  }
  for (const auto& [key, list] : offers) {
    for (const Offer& offer : list) {
      if (offer.entry->context) continue;
      const auto other = std::find_if(list.begin(), list.end(), [&](const Offer& candidate) {
        return !str::equals_ignore_case(candidate.port->protocol.value,
                                        offer.port->protocol.value) &&
               meet(*offer.entry, *candidate.entry);
      });
      if (other == list.end()) continue;
      const auto& port = *offer.port;
      found
          .add(port.protocol ? port.protocol.where() : port.node.where(),
               fmt::format("port {} of `{}` is also declared as {}", key.second, key.first,
                           other->port->protocol.value_or("no protocol")))
          .relate(other->port->node.where(), "here")
          .with_help("declare the protocol that the host speaks in both places");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1401",
     .name = "service-entry-wildcard-lookup",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A wildcard host is not looked up",
     .why = "There is no address for `*.example.com` in DNS; Istio's webhook refuses a "
            "wildcard with DNS resolution and no endpoints.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: ["*.example.com"] #!
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: ["*.example.com"]
  resolution: NONE
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .aliases = "IST0106",
     .check = Each<wildcards_are_not_looked_up>::run},
    {.id = "MF1402",
     .name = "service-entry-protocol-conflict",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A host's port has the same protocol in all ServiceEntries",
     .why = "The proxy has one listener for a host and port. When two entries declare "
            "different protocols, one of them is used, and traffic of the other kind fails.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  ports: [{number: 443, name: tls, protocol: TLS}] #!
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api-2, namespace: shop}
spec:
  hosts: [api.example.com]
  ports: [{number: 443, name: https, protocol: HTTPS}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  ports: [{number: 443, name: tls, protocol: TLS}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api-2, namespace: shop}
spec:
  hosts: [api-2.example.com]
  ports: [{number: 443, name: tls, protocol: TLS}]
)",
     .aliases = "IST0177 KIA1212",
     .check = protocols_agree},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family service_entry_rules() { return kRules; }

}  // namespace meshfn::lint
