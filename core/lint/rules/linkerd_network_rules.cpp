// What lies outside the cluster: EgressNetworks, ExternalWorkloads and Links to other clusters.

#include <fmt/format.h>

#include <array>
#include <map>

#include "base/network.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_objects.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

constexpr std::string_view kWorkloads = "workload.linkerd.io";
constexpr std::string_view kMulticluster = "multicluster.linkerd.io";

/// `clusterNetworks` as the control plane's chart sets them.
constexpr std::array<std::string_view, 5> kClusterNetworks = {
    "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"};

void egress_is_outside(const Object& network, const Mesh&, Findings& found) {
  if (!objects::is(network, linkerd::kPolicy, "EgressNetwork")) return;
  for (const yaml::Node item : network.spec.find("networks").items()) {
    const yaml::Node cidr = item.find("cidr");
    const auto block = parse_network(cidr.text());
    if (!block) continue;
    for (const std::string_view inside : kClusterNetworks) {
      const auto cluster = parse_network(inside);
      if (!overlaps(*block, *cluster)) continue;
      found
          .add(cidr.where(),
               fmt::format("`{}` overlaps `{}`, which is inside the cluster", cidr.text(), inside))
          .with_help("leave it out, or change `clusterNetworks` of the control plane");
      break;
    }
  }
}

void addresses_are_possible(const Object& workload, const Mesh&, Findings& found) {
  if (!objects::is(workload, kWorkloads, "ExternalWorkload")) return;
  std::map<bool, yaml::Node> families;
  for (const yaml::Node item : workload.spec.find("workloadIPs").items()) {
    const yaml::Node ip = item.find("ip");
    if (!ip.is_scalar()) continue;
    const auto address = parse_network(ip.text());
    if (!address || ip.text().find('/') != std::string_view::npos) {
      found.add(ip.where(), fmt::format("`{}` is no address", ip.text()));
      continue;
    }
    const auto [first, added] = families.try_emplace(address->v6, ip);
    if (added) continue;
    found
        .add(ip.where(),
             fmt::format("a second {} address is ignored", address->v6 ? "IPv6" : "IPv4"))
        .relate(first->second.where(), "the first");
  }
}

void port_names_differ(const Object& workload, const Mesh&, Findings& found) {
  if (!objects::is(workload, kWorkloads, "ExternalWorkload")) return;
  std::map<std::string_view, yaml::Node> names;
  for (const yaml::Node port : workload.spec.find("ports").items()) {
    const yaml::Node name = port.find("name");
    if (!name.is_scalar() || name.is_null()) continue;
    const auto [first, added] = names.try_emplace(name.text(), name);
    if (added) continue;
    found.add(name.where(), fmt::format("two ports are called `{}`", name.text()))
        .relate(first->second.where(), "the first");
  }
}

void check_text(yaml::Node owner, std::string_view field, std::string (*problem)(std::string_view),
                Findings& found) {
  const yaml::Node value = owner.find(field);
  if (!value.is_scalar() || value.is_null() || value.text().empty()) return;
  const std::string reason = problem(value.text());
  if (reason.empty()) return;
  found.add(value.where(), fmt::format("`{}` cannot be `{}`: {}", field, value.text(), reason));
}

void link_values_are_read(const Object& link, const Mesh&, Findings& found) {
  if (!objects::is(link, kMulticluster, "Link")) return;
  const yaml::Node probe = link.spec.find("probeSpec");
  check_text(link.spec, "gatewayPort", linkerd::port_problem, found);
  check_text(probe, "port", linkerd::port_problem, found);
  check_text(probe, "failureThreshold", linkerd::unsigned_problem, found);
  check_text(probe, "period", linkerd::go_duration_problem, found);
  check_text(probe, "timeout", linkerd::go_duration_problem, found);
}

void link_is_complete(const Object& link, const Mesh&, Findings& found) {
  if (!objects::is(link, kMulticluster, "Link") || !link.spec.is_mapping()) return;
  const auto need = [&](yaml::Node owner, std::string_view field, std::string_view why) {
    const yaml::Node value = owner.find(field);
    if (value && !value.is_null() && value.text().size() + value.size() > 0) return;
    found.add(value && value.is_scalar() && !value.is_null() ? value.where() : link.where(),
              fmt::format("the Link has no `{}`{}", field, why));
  };
  need(link.spec, "targetClusterName", "");
  need(link.spec, "clusterCredentialsSecret", "");
  // A flat network needs no gateway, and then none of this.
  const yaml::Node gateway = link.spec.find("gatewayAddress");
  if (gateway.text().empty()) return;
  need(link.spec, "gatewayIdentity", ", which its gateway needs");
  need(link.spec, "gatewayPort", ", which its gateway needs");
  const yaml::Node probe = link.spec.find("probeSpec");
  for (const std::string_view field : {"path", "port", "period"}) {
    need(probe, field, " in `probeSpec`, which its gateway needs");
  }
}

