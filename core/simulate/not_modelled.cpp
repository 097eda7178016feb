// What the mesh YAML says and the simulation does not do. Istio's own kinds are compared with a
// list of the fields that are honoured, so a field that nobody thought of shows up here and not
// nowhere; other kinds are listed when they change traffic.

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "resource/istio/membership.h"
#include "simulate/from_mesh.h"

namespace meshfn::simulate {

namespace {

/// Honoured fields below `spec`; `*` stands for a list item or a free key, and everything below an
/// entry counts. Sets of fields that need a look inside are spelled out.
constexpr std::string_view kVirtualService[] = {
    "hosts", "gateways", "exportTo", "http/*/name", "http/*/match", "http/*/route/*/destination",
    "http/*/route/*/weight", "http/*/redirect", "http/*/directResponse", "http/*/delegate",
    "http/*/timeout", "http/*/retries/attempts", "http/*/retries/perTryTimeout",
    "http/*/retries/backoff", "http/*/retries/retryOn", "http/*/retries/retryIgnorePreviousHosts",
    "http/*/retries/retryRemoteLocalities", "http/*/fault/delay/fixedDelay",
    "http/*/fault/delay/percentage", "http/*/fault/delay/percent", "http/*/fault/abort/httpStatus",
    "http/*/fault/abort/percentage", "http/*/mirror", "http/*/mirrorPercentage", "http/*/mirrors",
    // Changes of the request that no later step of the simulation looks at.
    "http/*/headers", "http/*/rewrite", "http/*/corsPolicy"};

constexpr std::string_view kDestinationRule[] = {
    "host", "exportTo", "subsets/*/name", "subsets/*/labels", "trafficPolicy/loadBalancer/simple",
    "trafficPolicy/loadBalancer/consistentHash", "trafficPolicy/loadBalancer/localityLbSetting",
    "trafficPolicy/loadBalancer/zoneAwareLbSetting", "trafficPolicy/loadBalancer/warmup",
    "trafficPolicy/loadBalancer/backendUtilization/weightStabilizationPeriod",
    "trafficPolicy/loadBalancer/backendUtilization/weightExpirationPeriod",
    "trafficPolicy/loadBalancer/backendUtilization/weightUpdatePeriod",
    "trafficPolicy/loadBalancer/backendUtilization/errorUtilizationPenaltyPercent",
    "trafficPolicy/loadBalancer/warmupDurationSecs",
    "trafficPolicy/connectionPool/tcp/maxConnections",
    "trafficPolicy/connectionPool/tcp/connectTimeout",
    "trafficPolicy/connectionPool/tcp/maxConnectionDuration",
    "trafficPolicy/connectionPool/tcp/idleTimeout", "trafficPolicy/connectionPool/http/idleTimeout",
    "trafficPolicy/connectionPool/http/http1MaxPendingRequests",
    "trafficPolicy/connectionPool/http/http2MaxRequests",
    "trafficPolicy/connectionPool/http/maxRequestsPerConnection",
    "trafficPolicy/connectionPool/http/maxRetries",
    "trafficPolicy/connectionPool/http/maxConcurrentStreams",
    "trafficPolicy/connectionPool/http/h2UpgradePolicy",
    "trafficPolicy/outlierDetection/consecutive5xxErrors",
    "trafficPolicy/outlierDetection/consecutiveErrors",
    "trafficPolicy/outlierDetection/consecutiveGatewayErrors",
    "trafficPolicy/outlierDetection/consecutiveLocalOriginFailures",
    "trafficPolicy/outlierDetection/splitExternalLocalOriginErrors",
    "trafficPolicy/outlierDetection/outlierDetectionHttpErrorCodes",
    "trafficPolicy/outlierDetection/interval", "trafficPolicy/outlierDetection/baseEjectionTime",
    "trafficPolicy/outlierDetection/maxEjectionPercent",
    "trafficPolicy/outlierDetection/minHealthPercent", "trafficPolicy/retryBudget/percent",
    "trafficPolicy/retryBudget/minRetryConcurrency", "trafficPolicy/retryBudget/budgetInterval",
    // Encryption costs time that belongs to the network latencies of the scenario.
    "trafficPolicy/tls", "trafficPolicy/portLevelSettings/*/port",
    "trafficPolicy/portLevelSettings/*/tls"};

/// Egress decides which hosts a namespace's proxies know.
constexpr std::string_view kSidecar[] = {"egress/*/hosts", "egress/*/port"};

/// Of HTTPRoute and GRPCRoute, whichever mesh reads them.
constexpr std::string_view kRoute[] = {"parentRefs",
                                       "hostnames",
                                       "rules/*/name",
                                       "rules/*/matches",
                                       "rules/*/filters",
                                       "rules/*/backendRefs",
                                       "rules/*/timeouts/request",
                                       "rules/*/timeouts/backendRequest",
                                       "rules/*/retry/codes",
                                       "rules/*/retry/attempts",
                                       "rules/*/retry/backoff"};

constexpr std::string_view kBackendTrafficPolicy[] = {"targetRefs", "retryConstraint"};

/// A kind of which some fields count.
struct PartlyRead {
  std::string_view group;
  std::string_view kind;
  std::span<const std::string_view> fields;
};

constexpr PartlyRead kPartlyRead[] = {
    {"networking.istio.io", "VirtualService", kVirtualService},
    {"networking.istio.io", "DestinationRule", kDestinationRule},
    {"networking.istio.io", "Sidecar", kSidecar},
    {"gateway.networking.k8s.io", "HTTPRoute", kRoute},
    {"gateway.networking.k8s.io", "GRPCRoute", kRoute},
    {"policy.linkerd.io", "HTTPRoute", kRoute},
    {"gateway.networking.x-k8s.io", "XBackendTrafficPolicy", kBackendTrafficPolicy},
};

/// Kinds that are read whole, or that say nothing about a request's way by themselves.
constexpr std::pair<std::string_view, std::string_view> kRead[] = {
    {"gateway.networking.k8s.io", "Gateway"},        {"gateway.networking.k8s.io", "GatewayClass"},
    {"gateway.networking.k8s.io", "ReferenceGrant"}, {"linkerd.io", "ServiceProfile"},
    {"split.smi-spec.io", "TrafficSplit"},
};

/// Kinds that change where requests go or whether they succeed, and are not read here.
struct ForeignKind {
  std::string_view group;
  std::string_view kind;  ///< empty: every kind of the group
};

constexpr ForeignKind kForeign[] = {
    {"networking.istio.io", "EnvoyFilter"},
    {"networking.istio.io", "ProxyConfig"},
    {"extensions.istio.io", ""},
    {"security.istio.io", ""},
    {"gateway.networking.k8s.io", ""},
    {"gateway.networking.x-k8s.io", ""},
    {"linkerd.io", ""},
    {"policy.linkerd.io", ""},
    {"split.smi-spec.io", ""},
    {"networking.k8s.io", "NetworkPolicy"},
};

/// Traffic settings of a Service that a mesh does not read, or that are not read here.
constexpr std::string_view kServiceFields[] = {"sessionAffinity", "internalTrafficPolicy",
                                               "externalTrafficPolicy", "trafficDistribution"};

/// What Linkerd's clients act on by annotations of Services and routes, and not here.
constexpr std::string_view kLinkerdAnnotations[] = {
    "timeout.linkerd.io/response", "timeout.linkerd.io/idle",
    "balancer.linkerd.io/penalize-failures", "balancer.alpha.linkerd.io/penalize-failures"};

/// Puts what is captured by ztunnel there, which balances connections and tries nothing again.
constexpr std::string_view kDataplaneMode = "istio.io/dataplane-mode";

/// Whether `path` lies on, above or below an honoured field.
enum class Honoured : std::uint8_t { yes, partly, no };

Honoured compare(const std::vector<std::string>& path, std::string_view field) {
  const auto parts = str::split(field, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i == path.size()) return Honoured::partly;
    if (parts[i] != "*" && parts[i] != path[i]) return Honoured::no;
  }
  return Honoured::yes;
}

class FieldLister {
 public:
  FieldLister(std::span<const std::string_view> fields, const resource::Object& object,
              std::vector<std::string>& out)
      : fields_(fields), object_(object), out_(out) {}

