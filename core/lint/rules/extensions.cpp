// Telemetry, plug-ins and filters that do more, or less safely, than they need to.

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <vector>

#include "base/str.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/insight_families.h"
#include "lint/rules/namespaces.h"
#include "lint/written.h"
#include "resource/istio/mesh_config.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

void not_everything_is_traced(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "telemetry.istio.io", "Telemetry", [&](const Object& object) {
    for (const yaml::Node tracing : object.spec.find("tracing").items()) {
      const auto percent = resource::number(tracing.find("randomSamplingPercentage"));
      if (percent.value < 100) continue;
      found.add(percent.where(), "every request is traced")
          .with_help("1 or less is usual where there is traffic");
    }
  });
}

/// Whether an image is named without a tag that stays.
bool is_mutable(std::string_view url) {
  if (url.find("@sha256:") != std::string_view::npos) return false;
  const std::string_view name = url.substr(url.rfind('/') + 1);
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos || name.substr(colon + 1) == "latest";
}

void plugins_are_pinned(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "extensions.istio.io", "WasmPlugin", [&](const Object& object) {
    const yaml::Node url = object.spec.find("url");
    const std::string_view text = url.text();
    if (text.empty() || text.starts_with("file://") || object.spec.find("sha256")) return;
    const bool http = text.starts_with("http://") || text.starts_with("https://");
    if (!http && !is_mutable(text)) return;
    found.add(url.where(), "what runs in the proxy may change from one download to the next")
        .with_help("give `sha256`, or an image by its digest");
  });
}

void authentication_fails_closed(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "extensions.istio.io", "WasmPlugin", [&](const Object& object) {
    const yaml::Node strategy = object.spec.find("failStrategy");
    const std::string_view phase = object.spec.find("phase").text();
    if (strategy.text() != "FAIL_OPEN" || (phase != "AUTHN" && phase != "AUTHZ")) return;
    found.add(strategy.where(), "when the plug-in fails, requests pass unchecked")
        .relate(object.spec.find("phase").where(), "it decides who may pass")
        .with_help("use FAIL_CLOSE");
  });
}

void filters_choose_their_proxies(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "networking.istio.io", "EnvoyFilter", [&](const Object& object) {
    if (object.scope != mesh.settings().istio_namespace) return;
    if (object.spec.find("workloadSelector") || object.spec.find("targetRefs").size() > 0) return;
    found.add(object.where(), "this filter changes every proxy of the mesh")
        .with_help("add a workloadSelector, or keep it in the namespace that needs it");
  });
}

void tls_is_automatic(const Mesh& mesh, Findings& found) {
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  const yaml::Node automatic = config.node().find("enableAutoMtls");
  if (!automatic || resource::boolean(automatic).value) return;
  // One rule for all hosts is the other way of having it everywhere.
  const auto& rules = mesh.all<resource::istio::DestinationRule>();
  const bool everywhere = std::any_of(rules.begin(), rules.end(), [&](const auto& rule) {
    const auto& policy = rule.traffic_policy;
    return rule.scope == resource::istio::root_namespace(mesh) && rule.host.value == "*.local" &&
           policy && policy->tls && policy->tls->mode.value == "ISTIO_MUTUAL";
  });
  if (everywhere) return;
  found
      .add(config.where(automatic),
           "callers use mutual TLS only where a DestinationRule says ISTIO_MUTUAL")
      .with_help("remove it: sidecars then find out by themselves");
}

bool is_private_key(std::string_view text) {
  const std::size_t end = text.find("PRIVATE KEY-----");
  return end != std::string_view::npos && text.rfind("-----BEGIN ", end) != std::string_view::npos;
}

void keys_are_secrets(const Mesh& mesh, Findings& found) {
  const auto check = [&](const Object& object) {
    if (!may_hold(object, {"PRIVATE"})) return;
    each_text(object.root, [&](yaml::Node text) {
      if (!is_private_key(text.text())) return;
      found
          .add(text.where(),
               fmt::format("a private key is in plain text in a {}", object.kind.value))
          .with_help("keep it in a Secret");
    });
  };
  objects::each(mesh, "", "ConfigMap", check);
  objects::each(mesh, "networking.istio.io", "EnvoyFilter", check);
  objects::each(mesh, "extensions.istio.io", "WasmPlugin", check);
}