constexpr Rule kRules[] = {
    {.id = "MF3301",
     .name = "linkerd-egress-inside-cluster",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "An EgressNetwork lies outside the cluster",
     .why = "A network that meets the cluster's own is not accepted "
            "(EgressReasonNetworkOverlap), and neither are its routes. The default "
            "`clusterNetworks` are all private ranges.",
     .bad = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: EgressNetwork
metadata: {name: outside, namespace: shop}
spec:
  trafficPolicy: Allow
  networks:
  - cidr: 10.20.0.0/16 #!
)",
     .good = R"(apiVersion: policy.linkerd.io/v1alpha1
kind: EgressNetwork
metadata: {name: outside, namespace: shop}
spec:
  trafficPolicy: Allow
  networks:
  - cidr: 203.0.113.0/24
)",
     .check = Each<egress_is_outside>::run},
    {.id = "MF3302",
     .name = "linkerd-external-address",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "An ExternalWorkload has an address of each family",
     .why = "Linkerd takes one IPv4 and one IPv6 address. What is no address, or a second "
            "of its family, gets no traffic.",
     .bad = R"(apiVersion: workload.linkerd.io/v1beta1
kind: ExternalWorkload
metadata: {name: vm, namespace: shop}
spec:
  meshTLS: {identity: "spiffe://example.com/vm", serverName: vm.example.com}
  workloadIPs:
  - {ip: 203.0.113.7}
  - {ip: 203.0.113.8} #!
  ports:
  - {name: http, port: 80}
)",
     .good = R"(apiVersion: workload.linkerd.io/v1beta1
kind: ExternalWorkload
metadata: {name: vm, namespace: shop}
spec:
  meshTLS: {identity: "spiffe://example.com/vm", serverName: vm.example.com}
  workloadIPs:
  - {ip: 203.0.113.7}
  - {ip: "2001:db8::7"}
  ports:
  - {name: http, port: 80}
)",
     .check = Each<addresses_are_possible>::run},
    {.id = "MF3303",
     .name = "linkerd-external-port-twice",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Ports of an ExternalWorkload have names of their own",
     .why = "Services and Servers that refer to a port by name find one of them, and which "
            "one is not said.",
     .bad = R"(apiVersion: workload.linkerd.io/v1beta1
kind: ExternalWorkload
metadata: {name: vm, namespace: shop}
spec:
  meshTLS: {identity: "spiffe://example.com/vm", serverName: vm.example.com}
  workloadIPs:
  - {ip: 203.0.113.7}
  ports:
  - {name: http, port: 80}
  - {name: http, port: 8080} #!
)",
     .good = R"(apiVersion: workload.linkerd.io/v1beta1
kind: ExternalWorkload
metadata: {name: vm, namespace: shop}
spec:
  meshTLS: {identity: "spiffe://example.com/vm", serverName: vm.example.com}
  workloadIPs:
  - {ip: 203.0.113.7}
  ports:
  - {name: http, port: 80}
  - {name: admin, port: 8080}
)",
     .check = Each<port_names_differ>::run},
    {.id = "MF3304",
     .name = "linkerd-link-value",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "Ports, counts and durations of a Link can be read",
     .why = "The schema takes any text. The service mirror cannot read the Link, logs that, "
            "and mirrors nothing from the other cluster.",
     .bad = R"(apiVersion: multicluster.linkerd.io/v1alpha3
kind: Link
metadata: {name: west, namespace: linkerd-multicluster}
spec:
  targetClusterName: west
  clusterCredentialsSecret: cluster-credentials-west
  gatewayAddress: 203.0.113.7
  gatewayIdentity: linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local
  gatewayPort: "414300" #!
  probeSpec: {path: /ready, port: "4191", period: 3s}
)",
     .good = R"(apiVersion: multicluster.linkerd.io/v1alpha3
kind: Link
metadata: {name: west, namespace: linkerd-multicluster}
spec:
  targetClusterName: west
  clusterCredentialsSecret: cluster-credentials-west
  gatewayAddress: 203.0.113.7
  gatewayIdentity: linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local
  gatewayPort: "4143"
  probeSpec: {path: /ready, port: "4191", period: 3s}
)",
     .check = Each<link_values_are_read>::run},
    {.id = "MF3305",
     .name = "linkerd-link-incomplete",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "A Link has what the service mirror needs",
     .why = "The schema requires nothing. Without the name and the credentials of the other "
            "cluster, or with half of a gateway, the service mirror does not start.",
     .bad = R"(apiVersion: multicluster.linkerd.io/v1alpha3
kind: Link
metadata: {name: west, namespace: linkerd-multicluster} #!
spec:
  targetClusterName: west
  gatewayAddress: 203.0.113.7
  gatewayIdentity: linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local
  gatewayPort: "4143"
  probeSpec: {path: /ready, port: "4191", period: 3s}
)",
     .good = R"(apiVersion: multicluster.linkerd.io/v1alpha3
kind: Link
metadata: {name: west, namespace: linkerd-multicluster}
spec:
  targetClusterName: west
  clusterCredentialsSecret: cluster-credentials-west
  gatewayAddress: 203.0.113.7
  gatewayIdentity: linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local
  gatewayPort: "4143"
  probeSpec: {path: /ready, port: "4191", period: 3s}
)",
     .check = Each<link_is_complete>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_network_rules() { return kRules; }

}  // namespace meshfn::lint
