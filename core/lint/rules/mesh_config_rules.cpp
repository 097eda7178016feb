// Istio's mesh configuration, wherever the input has it.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/json.h"
#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/mesh_config_values.h"
#include "lint/rules/security_families.h"
#include "resource/istio/mesh_config.h"
#include "resource/label_selector.h"
#include "schema/check.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::istio::MeshConfig;

/// Calls `visit` for every configuration that is to be judged and can be read.
template <class Visit>
void each_config(const Mesh& mesh, Visit visit) {
  const auto& config = mesh.derived<MeshConfig>();
  for (const MeshConfig::Source& source : config.sources()) {
    const bool context = source.object != nullptr && source.object->context;
    if (!context && source.node.is_mapping()) visit(source);
  }
}

void text_is_a_configuration(const Mesh& mesh, Findings& found) {
  const auto& config = mesh.derived<MeshConfig>();
  for (const MeshConfig::Source& source : config.sources()) {
    // What stands in an IstioOperator is checked with it.
    const bool operators = source.object != nullptr && source.text == nullptr;
    if (operators || (source.object != nullptr && source.object->context)) continue;
    std::vector<diagnostic::Diagnostic> problems;
    if (source.text != nullptr) problems = source.text->problems();
    if (problems.empty() && source.node) {
      schema::Catalogue catalogue;
      schema::check_mesh_config(source.node, catalogue, problems);
    }
    for (const diagnostic::Diagnostic& problem : problems) {
      found.add(source.where(problem.where), problem.message).with_help(problem.help);
    }
  }
}

void values_can_be_used(const Mesh& mesh, Findings& found) {
  each_config(mesh, [&](const MeshConfig::Source& source) {
    for (const istio::Problem& problem : istio::mesh_config_problems(source.node)) {
      found.add(source.where(problem.where), problem.message);
    }
  });
}

/// The part of an extension provider that says what it is: everything but its name.
yaml::Entry provider_kind(yaml::Node provider) {
  for (const yaml::Entry entry : provider.entries()) {
    if (entry.key.text() != "name") return entry;
  }
  return {};
}

std::string service_problem(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (text.empty()) return "the provider has no service";
  if (slash == std::string_view::npos) {
    return istio::is_ip(text) ? "" : istio::name_problem(text);
  }
  const std::string problem = istio::label_problem(text.substr(0, slash));
  return problem.empty() ? istio::name_problem(text.substr(slash + 1)) : problem;
}

void check_provider(const MeshConfig::Source& source, yaml::Node provider, Findings& found) {
  const yaml::Entry kind = provider_kind(provider);
  for (const istio::Problem& problem : istio::provider_problems(provider)) {
    found.add(source.where(problem.where), problem.message);
  }
  const yaml::Node name = provider.find("name");
  if (provider.is_mapping() && name && !kind.key) {
    found.add(source.where(name), fmt::format("provider `{}` is of no kind", name.text()))
        .with_help("say what it is, such as `opentelemetry` or `envoyExtAuthzGrpc`");
  }
  // Only these have a service; the others write to a file or to nothing.
  const yaml::Node service = kind.value.find("service");
  if (service.is_scalar()) {
    const std::string problem = service_problem(service.text());
    if (!problem.empty()) found.add(source.where(service), problem);
  }
  const yaml::Node port = kind.value.find("port");
  const auto number = resource::integer(port);
  if (!number) return;
  const std::string problem = istio::port_problem(*number);
  if (!problem.empty()) found.add(source.where(port), problem);
}

void providers_can_be_used(const Mesh& mesh, Findings& found) {
  each_config(mesh, [&](const MeshConfig::Source& source) {
    std::map<std::string_view, yaml::Node> names;
    for (const yaml::Node provider : source.node.find("extensionProviders").items()) {
      const yaml::Node name = provider.find("name");
      check_provider(source, provider, found);
      if (name.text().empty()) continue;
      const auto [first, is_new] = names.emplace(name.text(), name);
      if (is_new) continue;
      found.add(source.where(name), fmt::format("provider `{}` is defined twice", name.text()))
          .relate(source.where(first->second), "first here")
          .with_help("give each provider a name of its own");
    }
  });
}

