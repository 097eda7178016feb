#pragma once

// Kubernetes Service: what a short host name stands for.

#include <vector>

#include "resource/object.h"

namespace meshfn::resource::kubernetes {

struct ServicePort {
  yaml::Node node;
  Text name;
  Integer port;
  Text target_port;  ///< number or name, as written
  Text protocol;     ///< absent: TCP
  Text app_protocol;
};

struct Service : Object {
  Labels selector;
  std::vector<ServicePort> ports;
  Text type;  ///< absent: ClusterIP
  Text cluster_ip;
  Text external_name;

  /// The port numbered `number`; null when there is none.
  const ServicePort* port(std::int64_t number) const;
};

Service decode_service(Object object);

}  // namespace meshfn::resource::kubernetes