  void walk(yaml::Node node) {
    if (node.is_mapping()) {
      for (const yaml::Entry entry : node.entries()) {
        step(std::string(entry.key.text()), entry.key, entry.value);
      }
    }
    std::uint32_t index = 0;
    for (const yaml::Node item : node.items()) step(std::to_string(index++), item, item);
  }

 private:
  void step(std::string name, yaml::Node key, yaml::Node value) {
    path_.push_back(std::move(name));
    switch (judge()) {
      case Honoured::yes:
        break;
      case Honoured::partly:
        walk(value);
        break;
      case Honoured::no:
        out_.push_back(fmt::format("{}: {} `{}`: spec.{}", line_of(key), *object_.kind,
                                   *object_.name, str::join(path_, ".")));
    }
    path_.pop_back();
  }

  /// A subset's or a port's trafficPolicy has the fields of the service's.
  Honoured judge() const {
    std::vector<std::string> path = path_;
    if (path.size() > 2 && path[0] == "subsets" && path[2] == "trafficPolicy") {
      path.erase(path.begin(), path.begin() + 2);
    }
    if (path.size() > 3 && path[1] == "portLevelSettings" && path[3] != "port") {
      path.erase(path.begin() + 1, path.begin() + 3);
    }
    Honoured best = Honoured::no;
    for (const std::string_view field : fields_) {
      const Honoured one = compare(path, field);
      if (one == Honoured::yes) return one;
      if (one == Honoured::partly) best = one;
    }
    return best;
  }

