// Istio's networks: the file of `--mesh-networks`, or `meshNetworks` of its ConfigMap or of an
// IstioOperator's values.

#include <fmt/format.h>

#include <set>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/security_families.h"
#include "yaml/embedded.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

/// Where a value of the networks stands in the input.
struct Places {
  const yaml::Embedded* text = nullptr;  ///< null when it is no text in text

  source::Location where(yaml::Node node) const {
    return text == nullptr ? node.where() : text->where(node);
  }
};

/// Calls `visit(name, network, places)` for every network.
template <class Visit>
void each_network(const Mesh& mesh, Visit visit) {
  const auto visit_all = [&](yaml::Node networks, const Places& places) {
    for (const auto [key, network, merged] : networks.entries()) visit(key, network, places);
  };
  visit_all(mesh.settings().mesh_networks.find("networks"), Places{});
  objects::each(mesh, "install.istio.io", "IstioOperator", [&](const Object& object) {
    visit_all(object.spec.at("values", "global", "meshNetworks"), Places{});
  });
  objects::each(mesh, "", "ConfigMap", [&](const Object& object) {
    const yaml::Node text = object.root.at("data", "meshNetworks");
    if (!object.name.value.starts_with("istio") || !text.is_scalar()) return;
    const yaml::Embedded embedded(text);
    visit_all(embedded.root().find("networks"), Places{&embedded});
  });
}

/// The registries that istiod knows: its own, and the clusters of its remote secrets.
struct Registries {
  std::set<std::string_view> names = {"Mock", "Kubernetes", "External"};
  bool remote = false;  ///< the input shows remote secrets
};

Registries registries(const Mesh& mesh) {
  Registries known;
  istio::each_known(mesh, "", "Secret", [&](const Object& object) {
    if (object.label("istio/multiCluster").value != "true") return;
    known.remote = true;
    for (const std::string_view part : {"data", "stringData"}) {
      for (const auto [key, value, merged] : object.root.find(part).entries()) {
        known.names.insert(key.text());
      }
    }
  });
  return known;
}

void registries_exist(const Mesh& mesh, Findings& found) {
  const Registries known = registries(mesh);
  each_network(mesh, [&](yaml::Node name, yaml::Node network, const Places& places) {
    for (const yaml::Node endpoint : network.find("endpoints").items()) {
      const yaml::Node registry = endpoint.find("fromRegistry");
      if (registry.text().empty() || known.names.contains(registry.text())) continue;
      found
          .add(places.where(registry), fmt::format("network `{}` takes endpoints from registry "
                                                   "`{}`, and no remote secret is of that cluster",
                                                   name.text(), registry.text()))
          .with_help(did_you_mean(registry.text(), {known.names.begin(), known.names.end()}))
          .with_severity(known.remote ? Severity::error : Severity::info);
    }
  });
}

void check_endpoint(yaml::Node endpoint, const Places& places, Findings& found) {
  const yaml::Node range = endpoint.find("fromCidr");
  const yaml::Node registry = endpoint.find("fromRegistry");
  const std::string range_problem =
      range.text().empty() ? "" : istio::ip_range_problem(range.text());
  const std::string registry_problem =
      registry.text().empty() ? "" : istio::label_problem(registry.text());
  if (!range_problem.empty()) found.add(places.where(range), range_problem);
  if (!registry_problem.empty()) found.add(places.where(registry), registry_problem);
}

void check_gateway(yaml::Node gateway, const Places& places, Findings& found) {
  const yaml::Node service = gateway.find("registryServiceName");
  const yaml::Node address = gateway.find("address");
  for (const yaml::Node name : {service, address}) {
    if (name.text().empty() || istio::is_ip(name.text())) continue;
    const std::string problem = istio::name_problem(name.text());
    if (!problem.empty()) found.add(places.where(name), problem);
  }
  const resource::Integer port = resource::integer(gateway.find("port"));
  const std::string problem = port ? istio::port_problem(*port) : "";
  if (!problem.empty()) found.add(places.where(port.node), problem);
}

void networks_can_be_used(const Mesh& mesh, Findings& found) {
  each_network(mesh, [&](yaml::Node, yaml::Node network, const Places& places) {
    for (const yaml::Node endpoint : network.find("endpoints").items()) {
      check_endpoint(endpoint, places, found);
    }
    for (const yaml::Node gateway : network.find("gateways").items()) {
      check_gateway(gateway, places, found);
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1761",
     .name = "network-registry-unknown",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Networks take endpoints from clusters that istiod knows",
     .why = "istiod knows the clusters of its remote secrets by name. Endpoints of another name "
            "belong to no network, and are called directly, which does not work across networks.",
     .bad = R"(apiVersion: v1
kind: Secret
metadata:
  name: istio-remote-secret-east
  namespace: istio-system
  labels: {istio/multiCluster: "true"}
stringData: {east: kubeconfig}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  meshNetworks: |
    networks:
      network-1:
        endpoints:
        - fromRegistry: eats #!
)",
     .good = R"(apiVersion: v1
kind: Secret
metadata:
  name: istio-remote-secret-east
  namespace: istio-system
  labels: {istio/multiCluster: "true"}
stringData: {east: kubeconfig}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  meshNetworks: |
    networks:
      network-1:
        endpoints:
        - fromRegistry: east
)",
     .aliases = "IST0126",
     .check = registries_exist},
    {.id = "MF1762",
     .name = "network-value",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Addresses and ports of networks are possible ones",
     .why = "istiod refuses a list of networks with an address, a range or a port that cannot be.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  meshNetworks: |
    networks:
      network-1:
        endpoints:
        - fromCidr: 10.0.0.0/64 #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  meshNetworks: |
    networks:
      network-1:
        endpoints:
        - fromCidr: 10.0.0.0/16
)",
     .check = networks_can_be_used},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family mesh_networks_rules() { return kRules; }

}  // namespace meshfn::lint
