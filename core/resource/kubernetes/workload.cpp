#include "resource/kubernetes/workload.h"

#include <algorithm>
#include <array>

namespace meshfn::resource::kubernetes {

namespace {

struct WorkloadKind {
  std::string_view group;
  std::string_view kind;
};

constexpr std::array kWorkloads = {WorkloadKind{"apps", "Deployment"},
                                   WorkloadKind{"apps", "StatefulSet"},
                                   WorkloadKind{"apps", "DaemonSet"},
                                   WorkloadKind{"apps", "ReplicaSet"},
                                   WorkloadKind{"batch", "Job"},
                                   WorkloadKind{"batch", "CronJob"},
                                   WorkloadKind{"", "Pod"},
                                   WorkloadKind{"", "ReplicationController"}};

Container decode_container(yaml::Node node) {
  Container out{node, text(node.find("name")), text(node.find("image")), {}};
  out.ports = each<ContainerPort>(node.find("ports"), [](yaml::Node port) {
    return ContainerPort{port, text(port.find("name")), integer(port.find("containerPort")),
                         text(port.find("protocol"))};
  });
  return out;
}

/// The node that holds the pods' metadata and spec.
yaml::Node pod_template(const Object& object) {
  if (object.kind.value == "Pod") return object.root;
  if (object.kind.value == "CronJob") return object.spec.at("jobTemplate", "spec", "template");
  return object.spec.find("template");
}

}  // namespace

Text Workload::pod_annotation(std::string_view key) const {
  return text(pod_metadata.at("annotations", key));
}

bool is_workload(std::string_view group, std::string_view kind) {
  return std::any_of(kWorkloads.begin(), kWorkloads.end(), [&](const WorkloadKind& known) {
    return known.group == group && known.kind == kind;
  });
}

Workload decode_workload(Object object) {
  const yaml::Node pods = pod_template(object);
  Workload out{std::move(object), {}, {}, {}, {}, {}, {}, {}, {}};
  out.replicas = integer(out.spec.find("replicas"));
  out.pod_metadata = pods.find("metadata");
  out.pod_spec = pods.find("spec");
  out.selector = labels(out.spec.at("selector", "matchLabels"));
  out.pod_labels = labels(out.pod_metadata.find("labels"));
  out.containers = each<Container>(out.pod_spec.find("containers"), decode_container);
  out.init_containers = each<Container>(out.pod_spec.find("initContainers"), decode_container);
  out.service_account = text(out.pod_spec.find("serviceAccountName"));
  return out;
}

}  // namespace meshfn::resource::kubernetes
