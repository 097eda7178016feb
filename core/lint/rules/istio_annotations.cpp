#include "lint/rules/istio_annotations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/rules/linkerd_values.h"
#include "schema/format.h"

namespace meshfn::lint::istio {

namespace {

std::string interception_problem(std::string_view text) {
  return linkerd::one_of_problem(text, {"REDIRECT", "TPROXY", "NONE"});
}

/// An unsigned number of at most `bits` bits; 0 is allowed.
std::string unsigned_problem(std::string_view text, int bits) {
  const auto number = linkerd::unsigned_number(text);
  return number && *number < (std::uint64_t{1} << bits)
             ? ""
             : fmt::format("a number from 0 to {} is needed", (std::uint64_t{1} << bits) - 1);
}

std::string port_problem(std::string_view text) { return unsigned_problem(str::trim(text), 16); }

std::string count_problem(std::string_view text) { return unsigned_problem(text, 32); }

/// Applies `problem` to what stands between commas; an empty text is no list at all.
template <class Problem>
std::string list_problem(std::string_view text, Problem problem) {
  if (text.empty()) return {};
  for (const std::string_view item : str::split(text, ',')) {
    std::string message = problem(item);
    if (!message.empty()) return fmt::format("of `{}`: {}", item, message);
  }
  return {};
}

std::string ports_problem(std::string_view text) { return list_problem(text, port_problem); }

std::string all_or_ports_problem(std::string_view text) {
  return text == "*" ? "" : ports_problem(text);
}

std::string range_problem(std::string_view text) {
  return schema::parse_cidr(text) ? "" : "a range such as `10.0.0.0/8` is needed";
}

std::string ranges_problem(std::string_view text) { return list_problem(text, range_problem); }

std::string all_or_ranges_problem(std::string_view text) {
  return text == "*" ? "" : ranges_problem(text);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// The name of a network interface.
std::string interface_problem(std::string_view text) {
  constexpr std::size_t kMost = 15;
  constexpr std::string_view kInner = "0123456789_.-";
  const std::string_view name = str::trim(text);
  const bool fine = !name.empty() && name.size() <= kMost && is_letter(name.front()) &&
                    std::all_of(name.begin(), name.end(), [&](char c) {
                      return is_letter(c) || kInner.find(c) != std::string_view::npos;
                    });
  return fine ? "" : "the name of a network interface is needed";
}

std::string interfaces_problem(std::string_view text) {
  return list_problem(text, interface_problem);
}

constexpr std::string_view kPod = "Pod";

constexpr std::array<Annotation, 68> kAnnotations = {{
    {"alpha.istio.io/canonical-serviceaccounts", "Service", true},
    {"alpha.istio.io/kubernetes-serviceaccounts", "Service", true},
    {"ambient.istio.io/bypass-inbound-capture", kPod},
    {"ambient.istio.io/dns-capture", kPod},
    {"ambient.istio.io/redirection", kPod},
    {"ambient.istio.io/waypoint-inbound-binding", "GatewayClass Gateway"},
    {"galley.istio.io/analyze-suppress", ""},
    {"gateway.istio.io/controller-version", ""},
    {"gateway.istio.io/name-override", "Gateway"},
    {"gateway.istio.io/service-account", "Gateway"},
    {"inject.istio.io/templates", kPod},
    {"istio.io/autoRegistrationGroup", "WorkloadEntry"},
    {"istio.io/connectedAt", "WorkloadEntry"},
    {"istio.io/disconnectedAt", "WorkloadEntry"},
    {"istio.io/dry-run", "AuthorizationPolicy"},
    {"istio.io/reroute-virtual-interfaces", kPod, false, interfaces_problem},
    {"istio.io/rev", kPod},
    {"istio.io/use-waypoint-canary-weight", "Service ServiceEntry Namespace"},
    {"istio.io/workloadController", "WorkloadEntry"},
    {"kubernetes.io/ingress.class", "Ingress"},
    {"networking.istio.io/exportTo", "Service"},
    {"networking.istio.io/service-type", "Gateway"},
    {"networking.istio.io/traffic-distribution", "Namespace Service ServiceEntry"},
    {"prometheus.istio.io/merge-metrics", kPod, false, linkerd::boolean_problem},
    {"proxy.istio.io/config", kPod},
    {"proxy.istio.io/overrides", kPod},
    {"readiness.status.sidecar.istio.io/applicationPorts", kPod},
    {"readiness.status.sidecar.istio.io/failureThreshold", kPod, false, count_problem},
    {"readiness.status.sidecar.istio.io/initialDelaySeconds", kPod, false, count_problem},
    {"readiness.status.sidecar.istio.io/periodSeconds", kPod, false, count_problem},
    {"sidecar.istio.io/agentLogLevel", kPod},
    {"sidecar.istio.io/bootstrapOverride", kPod},
    {"sidecar.istio.io/componentLogLevel", kPod},
    {"sidecar.istio.io/discoveryAddress", kPod, true},
    {"sidecar.istio.io/extraStatTags", kPod, true},
    {"sidecar.istio.io/inject", kPod, true},
    {"sidecar.istio.io/interceptionMode", kPod, false, interception_problem},
    {"sidecar.istio.io/logLevel", kPod},
    {"sidecar.istio.io/nativeSidecar", kPod},
    {"sidecar.istio.io/proxyCPU", kPod, false, linkerd::quantity_problem},
    {"sidecar.istio.io/proxyCPULimit", kPod, false, linkerd::quantity_problem},
    {"sidecar.istio.io/proxyImage", kPod},
    {"sidecar.istio.io/proxyImageType", kPod},
    {"sidecar.istio.io/proxyMemory", kPod, false, linkerd::quantity_problem},
    {"sidecar.istio.io/proxyMemoryLimit", kPod, false, linkerd::quantity_problem},
    {"sidecar.istio.io/rewriteAppHTTPProbers", kPod},
    {"sidecar.istio.io/statsCompression", kPod, true},
    {"sidecar.istio.io/statsEvictionInterval", kPod},
    {"sidecar.istio.io/statsFlushInterval", kPod},
    {"sidecar.istio.io/statsHistogramBins", kPod},
    {"sidecar.istio.io/statsHistogramBuckets", kPod},
    {"sidecar.istio.io/statsInclusionPrefixes", kPod, true},
    {"sidecar.istio.io/statsInclusionRegexps", kPod, true},
    {"sidecar.istio.io/statsInclusionSuffixes", kPod, true},
    {"sidecar.istio.io/status", kPod},
    {"sidecar.istio.io/userVolume", kPod},
    {"sidecar.istio.io/userVolumeMount", kPod},
    {"status.sidecar.istio.io/port", kPod, false, port_problem},
    {"topology.istio.io/controlPlaneClusters", "Namespace"},
    {"traffic.istio.io/nodeSelector", "Service"},
    {"traffic.sidecar.istio.io/excludeInboundPorts", kPod, false, ports_problem},
    {"traffic.sidecar.istio.io/excludeInterfaces", kPod, false, interfaces_problem},
    {"traffic.sidecar.istio.io/excludeOutboundIPRanges", kPod, false, ranges_problem},
    {"traffic.sidecar.istio.io/excludeOutboundPorts", kPod, false, ports_problem},
    {"traffic.sidecar.istio.io/includeInboundPorts", kPod, false, all_or_ports_problem},
    {"traffic.sidecar.istio.io/includeOutboundIPRanges", kPod, false, all_or_ranges_problem},
    {"traffic.sidecar.istio.io/includeOutboundPorts", kPod},
    {"traffic.sidecar.istio.io/kubevirtInterfaces", kPod, true, interfaces_problem},
}};

}  // namespace

bool Annotation::allows(std::string_view kind) const {
  const auto list = str::split(kinds, ' ');
  return kinds.empty() || std::find(list.begin(), list.end(), kind) != list.end();
}

const Annotation* find_annotation(std::string_view name) {
  const auto found = std::lower_bound(
      kAnnotations.begin(), kAnnotations.end(), name,
      [](const Annotation& a, std::string_view wanted) { return a.name < wanted; });
  return found != kAnnotations.end() && found->name == name ? &*found : nullptr;
}

std::vector<std::string_view> annotation_names() {
  std::vector<std::string_view> names;
  for (const Annotation& annotation : kAnnotations) names.push_back(annotation.name);
  return names;
}

bool is_istio_annotation(std::string_view name) {
  return name == "kubernetes.io/ingress.class" ||
         name.substr(0, name.find('/')).ends_with("istio.io");
}

bool is_written_by_istio(std::string_view name) {
  return name == "sidecar.istio.io/status" || name == "gateway.istio.io/controller-version" ||
         name == "istio.io/rev";
}

}  // namespace meshfn::lint::istio
