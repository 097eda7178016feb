// Where a DestinationRule stands, and for whom it counts there.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/destinations.h"
#include "lint/each.h"
#include "lint/references.h"
#include "lint/rules/insight_families.h"
#include "resource/istio/mesh_config.h"
#include "routing/host.h"
#include "routing/istio.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Text;
using resource::istio::DestinationRule;
using resource::istio::VirtualService;
using resource::kubernetes::Service;

/// Namespace of the Service that the rule is about; empty for other hosts.
std::string owner_of(const DestinationRule& rule) {
  const auto service = routing::service_of(routing::fqdn(rule.host.value, rule.scope));
  return service ? service->name_space : std::string();
}

void owners_rules_are_not_hidden(const Mesh& mesh, Findings& found) {
  std::map<std::string, std::vector<const DestinationRule*>> by_host;
  for (const DestinationRule& rule : mesh.all<DestinationRule>()) {
    by_host[routing::fqdn(rule.host.value, rule.scope)].push_back(&rule);
  }
  for (const auto& [host, rules] : by_host) {
    const auto service = routing::service_of(host);
    if (!service) continue;
    const auto own = std::find_if(rules.begin(), rules.end(), [&s = service](const auto* rule) {
      return rule->scope == s->name_space;
    });
    if (own == rules.end()) continue;
    for (const DestinationRule* rule : rules) {
      if (rule->context || rule->scope == service->name_space) continue;
      // Rules of the root namespace stand behind all others.
      if (rule->scope == mesh.settings().istio_namespace) continue;
      if (!routing::is_visible((*own)->export_to, (*own)->scope, rule->scope)) continue;
      found
          .add(rule->host.where(),
               fmt::format("callers in `{}` get this rule instead of the one in `{}`, nothing of "
                           "which is kept",
                           rule->scope, (*own)->scope))
          .relate((*own)->where(), "the rule of the Service's namespace")
          .with_help("repeat what they should keep, subsets included");
    }
  }
}

void exports_have_an_effect(const DestinationRule& rule, const Mesh& mesh, Findings& found) {
  const std::string owner = owner_of(rule);
  if (owner.empty() || owner == rule.scope || rule.scope == mesh.settings().istio_namespace) return;
  // Where the input is all there is, its pods are all that can call.
  const auto& pods = mesh.all<resource::kubernetes::Workload>();
  const bool idle = mesh.settings().closed_world && rule.export_to.empty() &&
                    std::none_of(pods.begin(), pods.end(),
                                 [&](const auto& one) { return one.scope == rule.scope; });
  if (idle) {
    found
        .add(rule.host.where(), fmt::format("nobody gets this rule for a Service of `{}`: `{}` has "
                                            "no pods",
                                            owner, rule.scope))
        .with_help(fmt::format("move it to `{}`", owner));
  }
  for (const Text& word : rule.export_to) {
    if (word.value == "." || word.value == rule.scope) continue;
    found
        .add(word.where(), fmt::format("callers outside `{}` never get this rule for a Service of "
                                       "`{}`",
                                       rule.scope, owner))
        .with_help(fmt::format("rules are looked up in the caller's namespace, then in `{}`, then "
                               "in `{}`: move it there",
                               owner, mesh.settings().istio_namespace));
  }
}

bool sets_tls(const DestinationRule& rule) {
  if (!rule.traffic_policy) return false;
  const auto& ports = rule.traffic_policy->ports;
  return rule.traffic_policy->tls.has_value() ||
         std::any_of(ports.begin(), ports.end(), [](const auto& port) { return port.tls; });
}

void wildcard_tls_is_not_hidden(const Mesh& mesh, Findings& found) {
  std::vector<const DestinationRule*> wide;
  for (const DestinationRule& rule : mesh.all<DestinationRule>()) {
    if (routing::is_wildcard(rule.host.value) && sets_tls(rule)) wide.push_back(&rule);
  }
  const auto& settings = mesh.settings();
  const yaml::Node config = mesh.derived<resource::istio::MeshConfig>().node();
  const bool automatic = resource::boolean(config.find("enableAutoMtls")).value_or(true);
  for (const DestinationRule& rule : mesh.all<DestinationRule>()) {
    if (rule.context || routing::is_wildcard(rule.host.value) || sets_tls(rule)) continue;
    const std::string host = routing::fqdn(rule.host.value, rule.scope);
    for (const DestinationRule* other : wide) {
      const bool counts = other->scope == rule.scope || other->scope == settings.istio_namespace;
      if (!counts || !routing::covers_host(other->host.value, host)) continue;
      found
          .add(rule.host.where(), fmt::format("the `tls` of the rule for `{}` does not hold for "
                                              "`{}`, which has a rule of its own",
                                              other->host.value, rule.host.value))
          .relate(other->host.where(), "the wider rule")
          .with_help("repeat its `tls` here")
          .with_severity(automatic ? Severity::info : Severity::warning);
      break;
    }
  }
}

