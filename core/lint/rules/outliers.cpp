// Outlier detection that ejects nothing, or everything.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/policies.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::DestinationRule;
using resource::istio::OutlierDetection;
using resource::kubernetes::Workload;

/// Envoy's default of consecutive server errors (OutlierDetection.consecutive_5xx).
constexpr std::int64_t kDefault5xx = 5;
constexpr auto kLongInterval = std::chrono::minutes(5);
constexpr auto kShortInterval = std::chrono::seconds(1);

/// Calls `check(detection)` for the detections of all levels.
template <class Check>
void each_detection(const DestinationRule& rule, Check check) {
  for (const PolicyUse& use : policies(rule)) {
    if (use.policy->outlier_detection) check(*use.policy->outlier_detection);
  }
}

void something_is_counted(const DestinationRule& rule, const Mesh&, Findings& found) {
  each_detection(rule, [&](const OutlierDetection& outlier) {
    const bool off = outlier.consecutive_5xx_errors && outlier.consecutive_5xx_errors.value == 0;
    if (!off || outlier.consecutive_gateway_errors.value > 0) return;
    if (outlier.split_external_local_origin_errors.value) return;
    found
        .add(outlier.consecutive_5xx_errors.where(),
             "this outlier detection counts nothing and never ejects an endpoint")
        .with_help("0 switches the counter off; give a number, or set consecutiveGatewayErrors");
  });
}

void gateway_errors_count(const DestinationRule& rule, const Mesh&, Findings& found) {
  each_detection(rule, [&](const OutlierDetection& outlier) {
    const auto& gateway = outlier.consecutive_gateway_errors;
    const auto& all = outlier.consecutive_5xx_errors;
    if (!gateway || gateway.value <= 0 || (all && all.value == 0)) return;
    if (all ? gateway.value < all.value : gateway.value <= kDefault5xx) return;
    auto& finding = found.add(
        gateway.where(), fmt::format("{} gateway errors are never reached: an endpoint is ejected "
                                     "after {} server errors, gateway errors included",
                                     gateway.value, all.value_or(kDefault5xx)));
    if (all) finding.relate(all.where(), "server errors");
    finding.with_help("make it lower than consecutive5xxErrors, or set that to 0");
  });
}

/// The workloads behind the host of a rule when it can be said how many pods they run; empty
/// otherwise.
std::vector<const Workload*> counted_pods(const DestinationRule& rule, const Mesh& mesh) {
  const HostLookup lookup = mesh.derived<References>().host(rule.host.value, rule.scope);
  if (lookup.service == nullptr) return {};
  auto pods = mesh.workloads(lookup.service->scope, lookup.service->selector);
  const auto& scalers = mesh.of_kind("autoscaling", "HorizontalPodAutoscaler");
  const bool countable = std::all_of(pods.begin(), pods.end(), [&](const Workload* one) {
    const bool fixed = one->kind.value == "Deployment" || one->kind.value == "StatefulSet";
    return fixed && std::none_of(scalers.begin(), scalers.end(), [&](const auto* scaler) {
             return scaler->scope == one->scope &&
                    scaler->spec.at("scaleTargetRef", "name").text() == one->name.value;
           });
  });
  return countable ? pods : std::vector<const Workload*>{};
}

/// How many pods a host has; 0 when it cannot be said.
std::int64_t number_of_pods(const DestinationRule& rule, const Mesh& mesh) {
  std::int64_t sum = 0;
  for (const Workload* pods : counted_pods(rule, mesh)) sum += pods->replicas.value_or(1);
  return sum;
}

/// Whether so many of a hundred are all of `pods`: Envoy ejects while fewer are out.
bool is_all(std::int64_t percent, std::int64_t pods) {
  return percent >= 100 || (pods > 1 && percent * pods > 100 * (pods - 1));
}

void some_endpoint_remains(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  std::optional<std::int64_t> pods;
  each_detection(rule, [&](const OutlierDetection& outlier) {
    const auto& percent = outlier.max_ejection_percent;
    // More than all is out of range, and refused.
    if (!percent || percent.value > 100 || outlier.min_health_percent.value > 0) return;
    if (!pods && percent.value < 100) pods = number_of_pods(rule, mesh);
    if (!is_all(percent.value, pods.value_or(0))) return;
    found
        .add(outlier.max_ejection_percent.where(),
             "when all endpoints fail, all are ejected and every request gets 503")
        .with_help("lower it, or set minHealthPercent, below which ejections are ignored");
  });
}

