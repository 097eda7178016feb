// What containers do by themselves that a sidecar keeps from reaching anybody.

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <vector>

#include "lint/each.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/practice_families.h"
#include "lint/rules/service_index.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::kubernetes::Container;
using resource::kubernetes::Workload;

/// The words of a container's command line, in order.
std::vector<yaml::Node> words_of(const Container& container) {
  std::vector<yaml::Node> words;
  for (const std::string_view field : {"command", "args"}) {
    for (const yaml::Node word : container.node.find(field).items()) words.push_back(word);
  }
  return words;
}

/// Whether a word tells a program to listen on the loopback address only.
bool binds_to_loopback(std::string_view word) {
  static const re2::RE2 kBind(R"(^--?(bind|listen|host|addr|address|bind-address|listen-address)"
                              R"(|http-address)=(https?://)?(127\.0\.0\.1|localhost)(:\d+)?$)");
  return re2::RE2::FullMatch(re2::StringPiece(word.data(), word.size()), kBind);
}

void containers_listen_for_others(const Workload& pods, const Mesh& mesh, Findings& found) {
  if (istio::meshed(mesh, pods) != istio::Meshed::yes) return;
  if (mesh.derived<ServiceIndex>().of(pods).empty()) return;
  for (const Container& container : pods.containers) {
    for (const yaml::Node word : words_of(container)) {
      if (!binds_to_loopback(word.text())) continue;
      found.add(word.where(), "the sidecar hands requests to the pod's address, not to localhost")
          .with_help("listen on all addresses: the sidecar is what others reach");
    }
  }
}

/// Whether a text calls something over the network.
bool calls_out(std::string_view text) {
  static const re2::RE2 kCalls(
      R"((^|[\s;&|/])(curl|wget|nc|pg_isready|mysqladmin|redis-cli)(\s|$))");
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), kCalls);
}

/// Whether the proxy starts before init containers, as it does by default from Istio 1.27 on.
bool starts_first(const Mesh& mesh, const Workload& pods) {
  const auto said = pods.pod_annotation("sidecar.istio.io/nativeSidecar");
  constexpr std::uint16_t kNative = 27;
  return said ? said.value == "true" : !mesh.settings().istio_before(kNative);
}

void init_containers_have_a_network(const Workload& pods, const Mesh& mesh, Findings& found) {
  constexpr std::int64_t kProxyUser = 1337;
  if (istio::meshed(mesh, pods) != istio::Meshed::yes || starts_first(mesh, pods)) return;
  if (istio::proxy_of(pods) != nullptr) return;
  for (const Container& container : pods.init_containers) {
    // What this user sends is not redirected.
    const auto user = resource::integer(container.node.at("securityContext", "runAsUser"));
    if (user.value == kProxyUser) continue;
    for (const yaml::Node word : words_of(container)) {
      if (!calls_out(word.text())) continue;
      found.add(word.where(), "this goes to a proxy that is not running yet")
          .with_help("use native sidecars, or let the container run as user 1337");
      break;
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5714",
     .name = "listens-on-localhost",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Containers behind a Service listen for others",
     .why = "Since Istio 1.10 the sidecar hands requests to the address of the pod. A program "
            "that listens on localhost only, which was enough before, gets none of them.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {app: web, sidecar.istio.io/inject: "true"}
spec:
  containers:
  - name: web
    image: web:1
    args:
    - --listen=127.0.0.1:8080 #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {app: web, sidecar.istio.io/inject: "true"}
spec:
  containers:
  - name: web
    image: web:1
    args:
    - --listen=0.0.0.0:8080
)",
     .check = Each<containers_listen_for_others>::run},
    {.id = "MF5715",
     .name = "init-before-proxy",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Init containers call nobody before the proxy runs",
     .why = "The pod's network is redirected to the proxy before other init containers run, "
            "and the proxy starts after them. What they call is refused, and the pod never "
            "starts. Native sidecars, the default from Istio 1.27 on, start first.",
     .bad = R"(# meshfn lint --istio 1.24
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {app: web, sidecar.istio.io/inject: "true"}
spec:
  initContainers:
  - name: wait
    image: tools:1
    command: [sh, -c, "until curl -sf http://db:8080; do sleep 1; done"] #!
  containers: [{name: web, image: web:1}]
)",
     .good = R"(# meshfn lint --istio 1.24
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels: {app: web, sidecar.istio.io/inject: "true"}
  annotations: {sidecar.istio.io/nativeSidecar: "true"}
spec:
  initContainers:
  - name: wait
    image: tools:1
    command: [sh, -c, "until curl -sf http://db:8080; do sleep 1; done"]
  containers: [{name: web, image: web:1}]
)",
     .check = Each<init_containers_have_a_network>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family pod_habit_rules() { return kRules; }

}  // namespace meshfn::lint
