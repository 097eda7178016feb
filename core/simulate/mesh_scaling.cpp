// HorizontalPodAutoscalers (autoscaling/v2, and v1's one metric) as the simulator plays them.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "resource/istio/mesh_config.h"
#include "simulate/from_mesh.h"
#include "yaml/embedded.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

namespace {

std::uint32_t whole(yaml::Node node, std::uint32_t otherwise) {
  const auto n = yaml::to_int(node.text());
  return n && *n > 0 ? static_cast<std::uint32_t>(std::min<std::int64_t>(*n, 100'000)) : otherwise;
}

ScalingRules::Limit limit_of(yaml::Node policy) {
  ScalingRules::Limit limit;
  const std::uint32_t value = whole(policy.find("value"), 1);
  if (policy.find("type").text() == "Percent") {
    limit.share = value / 100.0;
  } else {
    limit.count = value;
  }
  limit.period = whole(policy.find("periodSeconds"), 15) * kSecond;
  return limit;
}

/// Fields that are not given keep Kubernetes' defaults.
void set_rules(yaml::Node from, ScalingRules& out) {
  const auto window = yaml::to_int(from.find("stabilizationWindowSeconds").text());
  if (window && *window >= 0) out.window = *window * kSecond;
  const std::string_view select = from.find("selectPolicy").text();
  if (select == "Min") out.select = ScalingRules::Select::least;
  if (select == "Disabled") out.select = ScalingRules::Select::disabled;
  if (!from.find("policies")) return;
  out.limits.clear();
  for (const yaml::Node policy : from.find("policies").items()) {
    out.limits.push_back(limit_of(policy));
  }
}

/// Processor utilization in percent; 0 when the metric is another one.
std::uint32_t utilization_of(yaml::Node metric) {
  const std::string_view type = metric.find("type").text();
  if (type != "Resource" && type != "ContainerResource") return 0;
  const yaml::Node source = metric.find(type == "Resource" ? "resource" : "containerResource");
  if (source.find("name").text() != "cpu") return 0;
  return whole(source.find("target").find("averageUtilization"), 0);
}

/// Processors of a quantity like `2`, `0.5` or `2500m`; 0 when it is none.
double processors_of(std::string_view text) {
  const bool milli = text.ends_with('m');
  if (milli) text.remove_suffix(1);
  return yaml::to_double(text).value_or(0) / (milli ? 1000 : 1);
}

/// 0 means one worker for each processor of the machine, which nobody knows here.
std::optional<std::uint32_t> concurrency_of(yaml::Node config) {
  const auto n = yaml::to_int(config.find("concurrency").text());
  if (!n || *n <= 0 || *n > 255) return std::nullopt;
  return static_cast<std::uint32_t>(*n);
}

}  // namespace

std::optional<std::uint32_t> workers_of(const resource::kubernetes::Workload& workload,
                                        const resource::Mesh& mesh) {
  const yaml::Node annotations = workload.pod_metadata.find("annotations");
  if (const yaml::Node text = annotations.find("proxy.istio.io/config")) {
    const yaml::Embedded config(text);
    if (const auto own = concurrency_of(config.root())) return own;
  }
  // Rounded up (pilot-agent's config.go).
  const double limit = processors_of(annotations.find("sidecar.istio.io/proxyCPULimit").text());
  if (limit > 0 && limit <= 255) return static_cast<std::uint32_t>(std::ceil(limit));
  const yaml::Node config = mesh.derived<resource::istio::MeshConfig>().node();
  return concurrency_of(config.find("defaultConfig"));
}

std::optional<AutoscaleSpec> autoscale_of(const resource::Object& scaler,
                                          const WorkloadSpec& workload, std::string& why) {
  AutoscaleSpec spec;
  spec.least = whole(scaler.spec.find("minReplicas"), 1);
  spec.most = std::max(whole(scaler.spec.find("maxReplicas"), 1), spec.least);
  std::uint32_t percent = whole(scaler.spec.find("targetCPUUtilizationPercentage"), 0);
  const yaml::Node metrics = scaler.spec.find("metrics");
  for (const yaml::Node metric : metrics.items()) {
    if (percent == 0) percent = utilization_of(metric);
  }
  if (metrics.size() == 0 && percent == 0) percent = 80;  // Kubernetes' own default
  if (percent == 0) {
    why = "only the processor utilization of a metric is known here";
    return std::nullopt;
  }
  if (workload.concurrency == 0xFFFFFFFF && workload.processors <= 0) {
    why = "its endpoints have no `concurrency` or `processors` in the scenario to be utilized";
    return std::nullopt;
  }
  spec.target = percent / 100.0;
  const yaml::Node behaviour = scaler.spec.find("behavior");
  set_rules(behaviour.find("scaleUp"), spec.up);
  set_rules(behaviour.find("scaleDown"), spec.down);
  return spec;
}

}  // namespace meshfn::simulate