void exports_reach_namespaces(const Object& object, const Mesh& mesh, Findings& found) {
  if (object.group() != "networking.istio.io") return;
  for (const yaml::Node word : object.spec.find("exportTo").items()) {
    const std::string_view text = word.text();
    if (text == "." || text == "*" || text == "~") continue;
    mesh.derived<Namespaces>().check(text, word.where(), found);
  }
}

/// Once an input, not once a filter: who has many knows.
void filters_are_counted(const Mesh& mesh, Findings& found) {
  std::size_t count = 0;
  const Object* first = nullptr;
  objects::each(mesh, "networking.istio.io", "EnvoyFilter", [&](const Object& filter) {
    if (count++ == 0) first = &filter;
  });
  if (first == nullptr) return;
  found
      .add(first->where(),
           count == 1 ? "this patches what Istio generates, which changes from release to release"
                      : fmt::format("this and {} more patch what Istio generates, which changes "
                                    "from release to release",
                                    str::count(count - 1, "EnvoyFilter")))
      .with_help("test them before each upgrade; `match.proxy.proxyVersion` ties a patch to one");
}

/// What an access token is called when it has a form that nothing else has; empty for other texts.
std::string_view token_kind(std::string_view text) {
  struct Form {
    std::string_view start;  ///< looked for first, for most texts have none
    const char* pattern;
    std::string_view name;
  };

  constexpr std::array<Form, 6> kForms = {
      {{"AKIA", "\\bAKIA[0-9A-Z]{16}\\b", "an access key of AWS"},
       {"eyJ", "\\beyJ[\\w-]{8,}\\.eyJ[\\w-]{8,}\\.[\\w-]{8,}", "a JSON Web Token"},
       {"gh", "\\bgh[opsu]_[A-Za-z0-9]{36}\\b", "a token of GitHub"},
       {"github_pat_", "\\bgithub_pat_[A-Za-z0-9_]{40,}", "a token of GitHub"},
       {"xox", "\\bxox[abprs]-[A-Za-z0-9-]{10,}", "a token of Slack"},
       {"sk_live_", "\\bsk_live_[A-Za-z0-9]{16,}", "a key of Stripe"}}};
  for (const Form& form : kForms) {
    if (text.find(form.start) == std::string_view::npos) continue;
    if (re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), form.pattern)) {
      return form.name;
    }
  }
  return {};
}

/// Whether a field is called like something secret.
bool is_secret_name(std::string_view name) {
  const std::string lower = str::lower(name);
  constexpr std::array<std::string_view, 6> kWords = {"password", "passwd", "secret",
                                                      "api_key",  "apikey", "access_token"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return lower.ends_with(word); });
}

/// Reports what the configuration of a plug-in calls a secret and holds itself.
void check_named_secrets(yaml::Node config, int depth, Findings& found) {
  for (const yaml::Entry entry : config.entries()) {
    if (depth > 0) check_named_secrets(entry.value, depth - 1, found);
    // What begins like this says where the secret is.
    const bool is_place = entry.value.text().find_first_of("/$%{<") == 0;
    if (!entry.value.is_scalar() || entry.value.text().empty() || is_place) continue;
    if (entry.value.type() != yaml::ScalarType::string || !is_secret_name(entry.key.text())) {
      continue;
    }
    found
        .add(entry.value.where(),
             fmt::format("`{}` is in plain text in a WasmPlugin", entry.key.text()))
        .with_help("let the plug-in read it from `vmConfig.env`, or from a Secret");
  }
}

void credentials_are_secrets(const Mesh& mesh, Findings& found) {
  objects::each(mesh, "extensions.istio.io", "WasmPlugin", [&](const Object& plugin) {
    constexpr int kLevels = 20;
    check_named_secrets(plugin.spec.find("pluginConfig"), kLevels, found);
  });
  const auto check = [&](const Object& object) {
    // What all forms of tokens have in them, and few texts.
    if (!may_hold(object, {"AKIA", "J", "_", "xox"})) return;
    each_text(object.root, [&](yaml::Node text) {
      const std::string_view kind = token_kind(text.text());
      if (kind.empty() || is_private_key(text.text())) return;
      found.add(text.where(), fmt::format("{} is in plain text in a {}", kind, object.kind.value))
          .with_help("keep it in a Secret, and revoke it if others have read it");
    });
  };
  objects::each(mesh, "", "ConfigMap", check);
  objects::each(mesh, "networking.istio.io", "EnvoyFilter", check);
  objects::each(mesh, "networking.istio.io", "VirtualService", check);
  objects::each(mesh, "extensions.istio.io", "WasmPlugin", check);
}

