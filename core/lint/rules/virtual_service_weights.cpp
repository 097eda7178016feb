// How a route divides its traffic.

#include <fmt/format.h>

#include <map>
#include <numeric>
#include <optional>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::VirtualService;
using resource::istio::WeightedDestination;

/// Calls `check(destinations, route node)` for the destinations of every route.
template <class CheckRoute>
void each_route(const VirtualService& service, CheckRoute check) {
  for (const auto& route : service.http) check(route.route, route.node);
  for (const auto* routes : {&service.tls, &service.tcp}) {
    for (const auto& route : *routes) check(route.route, route.node);
  }
}

std::int64_t sum_of_weights(const std::vector<WeightedDestination>& route) {
  return std::accumulate(
      route.begin(), route.end(), std::int64_t{0},
      [](std::int64_t sum, const auto& entry) { return sum + entry.weight.value; });
}

/// The edit that makes the weights 100 together: with the same shares where these are whole
/// percents, else with the rest for the last one, which is a guess.
std::optional<diagnostic::Fix> to_percent(const std::vector<WeightedDestination>& route,
                                          std::int64_t sum) {
  diagnostic::Fix fix{"write the shares as percent", {}, true};
  const WeightedDestination* last = nullptr;
  for (const auto& entry : route) {
    if (!entry.weight) continue;
    last = &entry;
    if (entry.weight.value * 100 % sum != 0) fix.safe = false;
    fix.edits.push_back({entry.weight.where(), fmt::format("{}", entry.weight.value * 100 / sum)});
  }
  if (fix.safe) return fix;
  const std::int64_t rest = 100 - sum + last->weight.value;
  if (rest <= 0) return std::nullopt;
  return diagnostic::Fix{fmt::format("give the last one the remaining {}", rest),
                         {{last->weight.where(), fmt::format("{}", rest)}},
                         false};
}

void weights_are_percentages(const VirtualService& service, const Mesh&, Findings& found) {
  each_route(service, [&](const std::vector<WeightedDestination>& route, yaml::Node) {
    const std::int64_t sum = sum_of_weights(route);
    if (route.size() < 2 || sum == 0 || sum == 100) return;
    const WeightedDestination* last = nullptr;
    for (const auto& entry : route) {
      if (entry.weight) last = &entry;
    }
    auto& finding = found.add(last->weight.where(),
                              fmt::format("the weights of this route add up to {}, not 100", sum));
    finding.with_note(
        fmt::format("{} of {} is {:.0f}%", last->weight.value, sum,
                    100.0 * static_cast<double>(last->weight.value) / static_cast<double>(sum)));
    for (const auto& entry : route) {
      if (entry.weight && &entry != last) {
        finding.relate(entry.weight.where(), fmt::format("{} here", entry.weight.value));
      }
    }
    finding.with_help("weights are shares of their sum; make it 100, so that they read as percent");
    finding.fix = to_percent(route, sum);
  });
}

void some_weight_is_positive(const VirtualService& service, const Mesh&, Findings& found) {
  each_route(service, [&](const std::vector<WeightedDestination>& route, yaml::Node) {
    if (route.size() < 2 || sum_of_weights(route) != 0) return;
    const auto& first = route.front();
    const source::Location where = first.weight ? first.weight.where() : first.node.where();
    found.add(where, fmt::format("none of the {} destinations has a weight above 0", route.size()))
        .with_help("give each destination its share, together 100");
  });
}

void a_lone_destination_has_no_weight(const VirtualService& service, const Mesh&, Findings& found) {
  each_route(service, [&](const std::vector<WeightedDestination>& route, yaml::Node) {
    if (route.size() != 1) return;
    const auto& weight = route.front().weight;
    if (!weight || weight.value < 0 || weight.value >= 100) return;
    found
        .add(weight.where(),
             fmt::format("the only destination has weight {} and takes everything", weight.value))
        .with_help("add the destination for the rest, or drop the weight")
        .with_fix({"set the weight to 100", {{weight.where(), "100"}}, false});
  });
}

void destinations_differ(const VirtualService& service, const Mesh&, Findings& found) {
  each_route(service, [&](const std::vector<WeightedDestination>& route, yaml::Node) {
    std::map<std::string, const WeightedDestination*> seen;
    for (const auto& entry : route) {
      const auto& to = entry.destination;
      if (!to.host) continue;
      const std::string key = fmt::format("{}|{}|{}", routing::fqdn(to.host.value, service.scope),
                                          to.subset.value, to.port.value);
      const auto [first, is_new] = seen.emplace(key, &entry);
      if (is_new) continue;
      const auto name = to.subset ? fmt::format("{}, subset {}", to.host.value, to.subset.value)
                                  : std::string(to.host.value);
      found.add(to.host.where(), fmt::format("`{}` is a destination of this route twice", name))
          .relate(first->second->destination.host.where(), "first here")
          .with_help("merge the two and add their weights, or correct the subset");
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1121",
     .name = "route-weights-not-100",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The weights of one route add up to 100",
     .why = "Istio reads weights as shares of their sum, so a typo quietly moves traffic: 50 and "
            "60 send 45% and 55%.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews}, weight: 50}
    - {destination: {host: reviews-next}, weight: 60} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews}, weight: 50}
    - {destination: {host: reviews-next}, weight: 50}
)",
     .check = Each<weights_are_percentages>::run},
    {.id = "MF1122",
     .name = "route-weights-all-zero",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A route with several destinations has a weight above 0",
     .why = "Several destinations without any weight are refused by Istio's webhook: there is "
            "nothing to divide the traffic by.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - destination: {host: reviews} #!
    - destination: {host: reviews-next}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews}, weight: 90}
    - {destination: {host: reviews-next}, weight: 10}
)",
     .aliases = "IST0106",
     .check = Each<some_weight_is_positive>::run},
    {.id = "MF1123",
     .name = "destination-weight-alone",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A route's only destination has no weight below 100",
     .why = "A single destination takes all traffic whatever its weight says; the destination for "
            "the rest was probably forgotten.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews}, weight: 90} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews}, weight: 90}
    - {destination: {host: reviews-next}, weight: 10}
)",
     .aliases = "KIA1104",
     .check = Each<a_lone_destination_has_no_weight>::run},
    {.id = "MF1124",
     .name = "destination-duplicate",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A route names each destination once",
     .why = "Two entries for one host, subset and port add up, which hides how much traffic it "
            "takes; most often one of them should be another subset.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews}, weight: 90}
    - {destination: {host: reviews.shop.svc.cluster.local}, weight: 10} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route:
    - {destination: {host: reviews}, weight: 90}
    - {destination: {host: reviews-next}, weight: 10}
)",
     .aliases = "KIA1105",
     .check = Each<destinations_differ>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family virtual_service_weight_rules() { return kRules; }

}  // namespace meshfn::lint