void settings_have_an_effect(const Mesh& mesh, Findings& found) {
  constexpr std::array<std::string_view, 7> kCurves = {
      "P-224", "P-256", "P-384", "P-521", "X25519", "X25519Kyber768Draft00", "X25519MLKEM768"};
  constexpr std::array<std::string_view, 3> kInbound = {"perTryTimeout", "retryRemoteLocalities",
                                                        "retryIgnorePreviousHosts"};
  each_config(mesh, [&](const MeshConfig::Source& source) {
    std::map<std::string_view, yaml::Node> curves;
    for (const yaml::Node curve : source.node.at("tlsDefaults", "ecdhCurves").items()) {
      const auto [first, is_new] = curves.emplace(curve.text(), curve);
      if (!is_new) {
        found.add(source.where(curve), fmt::format("curve `{}` is listed twice", curve.text()))
            .relate(source.where(first->second), "first here")
            .with_help("remove one of them");
      }
      if (std::find(kCurves.begin(), kCurves.end(), curve.text()) != kCurves.end()) continue;
      found.add(source.where(curve), fmt::format("Envoy has no curve `{}`", curve.text()))
          .with_help(fmt::format("the curves are {}", fmt::join(kCurves, ", ")));
    }
    for (const std::string_view field : kInbound) {
      const yaml::Node key = source.node.find("defaultInboundHttpRetryPolicy").find_key(field);
      if (!key) continue;
      found.add(source.where(key), fmt::format("`{}` has no effect on inbound retries", field))
          .with_help("remove it");
    }
    const yaml::Node metadata = source.node.at("defaultConfig", "proxyMetadata");
    const yaml::Node allocate = metadata.find_key("ISTIO_META_DNS_AUTO_ALLOCATE");
    if (!allocate) return;
    found.add(source.where(allocate), "ISTIO_META_DNS_AUTO_ALLOCATE is deprecated")
        .with_help("istiod allocates addresses itself now (PILOT_ENABLE_IP_AUTOALLOCATE)");
  });
}

void log_formats_can_be_read(const Mesh& mesh, Findings& found) {
  each_config(mesh, [&](const MeshConfig::Source& source) {
    const yaml::Node format = source.node.find("accessLogFormat");
    const bool json = source.node.find("accessLogEncoding").text() == "JSON";
    if (!json || format.text().empty() || is_json(format.text())) return;
    found.add(source.where(format), "`accessLogFormat` is no JSON, and `accessLogEncoding` is")
        .with_help("write an object of names and Envoy's `%...%`, or use encoding TEXT");
  });
}

/// Something of Istio's in the namespace; null when the input shows nothing.
const resource::Object* configuration_in(const Mesh& mesh, std::string_view scope) {
  for (const resource::Object& object : mesh.objects()) {
    if (object.scope == scope && object.group().ends_with("istio.io")) return &object;
  }
  return nullptr;
}

void namespaces_are_seen(const Mesh& mesh, Findings& found) {
  each_config(mesh, [&](const MeshConfig::Source& source) {
    const yaml::Node selectors = source.node.find("discoverySelectors");
    if (selectors.size() == 0) return;
    const auto items = selectors.items();
    for (const resource::Object* space : mesh.of_kind("", "Namespace")) {
      const auto labels = resource::labels(space->metadata.find("labels"));
      bool seen = *space->name == mesh.settings().istio_namespace;
      for (const yaml::Node one : items) seen = seen || resource::selector_matches(one, labels);
      const resource::Object* object = seen ? nullptr : configuration_in(mesh, *space->name);
      if (object == nullptr) continue;
      found
          .add(source.where(source.node.find_key("discoverySelectors")),
               fmt::format("namespace `{}` is left out, and istiod ignores what is in it",
                           *space->name))
          .relate(object->where(), "as this")
          .relate(space->where(), "its labels")
          .with_help("label the namespace so that a selector takes it");
    }
  });
}

/// Settings of the proxies that people make in `proxyMetadata`. Others may be anybody's own.
const std::vector<std::string_view>& known_metadata() {
  static const std::vector<std::string_view> names = {
      "BOOTSTRAP_XDS_AGENT",
      "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
      "ISTIO_DELTA_XDS",
      "ISTIO_META_CERT_SIGNER",
      "ISTIO_META_CLUSTER_ID",
      "ISTIO_META_DNS_AUTO_ALLOCATE",
      "ISTIO_META_DNS_CAPTURE",
      "ISTIO_META_ENABLE_HBONE",
      "ISTIO_META_HTTP10",
      "ISTIO_META_IDLE_TIMEOUT",
      "ISTIO_META_INTERCEPTION_MODE",
      "ISTIO_META_MESH_ID",
      "ISTIO_META_NETWORK",
      "ISTIO_META_REQUESTED_NETWORK_VIEW",
      "ISTIO_META_ROUTER_MODE",
      "ISTIO_META_UNPRIVILEGED_POD",
      "MINIMUM_DRAIN_DURATION",
      "PROXY_CONFIG_XDS_AGENT",
      "PROXY_XDS_VIA_AGENT",
      "SECRET_GRACE_PERIOD_RATIO",
      "SECRET_TTL",
      "TERMINATION_DRAIN_DURATION_SECONDS",
  };
  return names;
}

