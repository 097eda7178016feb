// Retries and timeouts of several hops, one behind the other.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lint/each.h"
#include "lint/rules/calls.h"
#include "lint/rules/insight_families.h"
#include "routing/host.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::HttpRoute;
using resource::istio::VirtualService;

/// So many requests behind one are taken for a mistake.
constexpr std::int64_t kMany = 8;
/// Chains are followed so far, which is further than people build them.
constexpr std::size_t kLongest = 8;
/// Calls looked at from one beginning, and in all: where everything calls everything, chains
/// outgrow any patience and say nothing.
constexpr int kCallsOfOne = 200;
constexpr int kCallsOfAll = 50000;

std::int64_t tries_of(const HttpRoute& route) {
  return route.retries ? std::max<std::int64_t>(route.retries->attempts.value, 0) + 1 : 1;
}

/// A hop of a chain: the route that callers of `host` use, with the most tries.
struct Hop {
  std::string host;
  const HttpRoute* route = nullptr;
  bool context = false;
};

/// The routes that sidecars use, by the host that is called.
std::map<std::string, Hop> mesh_hops(const Mesh& mesh) {
  std::map<std::string, Hop> hops;
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (!service.is_for_mesh()) continue;
    for (const HttpRoute& route : service.http) {
      for (const Text& host : service.hosts) {
        const std::string name = routing::fqdn(host.value, service.scope);
        Hop& hop = hops[name];
        if (hop.route != nullptr && tries_of(*hop.route) >= tries_of(route)) continue;
        hop = {name, &route, service.context};
      }
    }
  }
  return hops;
}

/// Chains of calls, depth first. Calls each chain's `visit(chain)` when a hop was added.
class Walk {
 public:
  Walk(const Calls& calls, const std::map<std::string, Hop>& hops) : calls_(calls), hops_(hops) {}

  template <class Visit>
  void run(const Hop& first, Visit visit) {
    chain_ = {&first};
    left_ = std::min(kCallsOfOne, of_all_);
    of_all_ -= left_;
    follow(visit);
    of_all_ += left_;
  }

 private:
  template <class Visit>
  void follow(Visit visit) {
    if (chain_.size() >= kLongest) return;
    for (const std::string& callee : calls_.from(chain_.back()->host)) {
      if (left_ == 0) return;
      --left_;
      const auto next = hops_.find(callee);
      const bool known = next != hops_.end();
      const bool again = std::any_of(chain_.begin(), chain_.end(),
                                     [&](const Hop* hop) { return hop->host == callee; });
      if (!known || again) continue;
      chain_.push_back(&next->second);
      visit(chain_);
      follow(visit);
      chain_.pop_back();
    }
  }

  const Calls& calls_;
  const std::map<std::string, Hop>& hops_;
  std::vector<const Hop*> chain_;
  int left_ = 0;
  int of_all_ = kCallsOfAll;
};

/// Where chains begin: routes of gateways, and routes of sidecars.
std::vector<Hop> first_hops(const Mesh& mesh, const std::map<std::string, Hop>& hops) {
  std::vector<Hop> first;
  for (const VirtualService& service : mesh.all<VirtualService>()) {
    if (service.is_for_mesh()) continue;
    for (const HttpRoute& route : service.http) {
      for (const auto& entry : route.route) {
        first.push_back(
            {routing::fqdn(entry.destination.host.value, service.scope), &route, service.context});
      }
    }
  }
  for (const auto& [host, hop] : hops) first.push_back(hop);
  return first;
}

bool retries(const Hop* hop) { return tries_of(*hop->route) > 1; }

/// Hops behind each other, and how many requests the last gets for one of the first.
struct Chain {
  std::vector<const Hop*> hops;
  std::int64_t product = 0;
};

void report(const Chain& chain, Findings& found) {
  const Hop& last = *chain.hops.back();
  auto& finding = found.add(
      last.route->retries->node.where(),
      fmt::format("one request may become {} requests to `{}`", chain.product, last.host));
  for (const Hop* hop : chain.hops) {
    if (hop == &last || !retries(hop)) continue;
    finding.relate(hop->route->retries->node.where(),
                   fmt::format("up to {} at `{}`", tries_of(*hop->route), hop->host));
  }
  finding.with_help("retry at one hop of a chain, best the one next to the failure");
}

