// What holds for every annotation of Linkerd, wherever it stands.

#include <fmt/format.h>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/linkerd_families.h"
#include "lint/rules/linkerd_objects.h"
#include "lint/rules/linkerd_sites.h"
#include "lint/rules/linkerd_values.h"

namespace meshfn::lint {

namespace {

using namespace std::string_view_literals;
using diagnostic::Diagnostic;
using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using linkerd::Annotation;
using linkerd::Site;
using resource::Mesh;

constexpr auto kInject = "linkerd.io/inject"sv;
constexpr auto kOpaquePorts = "config.linkerd.io/opaque-ports"sv;

diagnostic::Fix replace(yaml::Node node, std::string_view text) {
  return {fmt::format("replace it with `{}`", text), {{node.where(), std::string(text)}}};
}

std::string_view describe(std::uint8_t place) {
  switch (place) {
    case linkerd::kNamespace:
      return "a Namespace";
    case linkerd::kPod:
      return "a pod";
    case linkerd::kService:
      return "a Service";
    case linkerd::kEgressNetwork:
      return "an EgressNetwork";
    case linkerd::kRoute:
      return "a route";
    default:
      return "this object";
  }
}

std::string describe_places(std::uint8_t places) {
  if ((places & linkerd::kPod) != 0) {
    return (places & linkerd::kService) != 0 ? "pod templates, Namespaces and Services"
                                             : "pod templates and Namespaces";
  }
  if (places == linkerd::kService) return "Services";
  if (places == linkerd::kOther) return "TrafficSplits";
  if ((places & linkerd::kRoute) != 0) return "Services, EgressNetworks and routes";
  return "Services and EgressNetworks";
}

void keys_are_known(const Mesh& mesh, Findings& found) {
  linkerd::each_annotation(mesh, [&](const Site&, yaml::Node key, yaml::Node) {
    if (linkerd::find_annotation(key.text()) != nullptr) return;
    const std::string_view meant = linkerd::suggest_annotation(key.text(), false);
    // Controllers write keys of their own into open domains: only a typo is a mistake there.
    if (meant.empty() && !linkerd::is_closed_domain(key.text())) return;
    Diagnostic& added =
        found.add(key.where(), fmt::format("Linkerd knows no annotation `{}`", key.text()));
    if (meant.empty()) return;
    added.with_help(fmt::format("did you mean `{}`?", meant)).with_fix(replace(key, meant));
  });
}

void values_are_read(const Mesh& mesh, Findings& found) {
  linkerd::each_annotation(mesh, [&](const Site& site, yaml::Node key, yaml::Node value) {
    const Annotation* const known = linkerd::find_annotation(key.text());
    if (known == nullptr || known->problem == nullptr || known->key == kInject) return;
    // Where it has no meaning its value has none; outbound policy has rules of its own.
    if ((known->places & site.place) == 0 || linkerd::is_outbound_key(key.text())) return;
    const bool names_allowed = site.place == linkerd::kPod;
    const std::string problem = known->key == kOpaquePorts && !names_allowed
                                    ? linkerd::port_set_problem(value.text())
                                    : known->problem(value.text());
    if (problem.empty()) return;
    found.add(value.where(),
              fmt::format("`{}` cannot be `{}`: {}", key.text(), value.text(), problem));
  });
}

void keys_are_in_place(const Mesh& mesh, Findings& found) {
  linkerd::each_annotation(mesh, [&](const Site& site, yaml::Node key, yaml::Node) {
    const Annotation* const known = linkerd::find_annotation(key.text());
    if (known == nullptr || known->label || (known->places & site.place) != 0) return;
    if (site.pod_metadata && site.pod_metadata.at("annotations", key.text())) return;
    const std::string where = describe_places(known->places);
    if (site.place == linkerd::kOther) {
      found
          .add(key.where(), fmt::format("`{}` has no effect on the metadata of a {}", key.text(),
                                        site.object->kind.value))
          .with_help((known->places & linkerd::kPod) != 0
                         ? "move it to `spec.template.metadata.annotations`"
                         : fmt::format("it belongs on {}", where));
      return;
    }
    found
        .add(key.where(), fmt::format("`{}` has no effect on {}", key.text(), describe(site.place)))
        .with_help(fmt::format("it belongs on {}", where));
  });
}

void annotations_are_no_labels(const Mesh& mesh, Findings& found) {
  linkerd::each_label(mesh, [&](const Site& site, yaml::Node key, yaml::Node) {
    const Annotation* const known = linkerd::find_annotation(key.text());
    if (known == nullptr || known->label || known->problem == nullptr) return;
    // Controllers and charts label objects with it to find them again.
    if (site.metadata.at("annotations", key.text())) return;
    found.add(key.where(), fmt::format("`{}` is an annotation, and this is a label", key.text()))
        .with_help("move it to `metadata.annotations`");
  });
}

void labels_are_no_annotations(const Mesh& mesh, Findings& found) {
  linkerd::each_annotation(mesh, [&](const Site& site, yaml::Node key, yaml::Node) {
    const Annotation* const known = linkerd::find_annotation(key.text());
    if (known == nullptr || !known->label || known->places == linkerd::kAnywhere) return;
    if (site.metadata.at("labels", key.text())) return;
    found.add(key.where(), fmt::format("`{}` is a label, and this is an annotation", key.text()))
        .with_help("move it to `metadata.labels`");
  });
}

void keys_are_current(const Mesh& mesh, Findings& found) {
  linkerd::each_annotation(mesh, [&](const Site&, yaml::Node key, yaml::Node) {
    const Annotation* const known = linkerd::find_annotation(key.text());
    if (known == nullptr || known->instead.empty()) return;
    Diagnostic& added = found.add(key.where(), fmt::format("`{}` is no longer read", key.text()));
    if (known->instead == "-") {
      added.with_help("remove it");
    } else {
      added.message = fmt::format("`{}` is an old spelling", key.text());
      added.with_help(fmt::format("write `{}`", known->instead))
          .with_fix(replace(key, known->instead));
    }
  });
}

void inject_is_understood(const Mesh& mesh, Findings& found) {
  linkerd::each_annotation(mesh, [&](const Site& site, yaml::Node key, yaml::Node value) {
    if (key.text() != kInject || (site.place & (linkerd::kPod | linkerd::kNamespace)) == 0) return;
    const Annotation* const known = linkerd::find_annotation(kInject);
    const std::string problem = known->problem(value.text());
    if (site.place == linkerd::kAnywhere || problem.empty()) return;
    Diagnostic& added = found.add(
        value.where(), fmt::format("`{}` cannot be `{}`: {}", kInject, value.text(), problem));
    const std::string word = str::lower(str::trim(value.text()));
    if (word == "true" || word == "enabled" || word == "enable") {
      added.with_fix(replace(value, "enabled"));
    } else if (word == "false" || word == "disabled" || word == "disable") {
      added.with_fix(replace(value, "disabled"));
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF3001",
     .name = "linkerd-annotation-unknown",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Annotations of Linkerd's domains are ones that it reads",
     .why = "Nothing checks the names of annotations. A misspelt one is stored and never read, and "
            "the default stays in force.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    config.linkerd.io/skip-outgoing-ports: "3306" #!
    linkerd.io/skip-inbound-ports: "3306" #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    config.linkerd.io/skip-outbound-ports: "3306"
    config.linkerd.io/skip-inbound-ports: "3306"
)",
     .check = keys_are_known},
    {.id = "MF3002",
     .name = "linkerd-annotation-value",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Values of proxy annotations can be read",
     .why = "The injector logs a value that it cannot read and keeps the default; the policy "
            "controller throws away a whole list of ports for one bad item. Nothing tells the "
            "author.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    config.linkerd.io/opaque-ports: 3306,6390-6379 #!
    config.linkerd.io/proxy-memory-limit: 250MB #!
    config.linkerd.io/default-inbound-policy: allow #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    config.linkerd.io/opaque-ports: 3306,6379-6390
    config.linkerd.io/proxy-memory-limit: 250Mi
    config.linkerd.io/default-inbound-policy: all-authenticated
)",
     .check = values_are_read},
    {.id = "MF3003",
     .name = "linkerd-annotation-misplaced",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "Annotations stand on the objects on which Linkerd reads them",
     .why = "The injector sees pods and their namespace, never the Deployment that makes them; "
            "retries and timeouts are read from Services and routes. Anywhere else the annotation "
            "has no effect.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations:
    config.linkerd.io/skip-outbound-ports: "3306" #!
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
)",
     .good = R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        config.linkerd.io/skip-outbound-ports: "3306"
    spec: {containers: [{name: web, image: "web:1"}]}
)",
     .check = keys_are_in_place},
    {.id = "MF3004",
     .name = "linkerd-annotation-as-label",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "What Linkerd reads as an annotation is not written as a label",
     .why = "Linkerd does not look for its settings among labels; `linkerd check` warns about it, "
            "and nothing else does.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    linkerd.io/inject: enabled #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    linkerd.io/inject: enabled
)",
     .check = annotations_are_no_labels},
    {.id = "MF3005",
     .name = "linkerd-label-as-annotation",
     .severity = Severity::warning,
     .group = "linkerd",
     .summary = "What Linkerd reads as a label is not written as an annotation",
     .why = "Links select the Services to mirror by label, and the webhooks select namespaces by "
            "label. As an annotation the same key selects nothing.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    mirror.linkerd.io/exported: "true" #!
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels:
    mirror.linkerd.io/exported: "true"
spec:
  selector: {app: web}
  ports: [{name: http, port: 80}]
)",
     .check = labels_are_no_annotations},
    {.id = "MF3006",
     .name = "linkerd-annotation-old",
     .severity = Severity::info,
     .group = "linkerd",
     .summary = "Annotations are spelt as current releases spell them",
     .why = "Spellings of earlier releases are dropped sooner or later, and then the default comes "
            "back without a word.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    config.alpha.linkerd.io/proxy-enable-native-sidecar: "true" #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    config.linkerd.io/proxy-enable-native-sidecar: "true"
)",
     .check = keys_are_current},
    {.id = "MF3007",
     .name = "linkerd-inject-value",
     .severity = Severity::error,
     .group = "linkerd",
     .summary = "`linkerd.io/inject` is enabled, disabled or ingress",
     .why = "Any other value means that no proxy is injected: the pods run outside the mesh, "
            "without mTLS, policy or metrics.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    linkerd.io/inject: "true" #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    linkerd.io/inject: enabled
)",
     .check = inject_is_understood},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family linkerd_annotation_rules() { return kRules; }

}  // namespace meshfn::lint