/// Calls `check(host)` for the host of a DestinationRule.
template <class Check>
void each_host(const DestinationRule& rule, const Mesh&, Check check) {
  if (rule.host) check(rule.host);
}

/// The same for the hosts of a VirtualService and those of its destinations.
template <class Check>
void each_host(const VirtualService& service, const Mesh& mesh, Check check) {
  for (const Text& host : service.hosts) check(host);
  for (const DestinationUse& use : mesh.derived<Destinations>().of(service)) {
    if (use.destination->host) check(use.destination->host);
  }
}

/// Services outside the root namespace by name, the first of each.
class ServicesElsewhere {
 public:
  explicit ServicesElsewhere(const Mesh& mesh) {
    for (const Service& service : mesh.all<Service>()) {
      if (service.scope != mesh.settings().istio_namespace) {
        by_name_.emplace(service.name.value, &service);
      }
    }
  }

  /// Null when there is none.
  const Service* find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string_view, const Service*> by_name_;
};

template <class R>
void short_hosts_mean_what_they_say(const R& resource, const Mesh& mesh, Findings& found) {
  const std::string& root = mesh.settings().istio_namespace;
  if (resource.scope != root) return;
  each_host(resource, mesh, [&](const Text& host) {
    const Service* const other = mesh.derived<ServicesElsewhere>().find(host.value);
    if (other == nullptr) return;
    // In a namespace whose Services are known, a missing one is reported as missing.
    if (mesh.service(root, host.value) != nullptr || mesh.has_services_in(root)) return;
    found
        .add(host.where(), fmt::format("`{}` is completed with `{}`, not with the caller's "
                                       "namespace",
                                       host.value, root))
        .relate(other->where(), "a Service of this name")
        .with_help(fmt::format("write `{}`", routing::fqdn(host.value, other->scope)));
  });
}

/// What a host means that has `svc` where the namespace belongs; empty when it has not.
std::string with_namespace(const Mesh& mesh, std::string_view host) {
  const std::string& domain = mesh.settings().cluster_domain;
  const std::size_t dot = host.find('.');
  const std::string_view rest = dot == host.npos ? std::string_view() : host.substr(dot + 1);
  if (!rest.starts_with("svc.")) return {};
  const std::string_view name = host.substr(0, dot);
  const std::string_view tail = rest.substr(rest.find('.') + 1);
  if (tail == domain) return fmt::format("{}.<namespace>.svc.{}", name, domain);
  const std::string_view scope = tail.substr(0, tail.find('.'));
  const bool ends = tail == scope || tail.substr(scope.size() + 1) == domain;
  // `a.svc.com` may well be a name of the Internet.
  const bool known = mesh.has_services_in(scope) || mesh.find("Namespace", "", scope) != nullptr;
  if (!ends || !known) return {};
  return fmt::format("{}.{}.svc.{}", name, scope, domain);
}

/// What a host means that lacks a part of a Service's complete name, or has two of them swapped;
/// empty unless the input has the Service.
std::string completed(const Mesh& mesh, std::string_view host) {
  const std::string& domain = mesh.settings().cluster_domain;
  const auto parts = str::split(host, '.');
  if (parts.size() < 3) return {};
  const std::string_view rest = host.substr(parts[0].size() + parts[1].size() + 2);
  const std::string full = fmt::format("svc.{}", domain);
  const bool cut = rest != "svc" && rest.starts_with("svc.") && full.starts_with(rest);
  const bool known = mesh.service(parts[1], parts[0]) != nullptr;
  if ((rest == domain || (cut && rest != full)) && known) {
    return fmt::format("{}.{}.{}", parts[0], parts[1], full);
  }
  const bool swapped = rest == full && !known && mesh.service(parts[0], parts[1]) != nullptr;
  return swapped ? fmt::format("{}.{}.{}", parts[1], parts[0], full) : std::string();
}

/// Whether the host is the complete name of a Service of the input.
bool is_complete(const Mesh& mesh, std::string_view host) {
  const std::string_view domain = mesh.settings().cluster_domain;
  if (!host.ends_with(domain)) return false;
  host.remove_suffix(domain.size());
  if (!host.ends_with(".svc.")) return false;
  host.remove_suffix(std::string_view(".svc.").size());
  const std::size_t dot = host.find('.');
  if (dot == host.npos || host.find('.', dot + 1) != host.npos) return false;
  return mesh.service(host.substr(dot + 1), host.substr(0, dot)) != nullptr;
}

