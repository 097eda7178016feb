// What an IstioOperator or a mesh configuration says in words that the installation knows.

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/mesh_config_values.h"
#include "lint/rules/security_families.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;
using resource::istio::MeshConfig;

using Words = std::vector<std::string_view>;

bool holds(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void profiles_exist(const Mesh& mesh, Findings& found) {
  static const Words kProfiles = {"ambient",  "default", "demo",      "empty",
                                  "external", "minimal", "openshift", "openshift-ambient",
                                  "preview",  "remote",  "stable"};
  objects::each(mesh, "install.istio.io", "IstioOperator", [&](const Object& object) {
    const yaml::Node profile = object.spec.find("profile");
    const std::string_view text = profile.text();
    // A path is a profile of one's own.
    const bool path = text.find('/') != text.npos || text.find('.') != text.npos;
    if (text.empty() || path || holds(kProfiles, text)) return;
    found.add(profile.where(), fmt::format("Istio has no profile `{}`", text))
        .with_help(did_you_mean(text, kProfiles));
  });
}

/// Fields of MeshConfig in Istio 1.23 to 1.28.
const Words& mesh_fields() {
  static const Words fields = {"accessLogEncoding",
                               "accessLogFile",
                               "accessLogFormat",
                               "ca",
                               "caCertificates",
                               "certificates",
                               "configSources",
                               "connectTimeout",
                               "defaultConfig",
                               "defaultDestinationRuleExportTo",
                               "defaultHttpRetryPolicy",
                               "defaultInboundHttpRetryPolicy",
                               "defaultProviders",
                               "defaultServiceExportTo",
                               "defaultTrafficPolicy",
                               "defaultVirtualServiceExportTo",
                               "disableEnvoyListenerLog",
                               "discoverySelectors",
                               "dnsRefreshRate",
                               "enableAutoMtls",
                               "enableEnvoyAccessLogService",
                               "enablePrometheusMerge",
                               "enableTracing",
                               "extensionProviders",
                               "h2UpgradePolicy",
                               "inboundClusterStatName",
                               "inboundTrafficPolicy",
                               "ingressClass",
                               "ingressControllerMode",
                               "ingressSelector",
                               "ingressService",
                               "localityLbSetting",
                               "meshMTLS",
                               "outboundClusterStatName",
                               "outboundTrafficPolicy",
                               "pathNormalization",
                               "protocolDetectionTimeout",
                               "proxyHttpPort",
                               "proxyInboundListenPort",
                               "proxyListenPort",
                               "rootNamespace",
                               "serviceScopeConfigs",
                               "serviceSettings",
                               "tcpKeepalive",
                               "tlsDefaults",
                               "trustDomain",
                               "trustDomainAliases",
                               "verifyCertificateAtClient"};
  return fields;
}

/// Fields of its `defaultConfig`.
const Words& proxy_fields() {
  static const Words fields(istio::proxy_config_fields().begin(),
                            istio::proxy_config_fields().end());
  return fields;
}

/// Reports fields that are spelt nearly like one of `known`; others may be a newer Istio's.
void check_spelling(const MeshConfig::Source& source, yaml::Node fields, const Words& known,
                    Findings& found) {
  for (const yaml::Entry entry : fields.entries()) {
    const std::string_view meant = suggest(entry.key.text(), known);
    if (meant.empty() || holds(known, entry.key.text())) continue;
    found.add(source.where(entry.key), fmt::format("istiod reads no `{}`", entry.key.text()))
        .with_help(fmt::format("did you mean `{}`?", meant));
  }
}

void settings_are_spelt_right(const Mesh& mesh, Findings& found) {
  for (const MeshConfig::Source& source : mesh.derived<MeshConfig>().sources()) {
    if (source.object != nullptr && source.object->context) continue;
    check_spelling(source, source.node, mesh_fields(), found);
    check_spelling(source, source.node.find("defaultConfig"), proxy_fields(), found);
  }
}

void values_are_read(const Mesh& mesh, Findings& found) {
  static const Words kValues = {"base",
                                "cni",
                                "compatibilityVersion",
                                "defaultRevision",
                                "env",
                                "experimental",
                                "gatewayClasses",
                                "gateways",
                                "global",
                                "istio_cni",
                                "istiodRemote",
                                "meshConfig",
                                "ownerName",
                                "pilot",
                                "platform",
                                "profile",
                                "resourceQuotas",
                                "revision",
                                "revisionTags",
                                "sidecarInjectorWebhook",
                                "telemetry",
                                "ztunnel"};
  objects::each(mesh, "install.istio.io", "IstioOperator", [&](const Object& object) {
    for (const yaml::Entry entry : object.spec.find("values").entries()) {
      const std::string_view key = entry.key.text();
      if (holds(kValues, key)) continue;
      const std::string meant = did_you_mean(key, kValues);
      found.add(entry.key.where(), fmt::format("no chart of Istio reads the value `{}`", key))
          .with_help(meant.empty() ? "remove it, or write it where its chart is installed" : meant);
    }
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1763",
     .name = "installation-profile-unknown",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "The profile of an installation is one that Istio has",
     .why = "istioctl looks the profile up among those it brings and, when there is none of "
            "the name, installs nothing.",
     .bad = R"(# meshfn: ignore[MF0113] istioctl reads it
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: istio, namespace: istio-system}
spec:
  profile: minimum #!
)",
     .good = R"(# meshfn: ignore[MF0113] istioctl reads it
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: istio, namespace: istio-system}
spec:
  profile: minimal
)",
     .check = profiles_exist},
    {.id = "MF1764",
     .name = "mesh-setting-misspelt",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Settings of the mesh have names that istiod reads",
     .why = "istiod passes over what it does not know in a mesh configuration. A setting that "
            "is misspelt is one that was never made.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    enablePrometheusMerg: true #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    enablePrometheusMerge: true
)",
     .check = settings_are_spelt_right},
    {.id = "MF1765",
     .name = "installation-value-unread",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Values of an installation are ones that its charts read",
     .why = "The charts take what they know from `spec.values`. A key that none of them has "
            "changes nothing, and newer versions of istioctl refuse it.",
     .bad = R"(# meshfn: ignore[MF0113] istioctl reads it
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: istio, namespace: istio-system}
spec:
  values:
    globals: {logAsJson: true} #!
)",
     .good = R"(# meshfn: ignore[MF0113] istioctl reads it
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: istio, namespace: istio-system}
spec:
  values:
    global: {logAsJson: true}
)",
     .check = values_are_read},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family installation_setting_rules() { return kRules; }

}  // namespace meshfn::lint
