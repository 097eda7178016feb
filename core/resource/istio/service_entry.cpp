#include "resource/istio/service_entry.h"

namespace meshfn::resource::istio {

namespace {

ServiceEntryPort decode_port(yaml::Node node) {
  return {node, integer(node.find("number")), text(node.find("name")), text(node.find("protocol")),
          integer(node.find("targetPort"))};
}

ServiceEntryEndpoint decode_endpoint(yaml::Node node) {
  return {node,
          text(node.find("address")),
          labels(node.find("labels")),
          text(node.find("locality")),
          text(node.find("network")),
          integer(node.find("weight"))};
}

}  // namespace

ServiceEntry decode_service_entry(Object object) {
  ServiceEntry entry{std::move(object), {}, {}, {}, {}, {}, {}, {}, {}};
  const yaml::Node spec = entry.spec;
  entry.hosts = texts(spec.find("hosts"));
  entry.addresses = texts(spec.find("addresses"));
  entry.ports = each<ServiceEntryPort>(spec.find("ports"), decode_port);
  entry.endpoints = each<ServiceEntryEndpoint>(spec.find("endpoints"), decode_endpoint);
  entry.location = text(spec.find("location"));
  entry.resolution = text(spec.find("resolution"));
  entry.workload_selector = labels(spec.at("workloadSelector", "labels"));
  entry.export_to = texts(spec.find("exportTo"));
  return entry;
}

}  // namespace meshfn::resource::istio
