// Where Istio's Telemetry sends what it gathers: providers of the mesh configuration.

#include <fmt/format.h>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/security_families.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

template <class Visit>
void each_telemetry(const Mesh& mesh, Visit visit) {
  objects::each(mesh, istio::kTelemetry, "Telemetry", visit);
}

/// Calls `visit(providers[].name)` for everything that a Telemetry sends somewhere.
template <class Visit>
void each_provider(const Object& telemetry, Visit visit) {
  for (const std::string_view part : {"tracing", "metrics", "accessLogging"}) {
    for (const yaml::Node entry : telemetry.spec.find(part).items()) {
      for (const yaml::Node provider : entry.find("providers").items()) {
        if (!provider.find("name").text().empty()) visit(provider.find("name"), part);
      }
    }
  }
}

void logs_are_written_somewhere(const Mesh& mesh, Findings& found) {
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  if (config.node().at("defaultProviders", "accessLogging").size() > 0) return;
  each_telemetry(mesh, [&](const Object& telemetry) {
    for (const yaml::Node logging : telemetry.spec.find("accessLogging").items()) {
      const bool off = resource::boolean(logging.find("disabled")).value;
      if (off || logging.find("providers").size() > 0) continue;
      found
          .add(logging.where(),
               "this access log has no provider, and the input configures no default one")
          .with_help("name one, such as `providers: [{name: envoy}]`");
      return;
    }
  });
}

void providers_are_configured(const Mesh& mesh, Findings& found) {
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  if (!config.node() && !mesh.settings().closed_world) return;
  std::vector<std::string_view> names = {"prometheus", "stackdriver", "envoy"};
  for (const yaml::Node provider : config.node().find("extensionProviders").items()) {
    names.push_back(provider.find("name").text());
  }
  each_telemetry(mesh, [&](const Object& telemetry) {
    each_provider(telemetry, [&](yaml::Node name, std::string_view) {
      if (config.has_provider(name.text())) return;
      found
          .add(name.where(),
               fmt::format("the mesh configuration has no extension provider `{}`", name.text()))
          .with_help(did_you_mean(name.text(), names));
    });
  });
}

void providers_are_current(const Mesh& mesh, Findings& found) {
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  each_telemetry(mesh, [&](const Object& telemetry) {
    each_provider(telemetry, [&](yaml::Node name, std::string_view part) {
      const yaml::Node lightstep = config.provider(name.text()).find("lightstep");
      if (part != "tracing" || lightstep.is_null()) return;
      found
          .add(name.where(), fmt::format("provider `{}` is of the type lightstep, which Istio is "
                                         "about to remove",
                                         name.text()))
          .relate(config.where(lightstep), "configured here")
          .with_help("send spans to it with an `opentelemetry` provider");
    });
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1711",
     .name = "access-log-without-provider",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "An access log is written somewhere",
     .why = "An entry of `accessLogging` without providers uses the mesh's default ones. When "
            "there are none, nothing is logged.",
     .bad = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  accessLogging:
  - filter: {expression: response.code >= 400} #!
)",
     .good = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  accessLogging:
  - providers: [{name: envoy}]
    filter: {expression: response.code >= 400}
)",
     .aliases = "IST0157",
     .check = logs_are_written_somewhere},
    {.id = "MF1712",
     .name = "telemetry-provider-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Providers of a Telemetry are configured",
     .why = "Istio ignores providers that the mesh configuration does not have, so nothing is "
            "sent.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders:
    - name: zipkin
      zipkin: {service: zipkin.tracing.svc.cluster.local, port: 9411}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  tracing:
  - providers:
    - name: zipkni #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders:
    - name: zipkin
      zipkin: {service: zipkin.tracing.svc.cluster.local, port: 9411}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  tracing:
  - providers:
    - name: zipkin
)",
     .check = providers_are_configured},
    {.id = "MF1713",
     .name = "telemetry-provider-deprecated",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Spans go to providers that Istio keeps",
     .why = "The Lightstep provider is deprecated; Lightstep takes OpenTelemetry's protocol.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders:
    - name: ls
      lightstep: {service: ls.tracing.svc.cluster.local, port: 80, accessToken: abc}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  tracing:
  - providers:
    - name: ls #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders:
    - name: ls
      opentelemetry: {service: ls.tracing.svc.cluster.local, port: 4317}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: web, namespace: shop}
spec:
  tracing:
  - providers:
    - name: ls
)",
     .aliases = "IST0002",
     .check = providers_are_current},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family telemetry_provider_rules() { return kRules; }

}  // namespace meshfn::lint
