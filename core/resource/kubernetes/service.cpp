#include "resource/kubernetes/service.h"

namespace meshfn::resource::kubernetes {

namespace {

ServicePort decode_port(yaml::Node node) {
  return {node,
          text(node.find("name")),
          integer(node.find("port")),
          text(node.find("targetPort")),
          text(node.find("protocol")),
          text(node.find("appProtocol"))};
}

}  // namespace

const ServicePort* Service::port(std::int64_t number) const {
  for (const ServicePort& port : ports) {
    if (port.port && *port.port == number) return &port;
  }
  return nullptr;
}

Service decode_service(Object object) {
  Service service{std::move(object), {}, {}, {}, {}, {}};
  const yaml::Node spec = service.spec;
  service.selector = labels(spec.find("selector"));
  service.ports = each<ServicePort>(spec.find("ports"), decode_port);
  service.type = text(spec.find("type"));
  service.cluster_ip = text(spec.find("clusterIP"));
  service.external_name = text(spec.find("externalName"));
  return service;
}

}  // namespace meshfn::resource::kubernetes
