// Istio's annotations on Namespaces, Services, workloads and the pods that these make.

#include <fmt/format.h>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/istio_annotations.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/mesh_config_values.h"
#include "lint/rules/security_families.h"
#include "schema/check.h"
#include "yaml/embedded.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using istio::Annotation;
using resource::Mesh;
using resource::Object;
using resource::kubernetes::Workload;

/// One annotation of Istio, and what it stands on: "Pod" for the template of a Deployment.
struct Use {
  yaml::Node key;
  yaml::Node value;
  yaml::Node metadata;
  std::string_view kind;
};

/// Istio's annotations of the objects on which it looks for them.
class Annotations {
 public:
  explicit Annotations(const Mesh& mesh) {
    for (const std::string_view kind : {"Namespace", "Service"}) {
      objects::each(mesh, "", kind, [&](const Object& object) { add(object.metadata, kind); });
    }
    for (const Workload& workload : mesh.all<Workload>()) {
      if (workload.context) continue;
      add(workload.metadata, workload.kind.value);
      if (workload.kind.value != "Pod") add(workload.pod_metadata, "Pod");
    }
  }

  const std::vector<Use>& all() const { return all_; }

 private:
  void add(yaml::Node metadata, std::string_view kind) {
    for (const auto [key, value, merged] : metadata.find("annotations").entries()) {
      const std::string_view name = key.text();
      if (!istio::is_istio_annotation(name) || istio::is_written_by_istio(name)) continue;
      all_.push_back({key, value, metadata, kind});
    }
  }

  std::vector<Use> all_;
};

void annotations_are_known(const Mesh& mesh, Findings& found) {
  for (const Use& use : mesh.derived<Annotations>().all()) {
    if (istio::find_annotation(use.key.text()) != nullptr) continue;
    found.add(use.key.where(), fmt::format("Istio has no annotation `{}`", use.key.text()))
        .with_help(did_you_mean(use.key.text(), istio::annotation_names()));
  }
}

void annotations_are_current(const Mesh& mesh, Findings& found) {
  for (const Use& use : mesh.derived<Annotations>().all()) {
    const Annotation* const annotation = istio::find_annotation(use.key.text());
    if (annotation == nullptr || !annotation->deprecated) continue;
    const bool inject = annotation->name == istio::kInject;
    if (inject && use.metadata.find("labels").find(istio::kInject)) continue;
    found.add(use.key.where(), fmt::format("annotation `{}` is deprecated", annotation->name))
        .with_help(inject ? "write it as a label of the pods"
                          : "see Istio's reference of annotations for what replaces it");
  }
}

void annotations_stand_where_they_are_read(const Mesh& mesh, Findings& found) {
  for (const Use& use : mesh.derived<Annotations>().all()) {
    const Annotation* const annotation = istio::find_annotation(use.key.text());
    if (annotation == nullptr || annotation->allows(use.kind)) continue;
    const std::string kinds = str::replace_all(annotation->kinds, " ", ", ");
    found
        .add(use.key.where(),
             fmt::format("annotation `{}` is not read on a {}", annotation->name, use.kind))
        .with_help(kinds == "Pod" ? "put it on the pods: `spec.template.metadata.annotations`"
                                  : fmt::format("it belongs on: {}", kinds));
  }
}

/// Faults of `proxy.istio.io/config`, a proxy configuration as text.
/// `camelCase` of a name that may be written as `snake_case`, which protobuf reads as well.
std::string camel_case(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool joint = name[i] == '_' && i + 1 < name.size();
    out += joint ? str::upper(name.substr(++i, 1)) : std::string(1, name[i]);
  }
  return out;
}

void check_proxy_fields(const yaml::Embedded& text, Findings& found) {
  const auto known = istio::proxy_config_fields();
  for (const yaml::Entry entry : text.root().entries()) {
    const std::string name = camel_case(entry.key.text());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    found
        .add(text.where(entry.key.where()),
             fmt::format("in `proxy.istio.io/config`: a proxy has no setting `{}`",
                         entry.key.text()))
        .with_help(did_you_mean(name, {known.begin(), known.end()}));
  }
}

