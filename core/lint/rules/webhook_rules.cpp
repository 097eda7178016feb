// The webhooks through which the API server asks Istio: which of them is called, and where it is.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/str.h"
#include "lint/each.h"
#include "lint/rules/istio_objects.h"
#include "lint/rules/istio_values.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using resource::Mesh;
using resource::Object;

constexpr std::string_view kGroup = "admissionregistration.k8s.io";
constexpr std::string_view kMutating = "MutatingWebhookConfiguration";
constexpr std::string_view kValidating = "ValidatingWebhookConfiguration";
constexpr std::string_view kRevision = "istio.io/rev";

/// Revisions that a selector asks for.
void collect_revisions(yaml::Node selector, std::set<std::string>& revisions) {
  const std::string_view label = selector.find("matchLabels").find(kRevision).text();
  if (!label.empty()) revisions.emplace(label);
  for (const yaml::Node expression : selector.find("matchExpressions").items()) {
    if (expression.find("key").text() != kRevision) continue;
    for (const yaml::Node value : expression.find("values").items())
      revisions.emplace(value.text());
  }
}

/// One webhook that injects sidecars.
struct Injecting {
  const Object* configuration = nullptr;
  yaml::Node webhook;
  std::set<std::string_view> rivals;  ///< configurations that inject into the same pods
};

/// All webhooks of configurations that belong to Istio, and the revisions they know.
struct Webhooks {
  std::vector<Injecting> list;
  std::set<std::string> revisions;
};

bool belongs_to_istio(const Object& configuration, std::set<std::string>& revisions) {
  std::set<std::string> own;
  if (const resource::Text label = configuration.label(kRevision)) own.emplace(*label);
  bool named = false;
  for (const yaml::Node webhook : configuration.root.find("webhooks").items()) {
    collect_revisions(webhook.find("namespaceSelector"), own);
    collect_revisions(webhook.find("objectSelector"), own);
    named = named || webhook.find("name").text().ends_with("istio.io");
  }
  revisions.insert(own.begin(), own.end());
  return named || !own.empty();
}

Webhooks webhooks_of(const Mesh& mesh) {
  Webhooks all;
  for (const Object* object : mesh.of_kind(kGroup, kMutating)) {
    if (!belongs_to_istio(*object, all.revisions)) continue;
    for (const yaml::Node webhook : object->root.find("webhooks").items()) {
      all.list.push_back({object, webhook, {}});
    }
  }
  return all;
}

/// Labels as a value of their own: what a namespace or pod could have.
using LabelSet = std::vector<std::pair<std::string_view, std::string_view>>;

resource::Labels as_labels(const LabelSet& set) {
  resource::Labels labels;
  for (const auto& [key, value] : set) {
    resource::Label label;
    label.key.value = key;
    label.value.value = value;
    labels.push_back(label);
  }
  return labels;
}

/// Every combination of `key` (absent, or one of `values`) with every revision or none.
std::vector<resource::Labels> combinations(std::string_view key,
                                           const std::vector<std::string_view>& values,
                                           const std::set<std::string>& revisions) {
  std::vector<resource::Labels> out;
  const auto add = [&](LabelSet set) {
    out.push_back(as_labels(set));
    for (const std::string& revision : revisions) {
      LabelSet with = set;
      with.emplace_back(kRevision, revision);
      out.push_back(as_labels(with));
    }
  };
  add({});
  for (const std::string_view value : values) add({{key, value}});
  return out;
}

/// Whether a selector, which may be absent, matches labels.
bool matches(yaml::Node webhook, std::string_view field, const resource::Labels& labels) {
  return resource::selector_matches(webhook.find(field), labels);
}

void find_rivals(Webhooks& all) {
  const auto namespaces = combinations("istio-injection", {"enabled", "disabled"}, all.revisions);
  const auto pods = combinations(istio::kInject, {"true", "false"}, all.revisions);
  for (const resource::Labels& home : namespaces) {
    std::vector<Injecting*> here;
    for (Injecting& injecting : all.list) {
      if (matches(injecting.webhook, "namespaceSelector", home)) here.push_back(&injecting);
    }
    for (const resource::Labels& pod : pods) {
      std::vector<Injecting*> hits;
      std::copy_if(here.begin(), here.end(), std::back_inserter(hits), [&](const Injecting* one) {
        return matches(one->webhook, "objectSelector", pod);
      });
      for (Injecting* one : hits) {
        for (const Injecting* other : hits) {
          if (one != other) one->rivals.insert(other->webhook.find("name").text());
        }
      }
    }
  }
}

