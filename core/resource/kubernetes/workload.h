#pragma once

// Whatever runs pods: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob and Pod itself
// in one shape, because everything above asks only for the pods they make.

#include <vector>

#include "resource/object.h"

namespace meshfn::resource::kubernetes {

struct ContainerPort {
  yaml::Node node;
  Text name;
  Integer port;
  Text protocol;
};

struct Container {
  yaml::Node node;
  Text name;
  Text image;
  std::vector<ContainerPort> ports;
};

struct Workload : Object {
  Integer replicas;  ///< absent: 1; DaemonSets run one pod a node
  yaml::Node pod_metadata;
  yaml::Node pod_spec;
  Labels selector;  ///< spec.selector.matchLabels
  Labels pod_labels;
  std::vector<Container> containers;
  std::vector<Container> init_containers;
  Text service_account;  ///< absent: "default"

  /// Value of an annotation of the pods; absent when there is none.
  Text pod_annotation(std::string_view key) const;
};

/// Whether `group` and `kind` name something that runs pods.
bool is_workload(std::string_view group, std::string_view kind);

/// REQUIRES: is_workload(object.group(), object.kind).
Workload decode_workload(Object object);

}  // namespace meshfn::resource::kubernetes