void check_proxy_config(yaml::Node value, Findings& found) {
  const yaml::Embedded text(value);
  std::vector<diagnostic::Diagnostic> problems = text.problems();
  if (problems.empty()) {
    schema::Catalogue catalogue;
    schema::check_proxy_config(text.root(), catalogue, problems);
  }
  for (const diagnostic::Diagnostic& problem : problems) {
    found
        .add(text.where(problem.where),
             fmt::format("in `proxy.istio.io/config`: {}", problem.message))
        .with_help(problem.help);
  }
  check_proxy_fields(text, found);
  for (const istio::Problem& problem : istio::proxy_config_problems(text.root())) {
    found.add(text.where(problem.where),
              fmt::format("in `proxy.istio.io/config`: {}", problem.message));
  }
}

void values_can_be_read(const Mesh& mesh, Findings& found) {
  for (const Use& use : mesh.derived<Annotations>().all()) {
    const Annotation* const annotation = istio::find_annotation(use.key.text());
    if (annotation == nullptr || !annotation->allows(use.kind) || !use.value.is_scalar()) continue;
    if (annotation->name == "proxy.istio.io/config") {
      check_proxy_config(use.value, found);
      continue;
    }
    if (annotation->problem == nullptr) continue;
    const std::string problem = annotation->problem(use.value.text());
    if (problem.empty()) continue;
    found.add(use.value.where(), fmt::format("`{}` is no value of `{}`: {}", use.value.text(),
                                             annotation->name, problem));
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1801",
     .name = "istio-annotation-unknown",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Annotations of Istio's domains are ones that it has",
     .why = "Istio ignores annotations that it does not know, so a misspelt one has no effect.",
     .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    networking.istio.io/exportto: "." #!
spec:
  ports:
  - {name: http, port: 80}
)",
     .good = R"(apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations:
    networking.istio.io/exportTo: "."
spec:
  ports:
  - {name: http, port: 80}
)",
     .aliases = "IST0108",
     .check = annotations_are_known},
    {.id = "MF1802",
     .name = "istio-annotation-deprecated",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Annotations are ones that Istio keeps",
     .why = "Deprecated annotations still work, and are removed in some later release.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    sidecar.istio.io/inject: "true" #!
spec:
  containers:
  - {name: web, image: web}
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    sidecar.istio.io/inject: "true"
spec:
  containers:
  - {name: web, image: web}
)",
     .aliases = "IST0135",
     .check = annotations_are_current},
    {.id = "MF1803",
     .name = "istio-annotation-misplaced",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Annotations stand on the objects on which Istio reads them",
     .why = "What configures a proxy is read from its pod. On the Deployment itself, or on the "
            "Namespace, it has no effect.",
     .bad = R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations:
    sidecar.istio.io/logLevel: debug #!
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web}
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
        sidecar.istio.io/logLevel: debug
    spec:
      containers:
      - {name: web, image: web}
)",
     .aliases = "IST0107",
     .check = annotations_stand_where_they_are_read},
    {.id = "MF1804",
     .name = "istio-annotation-value",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Values of Istio's annotations can be read",
     .why = "The injector refuses pods with such a value, so the workload gets no new pods.",
     .bad = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    traffic.sidecar.istio.io/excludeOutboundPorts: mysql #!
spec:
  containers:
  - {name: web, image: web}
)",
     .good = R"(apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    traffic.sidecar.istio.io/excludeOutboundPorts: "3306"
spec:
  containers:
  - {name: web, image: web}
)",
     .aliases = "IST0125",
     .check = values_can_be_read},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family annotation_rules() { return kRules; }

}  // namespace meshfn::lint