void retries_do_not_multiply(const Mesh& mesh, Findings& found) {
  const auto& calls = mesh.derived<Calls>();
  if (calls.empty()) return;
  const auto hops = mesh_hops(mesh);
  Walk walk(calls, hops);
  const auto firsts = first_hops(mesh, hops);
  std::map<const HttpRoute*, Chain> longest;
  for (const Hop& first : firsts) {
    if (!retries(&first)) continue;
    walk.run(first, [&](const std::vector<const Hop*>& chain) {
      if (chain.back()->context || !retries(chain.back())) return;
      std::int64_t product = 1;
      for (const Hop* hop : chain) product *= tries_of(*hop->route);
      Chain& known = longest[chain.back()->route];
      if (product > std::max(kMany, known.product)) known = {chain, product};
    });
  }
  for (const auto& [route, chain] : longest) {
    if (chain.product > kMany) report(chain, found);
  }
}

void callers_wait_long_enough(const Mesh& mesh, Findings& found) {
  const auto& calls = mesh.derived<Calls>();
  if (calls.empty()) return;
  const auto hops = mesh_hops(mesh);
  for (const Hop& first : first_hops(mesh, hops)) {
    const auto& outer = first.route->timeout;
    if (outer.value.count() <= 0) continue;
    for (const std::string& callee : calls.from(first.host)) {
      const auto next = hops.find(callee);
      if (next == hops.end() || next->second.context) continue;
      const auto& inner = next->second.route->timeout;
      if (inner.value <= outer.value) continue;
      found
          .add(inner.where(),
               fmt::format("`{}` may take {}, but `{}`, which calls it, is given up after {}",
                           callee, inner.node.text(), first.host, outer.node.text()))
          .relate(outer.where(), "the caller's own timeout")
          .with_help("make timeouts shorter from hop to hop");
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5021",
     .name = "retries-multiply",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Retries of hops behind each other do not multiply",
     .why = "Each try of one hop is tried again by the next. Three hops with three retries each "
            "make 64 requests of one, and a fault at the end an outage of all. Who calls whom is "
            "taken from Sidecars, AuthorizationPolicies and `sourceLabels`.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: ratings, namespace: shop}
spec:
  selector: {app: ratings}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    retries: {attempts: 2, retryOn: connect-failure}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings, namespace: shop}
spec:
  hosts: [ratings.shop.svc.cluster.local]
  http:
  - match: [{sourceLabels: {app: reviews}}]
    route: [{destination: {host: ratings.shop.svc.cluster.local}}]
    retries: {attempts: 3, retryOn: connect-failure} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: ratings, namespace: shop}
spec:
  selector: {app: ratings}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings, namespace: shop}
spec:
  hosts: [ratings.shop.svc.cluster.local]
  http:
  - match: [{sourceLabels: {app: reviews}}]
    route: [{destination: {host: ratings.shop.svc.cluster.local}}]
    retries: {attempts: 3, retryOn: connect-failure}
)",
     .check = retries_do_not_multiply},
    {.id = "MF5022",
     .name = "timeout-outlives-caller",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A call is given up before the call that needs it",
     .why = "When the caller itself is given up earlier, a longer timeout of what it calls never "
            "acts: work goes on for an answer that nobody waits for.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: ratings, namespace: shop}
spec:
  selector: {app: ratings}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 2s
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings, namespace: shop}
spec:
  hosts: [ratings.shop.svc.cluster.local]
  http:
  - match: [{sourceLabels: {app: reviews}}]
    route: [{destination: {host: ratings.shop.svc.cluster.local}}]
    timeout: 5s #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  selector: {app: reviews}
  ports: [{name: http, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: ratings, namespace: shop}
spec:
  selector: {app: ratings}
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: reviews}}]
    timeout: 2s
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings, namespace: shop}
spec:
  hosts: [ratings.shop.svc.cluster.local]
  http:
  - match: [{sourceLabels: {app: reviews}}]
    route: [{destination: {host: ratings.shop.svc.cluster.local}}]
    timeout: 1s
)",
     .check = callers_wait_long_enough},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family call_chain_rules() { return kRules; }

}  // namespace meshfn::lint