/// Whether some pods may load both plug-ins. REQUIRES: they are of one namespace.
bool meet(const Object& a, const Object& b) {
  const auto left = resource::labels(a.spec.at("selector", "matchLabels"));
  const auto right = resource::labels(b.spec.at("selector", "matchLabels"));
  const bool targets = a.spec.find("targetRefs") || b.spec.find("targetRefs") ||
                       a.spec.find("targetRef") || b.spec.find("targetRef");
  return !targets && a.name.value != b.name.value &&
         (left.empty() || right.empty() || resource::selects(left, right) ||
          resource::selects(right, left));
}

void plugins_have_their_turn(const Mesh& mesh, Findings& found) {
  using Turn = std::tuple<std::string_view, std::string_view, std::int64_t>;
  std::map<Turn, std::vector<const Object*>> earlier;  // by namespace, phase and priority
  for (const Object* plugin : mesh.of_kind("extensions.istio.io", "WasmPlugin")) {
    const Turn turn = {plugin->scope, plugin->spec.find("phase").text(),
                       resource::integer(plugin->spec.find("priority")).value};
    auto& same = earlier[turn];
    const auto other = std::find_if(same.begin(), same.end(),
                                    [&](const Object* one) { return meet(*one, *plugin); });
    if (other != same.end() && !plugin->context) {
      found
          .add(plugin->where(), fmt::format("`{}` has the same phase and priority, so which of "
                                            "them runs first is open",
                                            (*other)->name.value))
          .relate((*other)->where(), "the other plug-in")
          .with_help("give them different priorities");
    }
    same.push_back(plugin);
  }
}

constexpr Rule kRules[] = {
    {.id = "MF5801",
     .name = "everything-traced",
     .severity = Severity::info,
     .group = "istio",
     .summary = "A share of the requests is traced",
     .why = "Spans of every request cost every proxy time and the collector room. 100% is for "
            "trying it out.",
     .bad = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: default, namespace: shop}
spec:
  tracing:
  - randomSamplingPercentage: 100 #!
)",
     .good = R"(apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: default, namespace: shop}
spec:
  tracing:
  - randomSamplingPercentage: 1
)",
     .check = not_everything_is_traced},
    {.id = "MF5802",
     .name = "plugin-not-pinned",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A plug-in is the same whenever it is loaded",
     .why = "The proxy runs what it downloads, with all traffic in its hands. Without a digest, "
            "two proxies may run different code, and whoever can change the file runs theirs.",
     .bad = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: auth, namespace: shop}
spec:
  url: oci://registry.example.com/auth:latest #!
)",
     .good = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: auth, namespace: shop}
spec:
  url: oci://registry.example.com/auth:1.4.2
)",
     .check = plugins_are_pinned},
    {.id = "MF5803",
     .name = "plugin-fails-open",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A plug-in that decides about access fails closed",
     .why = "With FAIL_OPEN an error in the plug-in, or its download, lets every request through.",
     .bad = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: auth, namespace: shop}
spec:
  url: oci://registry.example.com/auth:1.4.2
  phase: AUTHN
  failStrategy: FAIL_OPEN #!
)",
     .good = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: auth, namespace: shop}
spec:
  url: oci://registry.example.com/auth:1.4.2
  phase: AUTHN
  failStrategy: FAIL_CLOSE
)",
     .check = authentication_fails_closed},
    {.id = "MF5804",
     .name = "filter-for-every-proxy",
     .severity = Severity::info,
     .group = "istio",
     .summary = "An EnvoyFilter of the root namespace selects proxies",
     .why = "In the root namespace, without a selector, its patches change all proxies of the mesh "
            "at once; one that Envoy refuses stops all of them from being configured.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: lua, namespace: istio-system} #!
spec:
  priority: 10
  configPatches:
  - applyTo: CLUSTER
    match: {context: SIDECAR_OUTBOUND}
    patch: {operation: MERGE, value: {connect_timeout: 2s}}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: lua, namespace: istio-system}
