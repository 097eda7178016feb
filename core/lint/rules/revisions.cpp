// Revisions of Istio that namespaces ask for.

#include <fmt/format.h>

#include <set>
#include <vector>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

/// The revisions, and tags of them, that the webhooks of the input inject.
std::set<std::string_view> revisions(const Mesh& mesh) {
  std::set<std::string_view> known;
  for (const Object* webhook :
       mesh.of_kind("admissionregistration.k8s.io", "MutatingWebhookConfiguration")) {
    for (const std::string_view key : {"istio.io/rev", "istio.io/tag"}) {
      if (!webhook->label(key).value.empty()) known.insert(webhook->label(key).value);
    }
  }
  return known;
}

void revisions_exist(const Mesh& mesh, Findings& found) {
  const auto known = revisions(mesh);
  if (known.empty()) return;
  objects::each(mesh, "", "Namespace", [&](const Object& name_space) {
    const auto wanted = name_space.label("istio.io/rev");
    if (wanted.value.empty() || known.contains(wanted.value)) return;
    found.add(wanted.where(), fmt::format("no webhook injects revision `{}`", wanted.value))
        .with_help(did_you_mean(wanted.value, {known.begin(), known.end()}));
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1818",
     .name = "revision-unknown",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Namespaces ask for revisions of Istio that are installed",
     .why = "Pods of a namespace get the sidecar of the revision, or tag, that its label "
            "names. Where no webhook has it they get none, and are outside of the mesh.",
     .bad = R"(apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: istio-sidecar-injector-1-24
  labels: {app: sidecar-injector, istio.io/rev: 1-24}
webhooks: []
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio.io/rev: 1-42} #!
)",
     .good = R"(apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: istio-sidecar-injector-1-24
  labels: {app: sidecar-injector, istio.io/rev: 1-24}
webhooks: []
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {istio.io/rev: 1-24}
)",
     .check = revisions_exist},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family revision_rules() { return kRules; }

}  // namespace meshfn::lint