void a_pod_is_injected_once(const Mesh& mesh, Findings& found) {
  Webhooks all = webhooks_of(mesh);
  find_rivals(all);
  const Object* said = nullptr;
  for (const Injecting& one : all.list) {
    if (one.rivals.empty() || one.configuration->context || one.configuration == said) continue;
    said = one.configuration;
    found
        .add(objects::place(one.webhook, "name"),
             fmt::format("webhooks `{}` and `{}` inject into the same pods",
                         one.webhook.find("name").text(), fmt::join(one.rivals, "`, `")))
        .with_help(
            "remove the configuration of the revision that is gone, or make the selectors "
            "exclude each other");
  }
}

void webhooks_have_a_service(const Mesh& mesh, Findings& found) {
  const Webhooks all = webhooks_of(mesh);
  const Object* said = nullptr;
  for (const Injecting& one : all.list) {
    const yaml::Node service = one.webhook.at("clientConfig", "service");
    if (!service.is_mapping() || one.configuration->context || one.configuration == said) continue;
    const std::string_view scope = service.find("namespace").text();
    const std::string_view name = service.find("name").text();
    const Found answer = objects::find_service(mesh, scope, name);
    if (answer == Found::yes) continue;
    said = one.configuration;
    const bool missing = answer == Found::missing;
    found
        .add(objects::place(service, "name"),
             fmt::format("the input has no Service `{}/{}`, which this webhook calls", scope, name))
        .with_help(missing ? objects::service_hint(mesh, scope, name) : "")
        .with_severity(missing ? Severity::error : Severity::info);
  }
}

bool is_istiods(const Object& object) {
  const std::string_view name = object.name.value;
  if (object.kind.value == kMutating) return name.starts_with("istio-sidecar-injector");
  return name == "istiod-default-validator" || name.starts_with("istio-validator");
}

/// Calls `visit(webhook)` for every webhook of Istio's own configurations.
template <class Visit>
void each_istio_webhook(const Mesh& mesh, Visit visit) {
  for (const std::string_view kind : {kMutating, kValidating}) {
    objects::each(mesh, kGroup, kind, [&](const Object& object) {
      if (!is_istiods(object)) return;
      for (const yaml::Node webhook : object.root.find("webhooks").items()) visit(webhook);
    });
  }
}

/// The host of a URL; empty when the text is no URL with a host.
std::string_view host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return {};
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

/// Whether two hexadecimal digits follow each percent sign.
bool is_escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  for (std::size_t at = text.find('%'); at != text.npos; at = text.find('%', at + 1)) {
    const std::string_view digits = text.substr(at + 1, 2);
    if (digits.size() < 2 || digits.find_first_not_of(kHex) != digits.npos) return false;
  }
  return true;
}

/// Whether what stands between `://` and the path has whole brackets and a port of digits.
bool has_authority(std::string_view text) {
  std::string_view host = text.substr(std::min(text.find("://") + 3, text.size()));
  host = host.substr(0, host.find_first_of("/?#"));
  host = host.substr(host.rfind('@') + 1);  // npos + 1 is the beginning
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    if (close == host.npos) return false;
    host.remove_prefix(close + 1);
  }
  const std::size_t colon = host.find(':');
  return colon == host.npos ||
         host.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
}

bool is_url(std::string_view text) {
  const bool control =
      std::any_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; });
  return !control && text.find_first_of(" <>\"{}|\\^`\x7f") == std::string_view::npos &&
         is_escaped(text) && has_authority(text) && !host_of(text).empty();
}

void webhooks_have_an_address(const Mesh& mesh, Findings& found) {
  each_istio_webhook(mesh, [&](yaml::Node webhook) {
    const yaml::Node client = webhook.find("clientConfig");
    const std::string_view url = client.find("url").text();
    const std::string_view name = webhook.find("name").text();
    if (url.empty() && !client.find("service").is_mapping()) {
      found
          .add(client ? client.where() : webhook.where(),
               fmt::format("webhook `{}` has neither a URL nor a Service", name))
          .with_help("give `clientConfig` the `url` of the external control plane");
    } else if (!url.empty() && !is_url(url)) {
      found
          .add(client.find("url").where(), fmt::format("`{}` of webhook `{}` is no URL", url, name))
          .with_help("write `https://HOST:15017/…`");
    }
  });
}