void intervals_make_sense(const DestinationRule& rule, const Mesh&, Findings& found) {
  each_detection(rule, [&](const OutlierDetection& outlier) {
    const auto& interval = outlier.interval;
    const auto& base = outlier.base_ejection_time;
    if (interval.value > kLongInterval) {
      found
          .add(interval.where(),
               fmt::format("ejected endpoints are looked at only every {}", interval.node.text()))
          .with_help("the interval is between two looks; the default is 10s");
    } else if (interval && interval.value < kShortInterval) {
      found
          .add(interval.where(), fmt::format("endpoints are looked at every {}, and within that "
                                             "few requests arrive to judge them by",
                                             interval.node.text()))
          .with_help("the default is 10s");
    } else if (interval && base.value.count() > 0 && base.value < interval.value) {
      found
          .add(base.where(), fmt::format("an ejection of {} lasts until the next look, which is "
                                         "every {}",
                                         base.node.text(), interval.node.text()))
          .relate(interval.where(), "time between two looks")
          .with_help("make the interval no longer than baseEjectionTime");
    }
  });
}

void another_endpoint_exists(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  const bool top = rule.traffic_policy && rule.traffic_policy->outlier_detection;
  if (!top) return;
  const auto pods = counted_pods(rule, mesh);
  if (pods.size() != 1 || pods.front()->replicas.value_or(1) != 1) return;
  const Workload& only = *pods.front();
  found
      .add(rule.traffic_policy->outlier_detection->node.where(),
           fmt::format("`{}` has one pod, so there is no other to send requests to when it is "
                       "ejected",
                       rule.host.value))
      .relate(only.replicas ? only.replicas.where() : only.where(), "one replica")
      .with_help("run at least two replicas, or remove the outlier detection");
}

/// Envoy's default of maxEjectionPercent, and the number of pods below which it means one of them.
constexpr std::int64_t kDefaultPercent = 10;

void more_than_one_can_be_ejected(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  constexpr std::int64_t kFew = 3;
  if (!rule.traffic_policy || !rule.traffic_policy->outlier_detection) return;
  const OutlierDetection& outlier = *rule.traffic_policy->outlier_detection;
  if (outlier.max_ejection_percent) return;
  const std::int64_t pods = number_of_pods(rule, mesh);
  if (pods < kFew || pods * kDefaultPercent > 100) return;
  found
      .add(outlier.node.where(), fmt::format("of the {} pods of `{}` one is ejected at a time, "
                                             "however many fail",
                                             pods, rule.host.value))
      .with_help("set `maxEjectionPercent`, which is 10 by default");
}

constexpr Rule kRules[] = {
    {.id = "MF5101",
     .name = "detection-counts-nothing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Outlier detection counts some kind of error",
     .why = "`consecutive5xxErrors: 0` switches its counter off. Without another counter no "
            "endpoint is ever ejected, however ill, and no locality fails over.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 0, baseEjectionTime: 30s} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 0, consecutiveGatewayErrors: 5, baseEjectionTime: 30s}
)",
     .check = Each<something_is_counted>::run},
    {.id = "MF5102",
     .name = "gateway-errors-unreached",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Gateway errors eject earlier than server errors do",
     .why = "502, 503 and 504 are counted by both counters. When `consecutiveGatewayErrors` is no "
            "lower than `consecutive5xxErrors` (5 where it is not given), the other one always "
            "acts first.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutiveGatewayErrors: 20, baseEjectionTime: 30s} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutiveGatewayErrors: 20, consecutive5xxErrors: 0, baseEjectionTime: 30s}
)",
     .check = Each<gateway_errors_count>::run},
    {.id = "MF5103",
     .name = "ejection-of-everything",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Outlier detection leaves some endpoint to try",
     .why = "Istio switches Envoy's panic threshold off unless `minHealthPercent` is set. With "
            "`maxEjectionPercent: 100` a fault that all endpoints share empties the pool, and "
            "requests that might have succeeded fail at once.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5, maxEjectionPercent: 100} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5, maxEjectionPercent: 50}
)",
     .check = Each<some_endpoint_remains>::run},
    {.id = "MF5104",
     .name = "ejection-times-odd",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Ejected endpoints come back about when they should",
     .why = "Endpoints return at the first look after their ejection time is over. An interval "
            "longer than that time keeps them out longer than was asked for.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection:
      interval: 3m
      baseEjectionTime: 30s #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection:
      interval: 10s
      baseEjectionTime: 30s
)",
     .check = Each<intervals_make_sense>::run},
    {.id = "MF5105",
     .name = "detection-without-choice",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A host whose endpoints are ejected has more than one",
     .why =
         "Ejection is for sending requests to healthier endpoints. With a single pod callers get "
         "503 until it is let in again, also when it is well long before.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec:
      containers: [{name: app, image: "reviews:1"}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 3} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec:
      containers: [{name: app, image: "reviews:1"}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 3}
)",
     .check = Each<another_endpoint_exists>::run},
    {.id = "MF5106",
     .name = "detection-of-one",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Outlier detection of a few pods may eject more than one",
     .why = "Envoy ejects a tenth of the endpoints at most, rounded up. Of fewer than eleven "
            "pods that is one: a second one that fails goes on being asked.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: web, image: web:1}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: reviews}}
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: web, image: web:1}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5, maxEjectionPercent: 50}
)",
     .check = Each<more_than_one_can_be_ejected>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family outlier_rules() { return kRules; }

}  // namespace meshfn::lint
