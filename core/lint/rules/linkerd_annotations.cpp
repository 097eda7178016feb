#include "lint/rules/linkerd_annotations.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/suggest.h"
#include "lint/rules/linkerd_values.h"
#include "resource/linkerd/values.h"

namespace meshfn::lint::linkerd {

namespace {

constexpr std::uint8_t kPods = kNamespace | kPod;
constexpr std::uint8_t kParents = kService | kEgressNetwork;
constexpr std::uint8_t kOutbound = kParents | kRoute;

std::string inject_problem(std::string_view text) {
  return one_of_problem(text, {"enabled", "disabled", "ingress"});
}

std::string inbound_policy_problem(std::string_view text) {
  return one_of_problem(text, {"all-authenticated", "all-unauthenticated", "cluster-authenticated",
                               "cluster-unauthenticated", "deny", "audit"});
}

std::string pull_policy_problem(std::string_view text) {
  return one_of_problem(text, {"Always", "IfNotPresent", "Never"});
}

std::string log_format_problem(std::string_view text) {
  return one_of_problem(text, {"plain", "json"});
}

std::string log_headers_problem(std::string_view text) {
  return one_of_problem(text, {"off", "insecure"});
}

std::string access_log_problem(std::string_view text) {
  return text.empty() ? "" : one_of_problem(text, {"apache", "json"});
}

std::string accrual_problem(std::string_view text) {
  return one_of_problem(text, {"consecutive", "unified"});
}

std::string ports_problem(std::string_view text) { return port_set_problem(text); }

constexpr auto kAnnotations = std::to_array<Annotation>({
    {"linkerd.io/inject", kPods, inject_problem},
    {"config.linkerd.io/proxy-image", kPods},
    {"config.linkerd.io/proxy-version", kPods},
    {"config.linkerd.io/image-pull-policy", kPods, pull_policy_problem},
    {"config.linkerd.io/init-image", kPods},
    {"config.linkerd.io/init-image-version", kPods},
    {"config.linkerd.io/debug-image", kPods},
    {"config.linkerd.io/debug-image-version", kPods},
    {"config.linkerd.io/debug-image-pull-policy", kPods, pull_policy_problem},
    {"config.linkerd.io/control-port", kPods, port_problem},
    {"config.linkerd.io/inbound-port", kPods, port_problem},
    {"config.linkerd.io/admin-port", kPods, port_problem},
    {"config.linkerd.io/outbound-port", kPods, port_problem},
    {"config.linkerd.io/skip-inbound-ports", kPods, ports_problem},
    {"config.linkerd.io/skip-outbound-ports", kPods, ports_problem},
    {"config.linkerd.io/skip-subnets", kPods, subnets_problem},
    {"config.linkerd.io/opaque-ports", kPods | kService, named_port_set_problem},
    {"config.linkerd.io/pod-inbound-ports", kPods, ports_problem},
    {"config.linkerd.io/proxy-cpu-request", kPods, quantity_problem},
    {"config.linkerd.io/proxy-cpu-limit", kPods, quantity_problem},
    {"config.linkerd.io/proxy-memory-request", kPods, quantity_problem},
    {"config.linkerd.io/proxy-memory-limit", kPods, quantity_problem},
    {"config.linkerd.io/proxy-ephemeral-storage-request", kPods, quantity_problem},
    {"config.linkerd.io/proxy-ephemeral-storage-limit", kPods, quantity_problem},
    {"config.linkerd.io/proxy-cpu-ratio-limit", kPods, ratio_limit_problem},
    {"config.linkerd.io/proxy-uid", kPods, integer_problem},
    {"config.linkerd.io/proxy-gid", kPods, integer_problem},
    {"config.linkerd.io/proxy-log-level", kPods, log_level_problem},
    {"config.linkerd.io/proxy-log-format", kPods, log_format_problem},
    {"config.linkerd.io/proxy-log-http-headers", kPods, log_headers_problem},
    {"config.linkerd.io/access-log", kPods, access_log_problem},
    {"config.linkerd.io/proxy-admin-shutdown", kPods, switch_problem},
    {"config.linkerd.io/proxy-await", kPods, switch_problem},
    {"config.linkerd.io/enable-external-profiles", kPods, boolean_problem},
    {"config.linkerd.io/enable-gateway", kPods, boolean_problem},
    {"config.linkerd.io/enable-debug-sidecar", kPods, boolean_problem},
    {"config.linkerd.io/proxy-metrics-hostname-labels", kPods, boolean_problem},
    {"config.linkerd.io/proxy-enable-native-sidecar", kPods, boolean_problem},
    {"config.linkerd.io/proxy-disable-outbound-protocol-detect-timeout", kPods, boolean_problem},
    {"config.linkerd.io/proxy-disable-inbound-protocol-detect-timeout", kPods, boolean_problem},
    {"config.linkerd.io/proxy-outbound-connect-timeout", kPods, go_duration_problem},
    {"config.linkerd.io/proxy-inbound-connect-timeout", kPods, go_duration_problem},
    {"config.linkerd.io/proxy-outbound-discovery-cache-unused-timeout", kPods, go_duration_problem},
    {"config.linkerd.io/proxy-inbound-discovery-cache-unused-timeout", kPods, go_duration_problem},
    {"config.linkerd.io/shutdown-grace-period", kPods, go_duration_problem},
    {"config.linkerd.io/close-wait-timeout", kPods, go_duration_problem},
    {"config.linkerd.io/proxy-require-identity-inbound-ports", kPods, ports_problem},
    {"config.linkerd.io/default-inbound-policy", kPods, inbound_policy_problem},
    {"config.linkerd.io/proxy-additional-env", kPods, environment_problem},
    {"config.linkerd.io/trace-collector", kPods},
    {"config.linkerd.io/trace-collector-service-account", kPods},
    {"config.linkerd.io/tracing-enabled", kPods},
    {"config.alpha.linkerd.io/proxy-wait-before-exit-seconds", kPods, unsigned_problem},
    {"viz.linkerd.io/tap-enabled", kPods},
    {"viz.linkerd.io/disable-tap", kPods, boolean_problem},
    {"jaeger.linkerd.io/tracing-enabled", kPods},
    {"linkerd.io/created-by"},
    {"linkerd.io/proxy-version"},
    {"linkerd.io/trust-root-sha256"},
    {"linkerd.io/helm-release-version"},
    {"linkerd.io/identity-issuer-expiry"},
    {"linkerd.io/workload-ns", kAnywhere, nullptr, true},
    {"linkerd.io/control-plane-ns", kAnywhere, nullptr, true},
    {"linkerd.io/control-plane-component", kAnywhere, nullptr, true},
    {"linkerd.io/is-control-plane", kAnywhere, nullptr, true},
    {"linkerd.io/extension", kAnywhere, nullptr, true},
    {"config.linkerd.io/admission-webhooks", kNamespace, nullptr, true},
    {"mirror.linkerd.io/exported", kService, nullptr, true},
    {"mirror.linkerd.io/federated", kService, nullptr, true},
    {"failover.linkerd.io/controlled-by", kOther, nullptr, true},
    {"failover.linkerd.io/primary-service", kOther},

    {"retry.linkerd.io/limit", kOutbound, limit_problem},
    {"retry.linkerd.io/timeout", kOutbound, annotation_duration_problem},
    {"retry.linkerd.io/http", kOutbound, http_statuses_problem},
    {"retry.linkerd.io/grpc", kOutbound, grpc_statuses_problem},
    {"timeout.linkerd.io/request", kOutbound, annotation_duration_problem},
    {"timeout.linkerd.io/response", kOutbound, annotation_duration_problem},
    {"timeout.linkerd.io/idle", kOutbound, annotation_duration_problem},
    {"balancer.linkerd.io/failure-accrual", kParents, accrual_problem},
    {"balancer.linkerd.io/failure-accrual-consecutive-max-failures", kParents, unsigned_problem},
    {"balancer.linkerd.io/failure-accrual-consecutive-min-penalty", kParents,
     annotation_duration_problem},
    {"balancer.linkerd.io/failure-accrual-consecutive-max-penalty", kParents,
     positive_duration_problem},
    {"balancer.linkerd.io/failure-accrual-consecutive-jitter-ratio", kParents, jitter_problem},
    {"balancer.alpha.linkerd.io/failure-accrual-success-rate-threshold", kParents,
     threshold_problem},
    {"balancer.alpha.linkerd.io/failure-accrual-success-rate-window", kParents,
     positive_duration_problem},
    {"balancer.alpha.linkerd.io/failure-accrual-success-rate-min-requests", kParents,
     min_requests_problem},
    {"balancer.alpha.linkerd.io/failure-accrual-honor-retry-after", kParents, flag_problem},
    {"balancer.alpha.linkerd.io/penalize-failures", kService, flag_problem},
    {"balancer.alpha.linkerd.io/load-biaser-penalty", kService, short_duration_problem},
    {"balancer.alpha.linkerd.io/load-biaser-max-retry-after", kService,
     annotation_duration_problem},

    // Spellings of earlier releases.
    {"config.alpha.linkerd.io/proxy-enable-native-sidecar", kPods, boolean_problem, false,
     "config.linkerd.io/proxy-enable-native-sidecar"},
    {"config.beta.linkerd.io/proxy-enable-native-sidecar", kPods, boolean_problem, false,
     "config.linkerd.io/proxy-enable-native-sidecar"},
    {"config.linkerd.io/disable-tap", kPods, boolean_problem, false, "viz.linkerd.io/disable-tap"},
    {"config.linkerd.io/disable-identity", kPods, nullptr, false, "-"},
    {"linkerd.io/identity-mode", kPods, nullptr, false, "-"},
});

constexpr std::array<std::string_view, 8> kClosedDomains = {
    "config.linkerd.io",         "config.alpha.linkerd.io", "config.beta.linkerd.io",
    "retry.linkerd.io",          "timeout.linkerd.io",      "balancer.linkerd.io",
    "balancer.alpha.linkerd.io", "failover.linkerd.io"};

std::string_view domain_of(std::string_view key) { return key.substr(0, key.find('/')); }

std::string_view name_of(std::string_view key) { return key.substr(key.find('/') + 1); }

}  // namespace

std::span<const Annotation> annotations() { return kAnnotations; }

const Annotation* find_annotation(std::string_view key) {
  const auto* const found =
      std::find_if(kAnnotations.begin(), kAnnotations.end(),
                   [key](const Annotation& known) { return known.key == key; });
  return found == kAnnotations.end() ? nullptr : found;
}

bool is_linkerd_key(std::string_view key) { return resource::linkerd::is_linkerd_key(key); }

std::string_view suggest_annotation(std::string_view key, bool label) {
  std::vector<std::string_view> keys;
  for (const Annotation& known : kAnnotations) {
    if (known.label != label || !known.instead.empty()) continue;
    // The same name elsewhere is meant, however far apart the domains are.
    if (name_of(known.key) == name_of(key)) return known.key;
    if (domain_of(known.key) == domain_of(key)) keys.push_back(known.key);
  }
  return suggest(key, keys);
}

bool is_outbound_key(std::string_view key) {
  const Annotation* const known = find_annotation(key);
  return known != nullptr && (known->places & kParents) != 0 && (known->places & kPod) == 0 &&
         !known->label;
}

bool is_closed_domain(std::string_view key) {
  return std::find(kClosedDomains.begin(), kClosedDomains.end(), domain_of(key)) !=
         kClosedDomains.end();
}

}  // namespace meshfn::lint::linkerd
