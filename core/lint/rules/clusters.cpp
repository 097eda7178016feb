// What clusters of one mesh must agree on.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::kubernetes::Service;
using resource::kubernetes::ServicePort;

std::vector<std::string> ports_of(const Service& service) {
  std::vector<std::string> ports;
  for (const ServicePort& port : service.ports) {
    ports.push_back(fmt::format("{} {}/{} to {} {}", port.name.value, port.port.value,
                                port.protocol.value_or("TCP"), port.target_port.value,
                                port.app_protocol.value));
  }
  std::sort(ports.begin(), ports.end());
  return ports;
}

/// In what two Services of one name differ, as far as it matters to a mesh that merges them.
std::vector<std::string> differences(const Service& here, const Service& there) {
  std::vector<std::string> out;
  const bool headless = here.cluster_ip.value == "None";
  if (headless != (there.cluster_ip.value == "None")) {
    out.push_back(headless ? "it has an address there and none here"
                           : "it has an address here and none there");
  }
  const std::string_view type = here.type.value_or("ClusterIP");
  const std::string_view other = there.type.value_or("ClusterIP");
  if (type != other) out.push_back(fmt::format("its type is {} here and {} there", type, other));
  if (ports_of(here) != ports_of(there)) out.push_back("its ports differ");
  return out;
}

void report_differences(const Service& here, const Service& there, Findings& found) {
  const auto what = differences(here, there);
  if (what.empty()) return;
  found
      .add(here.where(), fmt::format("Service `{}` is another one in cluster `{}`: {}",
                                     here.name.value, there.cluster, str::join(what, "; ")))
      .relate(there.where(), "the Service there")
      .with_help("make them alike, or give them different names");
}

/// Istio merges Services of one name in one namespace, whatever their clusters. They are compared
/// with the one of this cluster, or with the first where it has none.
void clusters_agree(const Mesh& mesh, Findings& found) {
  const auto& all = mesh.all<Service>();
  const auto is_here = [](const Service& service) { return service.cluster.empty(); };
  if (std::all_of(all.begin(), all.end(), is_here)) return;
  std::map<std::pair<std::string_view, std::string_view>, std::vector<const Service*>> by_name;
  for (const Service& service : all) {
    by_name[{service.scope, service.name.value}].push_back(&service);
  }
  for (auto& [name, services] : by_name) {
    std::stable_partition(services.begin(), services.end(),
                          [&](const Service* service) { return is_here(*service); });
    const Service& here = *services.front();
    if (here.context) continue;
    for (const Service* there : services) {
      if (there->cluster != here.cluster) report_differences(here, *there, found);
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF4031",
     .name = "clusters-disagree",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A Service is the same in all clusters of the mesh",
     .why =
         "Istio merges the Services that have one name and namespace in several clusters. When "
         "their types or ports differ, or only one has an address, what a client gets depends on "
         "the cluster that is read first. The Services of other clusters are given with "
         "`--remote-cluster NAME=PATH`; in one folder the annotation `meshfn.dev/cluster` says "
         "which cluster a Service is of.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop} #!
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {meshfn.dev/cluster: west}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 8080}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {meshfn.dev/cluster: west}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80}
)",
     .aliases = "IST0170",
     .check = clusters_agree},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family cluster_rules() { return kRules; }

}  // namespace meshfn::lint
