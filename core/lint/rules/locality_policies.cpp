// Localities in traffic policies: distribution and failover.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "lint/each.h"
#include "lint/rules/families.h"
#include "lint/rules/localities.h"
#include "lint/rules/places.h"
#include "lint/rules/policies.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::DestinationRule;

constexpr std::string_view kLocality = "loadBalancer.localityLbSetting";
constexpr std::string_view kZoneAware = "loadBalancer.zoneAwareLbSetting";
constexpr std::string_view kSettings[] = {kLocality, kZoneAware};

constexpr std::array<std::string_view, 3> kTopology = {
    "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"};

void one_setting_rules(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const yaml::Node balancer = use.policy->node.find("loadBalancer");
    const yaml::Node zone = balancer.find_key("zoneAwareLbSetting");
    const yaml::Node locality = balancer.find_key("localityLbSetting");
    if (balancer.find("zoneAwareLbSetting").is_null() ||
        balancer.find("localityLbSetting").is_null()) {
      continue;
    }
    found.add(zone.where(), "a policy has `localityLbSetting` or `zoneAwareLbSetting`, not both")
        .relate(locality.where(), "the other one")
        .with_help("remove one of them");
  }
}

void check_region(yaml::Node region, Findings& found) {
  for (const char sign : {'/', '*'}) {
    if (region.text().find(sign) == std::string_view::npos) continue;
    found.add(region.where(), fmt::format("`{}` is no region", region.text()))
        .with_help("failover is from region to region: leave zones and wildcards out");
    return;
  }
}

void failover_leads_elsewhere(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    each_at_any(use.policy->node, kSettings, [&](yaml::Node setting) {
      each_at(setting, "failover[]", [&](yaml::Node failover) {
        const yaml::Node from = failover.find("from");
        const yaml::Node to = failover.find("to");
        check_region(from, found);
        check_region(to, found);
        if (from.text() != to.text()) return;
        found
            .add(to ? to.where() : failover.where(),
                 fmt::format("region `{}` fails over to itself", from.text()))
            .with_help("name another region");
      });
    });
  }
}

void regions_fail_over_once(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    each_at_any(use.policy->node, kSettings, [&](yaml::Node setting) {
      std::map<std::string_view, yaml::Node> first;
      each_at(setting, "failover[].from", [&](yaml::Node from) {
        const auto [other, is_new] = first.emplace(from.text(), from);
        if (is_new) return;
        found
            .add(from.where(),
                 fmt::format("only the first entry from `{}` is looked at", from.text()))
            .relate(other->second.where(), "the first")
            .with_help("remove it: an order of several regions is made with `failoverPriority`");
      });
    });
  }
}

void priorities_are_not_topology(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    const auto check = [&](yaml::Node setting, std::string_view reason) {
      each_at(setting, "failoverPriority[]", [&](yaml::Node label) {
        if (std::find(kTopology.begin(), kTopology.end(), label.text()) == kTopology.end()) return;
        found.add(label.where(), fmt::format("`{}` cannot decide here: {}", label.text(), reason))
            .with_help("remove it, or use other labels");
      });
    };
    each_at(use.policy->node, kLocality, [&](yaml::Node setting) {
      if (setting.find("failover").size() > 0) check(setting, "`failover` says where to go");
    });
    each_at(use.policy->node, kZoneAware,
            [&](yaml::Node setting) { check(setting, "zones are preferred anyway"); });
  }
}

void check_places(const std::vector<yaml::Node>& nodes, bool in_order, Findings& found) {
  for (const LocalityProblem& problem : locality_problems(nodes, in_order)) {
    auto& finding = found.add(problem.node.where(), problem.message).with_help(problem.help);
    if (problem.other) finding.relate(problem.other.where(), "here");
  }
}

void localities_differ(const DestinationRule& rule, const Mesh&, Findings& found) {
  for (const PolicyUse& use : policies(rule)) {
    each_at(use.policy->node, kLocality, [&](yaml::Node setting) {
      std::vector<yaml::Node> sources;
      each_at(setting, "distribute[].from", [&](yaml::Node from) { sources.push_back(from); });
      check_places(sources, true, found);
      each_at(setting, "distribute[]", [&](yaml::Node distribute) {
        std::vector<yaml::Node> targets;
        each_at(distribute, "to<>", [&](yaml::Node to) { targets.push_back(to); });
        check_places(targets, false, found);
      });
    });
  }
}