spec:
  priority: 10
  workloadSelector: {labels: {app: web}}
  configPatches:
  - applyTo: CLUSTER
    match: {context: SIDECAR_OUTBOUND}
    patch: {operation: MERGE, value: {connect_timeout: 2s}}
)",
     .check = filters_choose_their_proxies},
    {.id = "MF5805",
     .name = "automatic-tls-off",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Sidecars choose mutual TLS by themselves",
     .why =
         "With `enableAutoMtls: false` every host needs a DestinationRule with ISTIO_MUTUAL: one "
         "that lacks it is called in plain text, or not at all where STRICT is required.",
     .bad = R"(apiVersion: install.istio.io/v1alpha1  # meshfn: ignore[MF0113]
kind: IstioOperator
metadata: {name: mesh, namespace: istio-system}
spec:
  meshConfig:
    enableAutoMtls: false #!
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
)",
     .aliases = "KIA0205 KIA0206 KIA0401 KIA0501",
     .check = tls_is_automatic},
    {.id = "MF5806",
     .name = "envoy-filters-in-use",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Configuration is made by Istio's own kinds, not patched into the proxies",
     .why =
         "An EnvoyFilter depends on names and an order of filters that Istio promises to nobody. "
         "Istio's webhook says so of each; here the first of an input stands for all.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: buffers, namespace: shop} #!
spec:
  workloadSelector: {labels: {app: web}}
  configPatches:
  - applyTo: CLUSTER
    match: {context: SIDECAR_OUTBOUND}
    patch:
      operation: MERGE
      value: {per_connection_buffer_limit_bytes: 65536}
)",
     .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec:
  host: web
  trafficPolicy:
    connectionPool: {tcp: {maxConnections: 100}}
)",
     .aliases = "IST0133",
     .check = filters_are_counted},
    {.id = "MF5807",
     .name = "plugin-order-open",
     .severity = Severity::info,
     .group = "istio",
     .summary = "Plug-ins of one phase have priorities",
     .why = "Plug-ins of one phase run in the order of their priorities, the highest first. "
            "With equal ones the order is not said, and it may change when one of them is "
            "made anew.",
     .bad = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: token, namespace: shop}
spec:
  url: oci://registry.example.com/token:1.0
  phase: AUTHN
---
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: session, namespace: shop} #!
spec:
  url: oci://registry.example.com/session:1.0
  phase: AUTHN
)",
     .good = R"(apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: token, namespace: shop}
spec:
  url: oci://registry.example.com/token:1.0
  phase: AUTHN
  priority: 20
---
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: {name: session, namespace: shop}
spec:
  url: oci://registry.example.com/session:1.0
  phase: AUTHN
  priority: 10
)",
     .check = plugins_have_their_turn},
    {.id = "MF5901",
     .name = "private-key-in-plain-text",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "Private keys are kept in Secrets",
     .why = "ConfigMaps and resources of the mesh can be read by many who may not read Secrets, "
            "and are not encrypted where they are stored.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: certificates, namespace: shop}
data:
  key.pem: "-----BEGIN PRIVATE KEY-----" #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: certificates, namespace: shop}
data:
  ca.pem: "-----BEGIN CERTIFICATE-----"
)",
     .check = keys_are_secrets},
    {.id = "MF5902",
     .name = "export-namespace-missing",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Resources are exported to namespaces that exist",
     .why = "A name in `exportTo` that no Namespace has shows the resource to nobody. It is an "
            "info unless it looks like a typo of a Namespace of the input.",
     .bad = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  exportTo: [shpo] #!
  http:
  - route: [{destination: {host: reviews}}]
)",
     .good = R"(apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  exportTo: [shop]
  http:
  - route: [{destination: {host: reviews}}]
)",
     .aliases = "KIA0005",
     .check = Each<exports_reach_namespaces>::run},
    {.id = "MF5903",
     .name = "credential-in-plain-text",
     .severity = Severity::warning,
     .group = "kubernetes",
     .summary = "Tokens and passwords of services are kept in Secrets",
     .why = "ConfigMaps and resources of the mesh can be read by many who may not read "
            "Secrets, and end up in repositories and in the proxies' own configuration dumps. "
            "Found are tokens that have a form of their own, JSON Web Tokens among them.",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: billing, namespace: shop}
data:
  aws-key: AKIAIOSFODNN7EXAMPLE #!
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: billing, namespace: shop}
data:
  aws-region: eu-central-1
)",
     .check = credentials_are_secrets},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family extension_rules() { return kRules; }

}  // namespace meshfn::lint
