// What configures the balancer towards a Service: failure accrual and the load biaser.

#include <fmt/format.h>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/linkerd_annotations.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_routes.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::is_destination;
using resource::Mesh;
using resource::Object;
using resource::Text;

constexpr std::string_view kAccrual = "balancer.linkerd.io/failure-accrual";
constexpr std::string_view kConsecutive = "balancer.linkerd.io/failure-accrual-consecutive-";
constexpr std::string_view kSuccessRate = "balancer.alpha.linkerd.io/failure-accrual-success-rate-";
constexpr std::string_view kHonorRetryAfter =
    "balancer.alpha.linkerd.io/failure-accrual-honor-retry-after";
constexpr std::string_view kPenalize = "balancer.alpha.linkerd.io/penalize-failures";
constexpr std::string_view kBiaser = "balancer.alpha.linkerd.io/load-biaser-";

/// Why a parameter of the balancer has no effect on its object; empty when it has one.
std::string_view idle_reason(std::string_view key, const Object& object) {
  const Text mode = object.annotation(kAccrual);
  if (key.starts_with(kBiaser)) {
    const bool on = str::trim(*object.annotation(kPenalize)) == "true";
    return on ? "" : "`penalize-failures` is not `true`";
  }
  if (key.starts_with(kConsecutive)) return mode ? "" : "`failure-accrual` is not set";
  if (!key.starts_with(kSuccessRate) && key != kHonorRetryAfter) return {};
  if (!mode) return "`balancer.linkerd.io/failure-accrual` is not set";
  const bool only_unified = key.starts_with(kSuccessRate);
  return only_unified && *mode == "consecutive" ? "`failure-accrual` is `consecutive`" : "";
}

void parameters_have_effect(const Object& object, const Mesh&, Findings& found) {
  if (!is_destination(object)) return;
  for (const auto [key, value, merged] : object.metadata.find("annotations").entries()) {
    const std::string_view reason = idle_reason(key.text(), object);
    if (reason.empty() || linkerd::find_annotation(key.text()) == nullptr) continue;
    found.add(key.where(), fmt::format("`{}` has no effect, because {}", key.text(), reason))
        .with_help(
            key.text().starts_with(kBiaser)
                ? fmt::format("add `{}: \"true\"`", kPenalize)
                : fmt::format("set `{}: {}`", kAccrual,
                              key.text().starts_with(kConsecutive) ? "consecutive" : "unified"));
  }
}

void accrual_trips(const Object& object, const Mesh&, Findings& found) {
  const Text failures = object.annotation(std::string(kConsecutive) + "max-failures");
  if (!is_destination(object) || !failures || *failures != "0") return;
  if (object.annotation(kAccrual).value != "consecutive") return;
  found.add(failures.where(), "with 0 failures the breaker never trips")
      .with_help("give the number of failures in a row that take an endpoint out");
}

void accrual_leaves_endpoints(const resource::kubernetes::Service& service, const Mesh& mesh,
                              Findings& found) {
  const Text mode = service.annotation(kAccrual);
  if (!mode || service.selector.empty()) return;
  const auto workloads = mesh.workloads(service.scope, service.selector);
  if (workloads.size() != 1) return;
  const auto& workload = *workloads.front();
  const bool counted = workload.kind.value == "Deployment" || workload.kind.value == "StatefulSet";
  if (!counted || workload.replicas.value_or(1) != 1) return;
  found
      .add(mode.where(), fmt::format("`{}` has one endpoint: when it is taken out, none is left",
                                     service.name.value))
      .relate(workload.where(), "one replica")
      .with_help("Linkerd has no panic threshold: run several replicas, or leave accrual off");
}

constexpr Rule kRules[] = {
    {.id = "MF3060",
     .name = "linkerd-balancer-parameter-idle",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Parameters of the balancer come with what they configure",
     .why = "The parameters of failure accrual and of the load biaser are read only after the mode "
            "that uses them was switched on. Alone they change nothing.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    balancer.linkerd.io/failure-accrual-consecutive-max-failures: "3" #!
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    balancer.linkerd.io/failure-accrual: consecutive
    balancer.linkerd.io/failure-accrual-consecutive-max-failures: "3"
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = Each<parameters_have_effect>::run},
    {.id = "MF3061",
     .name = "linkerd-accrual-never-trips",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Failure accrual counts at least one failure",
     .why = "The breaker compares failures in a row with this number after each failure, so that 0 "
            "is never met and a broken endpoint stays in.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    balancer.linkerd.io/failure-accrual: consecutive
    balancer.linkerd.io/failure-accrual-consecutive-max-failures: "0" #!
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    balancer.linkerd.io/failure-accrual: consecutive
    balancer.linkerd.io/failure-accrual-consecutive-max-failures: "7"
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = Each<accrual_trips>::run},
    {.id = "MF3062",
     .name = "linkerd-accrual-single-endpoint",
     .severity = Severity::info,
     .group = "linkerd",
     .summary = "Failure accrual has more than one endpoint to choose from",
     .why = "Linkerd takes out every endpoint that trips the breaker, the last one included. With "
            "one replica a few failures in a row turn into 504 for everybody until the penalty is "
            "over.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    balancer.linkerd.io/failure-accrual: consecutive #!
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    balancer.linkerd.io/failure-accrual: consecutive
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
)",
     .check = Each<accrual_leaves_endpoints>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_balancer_rules() { return kRules; }

}  // namespace meshfn::lint