  std::span<const std::string_view> fields_;
  const resource::Object& object_;
  std::vector<std::string>& out_;
  std::vector<std::string> path_;
};

/// The fields that count; null for kinds of which none or all do.
const PartlyRead* partly_read(const resource::Object& object) {
  const auto* found =
      std::find_if(std::begin(kPartlyRead), std::end(kPartlyRead), [&](const PartlyRead& row) {
        return row.group == object.group() && row.kind == *object.kind;
      });
  return found == std::end(kPartlyRead) ? nullptr : found;
}

bool is_foreign(const resource::Object& object) {
  for (const auto& [group, kind] : kRead) {
    if (group == object.group() && kind == *object.kind) return false;
  }
  return std::any_of(std::begin(kForeign), std::end(kForeign), [&](const ForeignKind& foreign) {
    return foreign.group == object.group() &&
           (foreign.kind.empty() || foreign.kind == *object.kind);
  });
}

/// Rules that only Istio's proxies read, and those that any mesh may.
constexpr std::string_view kIstioRules[] = {"VirtualService", "DestinationRule", "Sidecar"};
constexpr std::string_view kMeshRules[] = {"HTTPRoute", "GRPCRoute", "ServiceProfile",
                                           "TrafficSplit", "XBackendTrafficPolicy"};

/// Whether the clients' proxies are of another kind than those that read the object.
bool is_for_others(const resource::Object& object, DataPlane plane) {
  const auto among = [&](std::span<const std::string_view> kinds) {
    return std::find(kinds.begin(), kinds.end(), *object.kind) != kinds.end();
  };
  if (plane == DataPlane::istio) return false;
  if (object.group() == "networking.istio.io" && among(kIstioRules)) return true;
  return plane != DataPlane::linkerd && among(kMeshRules);
}

void list_service(const resource::Object& object, DataPlane plane, std::vector<std::string>& out) {
  for (const std::string_view field : kServiceFields) {
    const yaml::Node key = object.spec.find_key(field);
    const bool plain =
        object.spec.find(field).text() == "None" || object.spec.find(field).text() == "Cluster";
    const bool heeded = plane == DataPlane::kube_proxy &&
                        (field == "sessionAffinity" || field == "trafficDistribution");
    if (field == "trafficDistribution" && plane == DataPlane::istio) continue;
    if (!key || plain || heeded) continue;
    out.push_back(fmt::format("{}: Service `{}`: spec.{}", line_of(key), *object.name, field));
  }
}

void list_annotations(const resource::Object& object, std::vector<std::string>& out) {
  const yaml::Node annotations = object.metadata.find("annotations");
  for (const std::string_view name : kLinkerdAnnotations) {
    const yaml::Node key = annotations.find_key(name);
    if (!key) continue;
    out.push_back(fmt::format("{}: {} `{}`: metadata.annotations.{}", line_of(key), *object.kind,
                              *object.name, name));
  }
}

/// Clients in ambient mode are played as if they had sidecars, and that is said.
void list_ambient(const resource::Object& object, const std::string& field, yaml::Node metadata,
                  std::vector<std::string>& out) {
  const yaml::Node labels = metadata.find("labels");
  if (labels.find(kDataplaneMode).text() != "ambient") return;
  out.push_back(fmt::format("{}: {} `{}`: {}.labels.{} (its clients are played as sidecars)",
                            line_of(labels.find_key(kDataplaneMode)), *object.kind, *object.name,
                            field, kDataplaneMode));
}

}  // namespace

std::vector<std::string> list_not_modelled(const resource::Mesh& mesh, DataPlane plane) {
  std::vector<std::string> out;
  for (const resource::Object& object : mesh.objects()) {
    if (plane == DataPlane::linkerd) list_annotations(object, out);
    if (plane == DataPlane::istio && *object.kind == "Namespace" &&
        resource::istio::is_ambient(object)) {
      list_ambient(object, "metadata", object.metadata, out);
    }
    if (is_for_others(object, plane)) {
      out.push_back(fmt::format("{}: {} `{}`", line_of(object.root), *object.kind, *object.name));
    } else if (const PartlyRead* row = partly_read(object)) {
      FieldLister(row->fields, object, out).walk(object.spec);
    } else if (is_foreign(object)) {
      out.push_back(fmt::format("{}: {} `{}`", line_of(object.root), *object.kind, *object.name));
    } else if (object.group().empty() && *object.kind == "Service") {
      list_service(object, plane, out);
    }
  }
  if (plane != DataPlane::istio) return out;
  for (const auto& workload : mesh.all<resource::kubernetes::Workload>()) {
    list_ambient(workload, "pod metadata", workload.pod_metadata, out);
  }
  return out;
}

}  // namespace meshfn::simulate