void metadata_is_spelt_right(const Mesh& mesh, Findings& found) {
  constexpr std::size_t kSlip = 2;
  const auto& config = mesh.derived<MeshConfig>();
  for (const MeshConfig::Source& source : config.sources()) {
    for (const yaml::Entry entry : source.node.at("defaultConfig", "proxyMetadata").entries()) {
      const std::string_view meant = suggest(entry.key.text(), known_metadata());
      if (meant.empty() || meant == entry.key.text()) continue;
      if (edit_distance(meant, entry.key.text()) > kSlip) continue;
      found.add(source.where(entry.key), fmt::format("no proxy looks at `{}`", entry.key.text()))
          .with_help(fmt::format("did you mean `{}`?", meant));
    }
  }
}

constexpr Rule kRules[] = {
    {.id = "MF1751",
     .name = "mesh-config-unreadable",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The mesh configuration can be read",
     .why = "istiod keeps the last configuration that it could read, and a new istiod starts "
            "with the defaults.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    enableTracing: often #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    enableTracing: true
)",
     .check = text_is_a_configuration},
    {.id = "MF1752",
     .name = "mesh-config-value",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Values of the mesh configuration are possible ones",
     .why = "istiod refuses a mesh configuration with a port, address, duration or name that "
            "cannot be, and keeps the one before.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    defaultConfig:
      discoveryAddress: istiod.istio-system.svc #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    defaultConfig:
      discoveryAddress: istiod.istio-system.svc:15012
)",
     .check = values_can_be_used},
    {.id = "MF1753",
     .name = "mesh-config-provider",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Extension providers have a name and a service of their own",
     .why = "istiod logs a provider that it cannot use and goes on without it: telemetry is not "
            "sent, and what is to be authorized by it is denied.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders:
    - name: zipkin
      zipkin: {service: zipkin_tracing, port: 9411} #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    extensionProviders:
    - name: zipkin
      zipkin: {service: zipkin.tracing.svc.cluster.local, port: 9411}
)",
     .check = providers_can_be_used},
    {.id = "MF1754",
     .name = "mesh-config-ineffective",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Settings of the mesh have an effect",
     .why = "istiod warns about such settings in its log only, and ignores them.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    tlsDefaults:
      ecdhCurves: [P-128] #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    tlsDefaults:
      ecdhCurves: [P-256]
)",
     .check = settings_have_an_effect},
    {.id = "MF1755",
     .name = "access-log-format",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The format of access logs fits their encoding",
     .why = "istiod logs that it cannot read the format, and proxies write the default one: what "
            "parses the logs finds other fields.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    accessLogEncoding: JSON
    accessLogFormat: '{"path": %PATH%}' #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    accessLogEncoding: JSON
    accessLogFormat: '{"path": "%PATH%"}'
)",
     .check = log_formats_can_be_read},
    {.id = "MF1756",
     .name = "namespace-not-discovered",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Namespaces with configuration are among those istiod watches",
     .why = "With `discoverySelectors` istiod sees only the namespaces that one of them takes: "
            "Services, pods and Istio's own resources in others do not exist for the mesh.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    discoverySelectors: #!
    - matchLabels: {mesh: "yes"}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    discoverySelectors:
    - matchLabels: {mesh: "yes"}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {mesh: "yes"}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
)",
     .check = namespaces_are_seen},
    {.id = "MF1757",
     .name = "proxy-metadata-misspelt",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Metadata of proxies has names that they look at",
     .why = "The metadata becomes variables of the proxies' environment, and what nobody asks "
            "for has no effect: DNS is not captured, connections are not drained.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    defaultConfig:
      proxyMetadata:
        ISTIO_META_DNS_CAPTUER: "true" #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    defaultConfig:
      proxyMetadata:
        ISTIO_META_DNS_CAPTURE: "true"
)",
     .check = metadata_is_spelt_right},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family mesh_config_rules() { return kRules; }

}  // namespace meshfn::lint
