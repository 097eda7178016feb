#include "resource/mesh.h"

#include "catch.h"
#include "support/tree.h"

namespace meshfn::resource {

namespace {

using test::ReadMesh;

MeshSettings shop() {
  MeshSettings settings;
  settings.default_namespace = "shop";
  return settings;
}

}  // namespace

TEST_CASE("a VirtualService is decoded with the place of every value", "[resource]") {
  const ReadMesh read(R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews]
  http:
  - match:
    - headers: {end-user: {exact: jason}}
      uri: {prefix: /api}
    timeout: 2s
    retries: {attempts: 3, perTryTimeout: 500ms}
    fault: {abort: {httpStatus: 503, percentage: {value: 12.5}}}
    mirror: {host: shadow}
    mirrorPercentage: {value: 5}
    route:
    - destination: {host: reviews, subset: v2, port: {number: 80}}
      weight: 60
)");
  REQUIRE(read.mesh.all<istio::VirtualService>().size() == 1);
  const istio::VirtualService& service = read.mesh.all<istio::VirtualService>()[0];
  CHECK(service.scope == "shop");
  CHECK(service.version() == "v1");
  const istio::HttpRoute& route = service.http.at(0);
  CHECK(route.match.at(0).headers.at(0).match.value.value == "jason");
  CHECK(route.match.at(0).uri->kind == istio::StringMatch::Kind::prefix);
  CHECK(*route.timeout == std::chrono::seconds(2));
  CHECK(*route.retries->attempts == 3);
  CHECK(*route.fault->abort_percentage == 12.5);
  CHECK(*route.mirrors.at(0).percentage == 5);
  const istio::WeightedDestination& target = route.route.at(0);
  CHECK(*target.weight == 60);
  CHECK(*target.destination.port == 80);
  CHECK(source::to_string(target.weight.where()) == "test.yaml:17:15");
}

TEST_CASE("lists of objects are taken apart", "[resource]") {
  const ReadMesh read(R"(kind: List
apiVersion: v1
items:
- {apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, spec: {ports: [{port: 80}]}}
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: x},
   spec: {template: {metadata: {labels: {app: a}}}}}
)");
  CHECK(read.mesh.objects().size() == 2);
  REQUIRE(read.mesh.service("x", "a") != nullptr);
  CHECK(read.mesh.service("x", "a")->port(80) != nullptr);
  CHECK(read.mesh.has_services_in("x"));
  CHECK_FALSE(read.mesh.has_services_in("y"));
  const Labels selector = read.mesh.all<kubernetes::Workload>()[0].pod_labels;
  CHECK(read.mesh.workloads("x", selector).size() == 1);
  CHECK(read.mesh.workloads("y", selector).empty());
}

TEST_CASE("a selector finds the workloads that have all of its labels", "[resource]") {
  const ReadMesh read(R"(
{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: x, labels: {app: w, version: v1}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: x, labels: {app: w, app: w}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: c, namespace: y, labels: {app: w, version: v1}}}
)");
  const auto names = [&read](const Labels& selector) {
    std::vector<std::string_view> found;
    for (const auto* workload : read.mesh.workloads("x", selector)) {
      found.push_back(workload->name.value);
    }
    return found;
  };
  const auto& pods = read.mesh.all<kubernetes::Workload>();
  Labels app = pods[0].pod_labels;
  app.pop_back();
  CHECK(names(app) == std::vector<std::string_view>{"a", "b"});
  CHECK(names(pods[0].pod_labels) == std::vector<std::string_view>{"a"});
  CHECK(names({}).empty());
}

TEST_CASE("objects without a namespace take the default", "[resource]") {
  const ReadMesh read("{apiVersion: v1, kind: Service, metadata: {name: a}}", shop());
  CHECK(read.mesh.service("shop", "a") != nullptr);
  const ReadMesh node("{apiVersion: v1, kind: Node, metadata: {name: a}}", shop());
  CHECK(node.mesh.find("Node", "", "a") != nullptr);
}

TEST_CASE("fields of the wrong type are absent", "[resource]") {
  const ReadMesh read(
      "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: [a]},"
      " spec: {host: {x: y}, subsets: [7, {name: v1}], trafficPolicy: none}}");
  const istio::DestinationRule& rule = read.mesh.all<istio::DestinationRule>().at(0);
  CHECK_FALSE(rule.name);
  CHECK_FALSE(rule.host);
  CHECK(rule.subsets.size() == 2);
  CHECK(rule.subset("v1") != nullptr);
  CHECK_FALSE(rule.traffic_policy);
}

}  // namespace meshfn::resource