void check_spelling(const Text& host, const Mesh& mesh, Findings& found) {
  const std::size_t first = host.value.find('.');
  if (first == std::string_view::npos || is_complete(mesh, host.value)) return;
  if (const std::string meant = with_namespace(mesh, host.value); !meant.empty()) {
    found.add(host.where(), fmt::format("`{}` has `svc` in place of the namespace", host.value))
        .with_help(fmt::format("write `{}`", meant));
    return;
  }
  if (const std::string meant = completed(mesh, host.value); !meant.empty()) {
    found.add(host.where(), fmt::format("`{}` is no name of a Service", host.value))
        .with_help(fmt::format("did you mean `{}`?", meant));
    return;
  }
  const std::size_t second = host.value.find('.', first + 1);
  if (second == std::string_view::npos) return;
  const std::string domain = "svc." + mesh.settings().cluster_domain;
  const std::string_view rest = host.value.substr(second + 1);
  if (rest.find('.') == std::string_view::npos || rest == "svc.clusterset.local") return;
  if (rest == domain || edit_distance(rest, domain) > 2) return;
  const std::string meant = fmt::format("{}.{}", host.value.substr(0, second), domain);
  found.add(host.where(), fmt::format("`{}` is no name of a Service", host.value))
      .with_help(fmt::format("did you mean `{}`?", meant))
      .with_fix({fmt::format("replace it with `{}`", meant), {{host.where(), meant}}});
}

template <class R>
void the_domain_is_spelt_right(const R& resource, const Mesh& mesh, Findings& found) {
  each_host(resource, mesh, [&](const Text& host) { check_spelling(host, mesh, found); });
}

constexpr Rule kRules[] = {
    {.id = "MF5201",
     .name = "owners-rule-hidden",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A caller's DestinationRule does not hide that of the Service's owner",
     .why = "Istio looks for rules of a host in the caller's namespace, then in the Service's, "
            "then in the root namespace, and takes what it finds first. Subsets, TLS and limits "
            "of the owner's rule are then unknown to the caller.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews-limits, namespace: web}
spec:
  host: reviews.shop.svc.cluster.local #!
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
  subsets: [{name: v1, labels: {version: v1}}]
)",
     .check = owners_rules_are_not_hidden},
    {.id = "MF5202",
     .name = "rule-exported-in-vain",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A DestinationRule is exported from where it is looked up",
     .why = "For a Service, rules are looked up in the caller's namespace, the Service's and the "
            "root namespace. A rule in any other one counts for its own callers only, whatever "
            "`exportTo` says.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: policies}
spec:
  host: reviews.shop.svc.cluster.local
  exportTo: ["*"] #!
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  exportTo: ["*"]
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
)",
     .check = Each<exports_have_an_effect>::run},
    {.id = "MF5203",
     .name = "wildcard-tls-hidden",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A rule for one host repeats the `tls` of the rule for all",
     .why = "Only the rule of the most specific host counts, and it inherits nothing. With "
            "automatic mutual TLS the host is still encrypted; without it (a warning then) calls "
            "go out in plain text.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: all, namespace: shop}
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews #!
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: all, namespace: shop}
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}, connectionPool: {tcp: {maxConnections: 100}}}
)",
     .aliases = "KIA0204",
     .check = wildcard_tls_is_not_hidden},
    {.id = "MF5204",
     .name = "short-host-in-root",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Resources of the root namespace name hosts in full",
     .why = "A short name is completed with the namespace of the resource that holds it. In the "
            "root namespace `reviews` is therefore `reviews.istio-system`, and no caller's own.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: istio-system}
spec:
  host: reviews #!
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec:
  ports: [{name: http, port: 80}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: istio-system}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
)",
     .check = Each<short_hosts_mean_what_they_say<DestinationRule>,
                   short_hosts_mean_what_they_say<VirtualService>>::run},
    {.id = "MF5205",
     .name = "cluster-domain-misspelt",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The full name of a Service ends in the cluster's domain",
     .why = "A name that almost ends in `svc.cluster.local` belongs to no Service, and the rules "
            "or routes that use it apply to nothing.",
     .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.loca #!
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: shop}
spec:
  host: reviews.shop.svc.cluster.local
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 100}}}
)",
     .check = Each<the_domain_is_spelt_right<DestinationRule>,
                   the_domain_is_spelt_right<VirtualService>>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family rule_placement_rules() { return kRules; }

}  // namespace meshfn::lint