void control_planes_have_a_name(const Mesh& mesh, Findings& found) {
  each_istio_webhook(mesh, [&](yaml::Node webhook) {
    const yaml::Node url = webhook.at("clientConfig", "url");
    if (!is_url(url.text()) || !istio::is_ip(host_of(url.text()))) return;
    found
        .add(url.where(), fmt::format("webhook `{}` calls the control plane at an IP address",
                                      webhook.find("name").text()))
        .with_help("use a host name, which the certificate can be for");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1821",
     .name = "injection-webhook-overlap",
     .severity = Severity::error,
     .group = "istio",
     .summary = "A pod is injected by one webhook",
     .why = "When the selectors of two injection webhooks match the same pod, both add a sidecar, "
            "and the pod does not start.",
     .bad = R"(apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector}
webhooks:
- name: sidecar-injector.istio.io #!
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig: {url: https://istiod.example.com/inject}
  namespaceSelector: {matchLabels: {istio-injection: enabled}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector-old}
webhooks:
- name: old.sidecar-injector.istio.io #!
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig: {url: https://istiod.example.com/inject}
  namespaceSelector: {matchLabels: {istio-injection: enabled}}
)",
     .good = R"(apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector}
webhooks:
- name: sidecar-injector.istio.io
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig: {url: https://istiod.example.com/inject}
  namespaceSelector: {matchLabels: {istio-injection: enabled}}
)",
     .aliases = "IST0139",
     .check = a_pod_is_injected_once},
    {.id = "MF1822",
     .name = "injection-webhook-service",
     .severity = Severity::error,
     .group = "istio",
     .summary = "The Service that an injection webhook calls exists",
     .why = "When the API server cannot reach the injector, pods of injected namespaces are not "
            "made at all. When the Services of that namespace are not in the input, an info.",
     .bad = R"(apiVersion: v1
kind: Service
metadata: {name: istiod, namespace: istio-system}
spec:
  ports:
  - {name: https, port: 443}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector}
webhooks:
- name: sidecar-injector.istio.io
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig:
    service: {name: istiod-canary, namespace: istio-system} #!
)",
     .good = R"(apiVersion: v1
kind: Service
metadata: {name: istiod, namespace: istio-system}
spec:
  ports:
  - {name: https, port: 443}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector}
webhooks:
- name: sidecar-injector.istio.io
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig:
    service: {name: istiod, namespace: istio-system}
)",
     .aliases = "IST0139",
     .check = webhooks_have_a_service},
    {.id = "MF1823",
     .name = "control-plane-address",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Istio's webhooks have an address",
     .why = "Without a URL or a Service the API server cannot ask the control plane.",
     .bad = R"(apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector}
webhooks:
- name: sidecar-injector.istio.io
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig: {url: istiod.example.com} #!
)",
     .good = R"(apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector}
webhooks:
- name: sidecar-injector.istio.io
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig: {url: https://istiod.example.com/inject}
)",
     .aliases = "IST0163",
     .check = webhooks_have_an_address},
    {.id = "MF1824",
     .name = "control-plane-by-ip",
     .severity = Severity::info,
     .group = "istio",
     .summary = "The control plane is called by a host name",
     .why = "The control plane's certificate is for a name. By IP address the API server can "
            "verify it only when the address is in the certificate too.",
     .bad = R"(apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector}
webhooks:
- name: sidecar-injector.istio.io
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig: {url: https://192.0.2.1:15017/inject} #!
)",
     .good = R"(apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector}
webhooks:
- name: sidecar-injector.istio.io
  sideEffects: None
  admissionReviewVersions: [v1]
  clientConfig: {url: https://istiod.example.com/inject}
)",
     .aliases = "IST0164",
     .check = control_planes_have_a_name},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family webhook_rules() { return kRules; }

}  // namespace meshfn::lint
