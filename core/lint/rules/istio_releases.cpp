// What the cluster's release of Istio does not do yet, although its CRDs have the fields.

#include <fmt/format.h>

#include <map>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/authorization_policy.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

/// Reports into one rule what the release of a mesh is too old for.
class Reporter {
 public:
  Reporter(const Mesh& mesh, Findings& found) : mesh_(mesh), found_(found) {}

  const Mesh& mesh() const { return mesh_; }

  /// `what` reads before "from Istio 1.N on"; `instead` is the help.
  void needs(std::uint16_t minor, source::Location where, std::string_view what,
             std::string_view instead) {
    if (!mesh_.settings().istio_before(minor)) return;
    found_
        .add(where, fmt::format("{} from Istio 1.{} on, and the cluster runs {}", what, minor,
                                to_string(*mesh_.settings().istio)))
        .with_help(std::string(instead));
  }

 private:
  const Mesh& mesh_;
  Findings& found_;
};

void retry_conditions(Reporter& report) {
  for (const auto& service : report.mesh().all<resource::istio::VirtualService>()) {
    if (service.context) continue;
    for (const auto& route : service.http) {
      const yaml::Node on = route.node.at("retries", "retryOn");
      for (const std::string_view word : str::split(on.text(), ',')) {
        if (str::trim(word) != "reset-before-request") continue;
        report.needs(23, on.where(), "`reset-before-request` is a condition of retries",
                     "leave it out, or retry on `connect-failure,refused-stream`");
      }
    }
  }
}

void excluded_hosts(Reporter& report) {
  objects::each(report.mesh(), istio::kNetworking, "Sidecar", [&](const Object& sidecar) {
    for (const yaml::Node listener : sidecar.spec.find("egress").items()) {
      for (const yaml::Node host : listener.find("hosts").items()) {
        // A bare `~` has always stood for no namespace.
        const bool excludes = host.text().starts_with('~') && !host.text().starts_with("~/");
        if (!excludes) continue;
        report.needs(31, host.where(), "`~` takes hosts out of what is imported",
                     "list what is to be imported");
      }
    }
  });
}

void tokens_of_any_issuer(Reporter& report) {
  objects::each(
      report.mesh(), istio::kSecurity, "RequestAuthentication", [&](const Object& policy) {
        for (const yaml::Node rule : policy.spec.find("jwtRules").items()) {
          if (!rule.is_mapping() || !rule.find("issuer").text().empty()) continue;
          report.needs(27, rule.where(), "a rule may leave the issuer open", "add `issuer`");
        }
      });
}

void path_templates(Reporter& report) {
  istio::each_policy(report.mesh(), [&](const Object& policy) {
    istio::each_operation(policy, [&](yaml::Node operation) {
      istio::each_item(operation, "paths", "notPaths", [&](yaml::Node path) {
        if (path.text().find("{*") == std::string_view::npos) return;
        report.needs(22, path.where(), "paths have placeholders", "write a prefix: `*` at the end");
      });
    });
  });
}

void authorities_in_config_maps(Reporter& report) {
  for (const auto& rule : report.mesh().all<resource::istio::DestinationRule>()) {
    if (rule.context) continue;
    const auto check = [&](yaml::Node policy) {
      const yaml::Node name = policy.at("tls", "credentialName");
      if (!name.text().starts_with("configmap://")) return;
      report.needs(26, name.where(), "a CA is read from a ConfigMap", "keep it in a Secret");
    };
    check(rule.spec.find("trafficPolicy"));
    for (const yaml::Node subset : rule.spec.find("subsets").items()) {
      check(subset.find("trafficPolicy"));
    }
  }
}

/// Only policies with the same selector are sure to meet on a workload.
void several_providers(Reporter& report) {
  using Scope = std::pair<std::string_view, std::string>;
  std::map<Scope, yaml::Node> first;
  istio::each_policy(report.mesh(), [&](const Object& policy) {
    const yaml::Node name = policy.spec.at("provider", "name");
    if (istio::action_of(policy) != "CUSTOM" || name.text().empty()) return;
    if (policy.spec.find("targetRef") || policy.spec.find("targetRefs")) return;
    const Scope scope{policy.scope, istio::describe(istio::selector_of(policy))};
    const auto [same, added] = first.try_emplace(scope, name);
    if (added || same->second.text() == name.text()) return;
    report.needs(30, name.where(), "a workload may ask several providers",
                 fmt::format("use `{}` here, too: only one is asked", same->second.text()));
  });
}

void features_are_there(const Mesh& mesh, Findings& found) {
  if (!mesh.settings().istio) return;
  Reporter report(mesh, found);
  retry_conditions(report);
  excluded_hosts(report);
  tokens_of_any_issuer(report);
  path_templates(report);
  authorities_in_config_maps(report);
  several_providers(report);
}

constexpr Rule kRules[] = {
    {.id = "MF1842",
     .name = "feature-needs-newer-istio",
     .severity = Severity::error,
     .group = "istio",
     .summary = "What is asked for is something that the cluster's Istio can do",
     .why = "An older release takes the field, for its type is right, and then refuses the value "
            "or gives it another meaning: placeholders in a path are compared as text, and of "
            "several providers only one is asked. Said only when `--istio` or `istio` in "
            "meshfn.yaml gives the release.",
     .bad = R"(# meshfn lint --istio 1.21
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - to:
    - operation:
        paths: ["/items/{*}/picture"] #!
---
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http:
  - route:
    - destination: {host: web}
    retries:
      attempts: 2
      perTryTimeout: 2s
      retryOn: connect-failure,reset-before-request #!
)",
     .good = R"(# meshfn lint --istio 1.24
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  rules:
  - to:
    - operation:
        paths: ["/items/{*}/picture"]
---
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http:
  - route:
    - destination: {host: web}
    retries:
      attempts: 2
      perTryTimeout: 2s
      retryOn: connect-failure,reset-before-request
)",
     .check = features_are_there},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family istio_release_rules() { return kRules; }

}  // namespace meshfn::lint