void shares_are_shares(const DestinationRule& rule, const Mesh&, Findings& found) {
  constexpr std::string_view kShares = "loadBalancer.localityLbSetting.distribute[].to";
  for (const PolicyUse& use : policies(rule)) {
    each_at(use.policy->node, kShares, [&](yaml::Node shares) {
      std::int64_t sum = 0;
      each_at(shares, "{}", [&](yaml::Node weight) { sum += resource::integer(weight).value; });
      if (sum != 100) return;  // reported as such
      each_at(shares, "{}", [&](yaml::Node weight) {
        if (resource::integer(weight).value != 0) return;
        found.add(weight.where(), "a share of 0 is none")
            .with_help("leave the locality out: what is not listed gets nothing");
      });
    });
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1220",
     .name = "locality-settings-exclusive",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A policy has one kind of locality setting",
     .why = "Istio's webhook refuses `localityLbSetting` together with `zoneAwareLbSetting`.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      localityLbSetting: {enabled: true}
      zoneAwareLbSetting: {enabled: true} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      zoneAwareLbSetting: {enabled: true}
)",
     .aliases = "IST0106",
     .check = Each<one_setting_rules>::run},
    {.id = "MF1221",
     .name = "failover-invalid",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Failover leads from one region to another",
     .why = "Zones and wildcards have no place in `failover`, and a region cannot replace itself; "
            "Istio's webhook refuses both.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      localityLbSetting:
        failover: [{from: eu-west-1/a, to: us-east-1}] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      localityLbSetting:
        failover: [{from: eu-west-1, to: us-east-1}]
)",
     .aliases = "IST0106",
     .check = Each<failover_leads_elsewhere>::run},
    {.id = "MF1222",
     .name = "failover-priority-topology",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Labels of topology do not compete with other locality settings",
     .why = "`failoverPriority` may name region, zone or subzone only where nothing else orders "
            "them: neither `failover` nor a zone-aware setting.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      localityLbSetting:
        failover: [{from: eu-west-1, to: us-east-1}]
        failoverPriority: [topology.kubernetes.io/region] #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      localityLbSetting:
        failoverPriority: [topology.kubernetes.io/region]
)",
     .aliases = "IST0106",
     .check = Each<priorities_are_not_topology>::run},
    {.id = "MF1223",
     .name = "localities-overlap",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Localities of a distribution exclude each other",
     .why = "A caller must belong to one entry and an endpoint to one share. Istio's webhook "
            "refuses overlaps, empty parts, and a `*` that is not at the end.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      localityLbSetting:
        distribute:
        - from: eu-west-1/a
          to:
            eu-west-1: 80
            eu-west-1/b: 20 #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      localityLbSetting:
        distribute:
        - from: eu-west-1/a
          to:
            eu-west-1/a: 80
            eu-west-1/b: 20
)",
     .aliases = "IST0106",
     .check = Each<localities_differ>::run},
    {.id = "MF1224",
     .name = "locality-share-zero",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A locality of a distribution has a share",
     .why = "Istio's webhook refuses a share of 0: a locality that is not listed gets nothing.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      localityLbSetting:
        distribute:
        - from: eu-west-1/*
          to:
            eu-west-1/*: 0 #!
            us-east-1/*: 100
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      localityLbSetting:
        distribute:
        - from: eu-west-1/*
          to:
            us-east-1/*: 100
)",
     .aliases = "IST0106",
     .check = Each<shares_are_shares>::run},
    {.id = "MF1225",
     .name = "failover-twice",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A region fails over to one other",
     .why = "Proxies look for the first entry that is from their region. A second one from there "
            "never counts, so the region that it names gets no more than any other.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      localityLbSetting:
        failover:
        - {from: eu-west-1, to: us-east-1}
        - {from: eu-west-1, to: eu-central-1} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5}
    loadBalancer:
      localityLbSetting:
        failover:
        - {from: eu-west-1, to: us-east-1}
        - {from: us-east-1, to: eu-central-1}
)",
     .check = Each<regions_fail_over_once>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family locality_policy_rules() { return kRules; }

}  // namespace meshfn::lint
