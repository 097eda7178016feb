#pragma once

// networking.istio.io ServiceEntry: hosts that the mesh knows besides Kubernetes Services.

#include <vector>

#include "resource/object.h"

namespace meshfn::resource::istio {

struct ServiceEntryPort {
  yaml::Node node;
  Integer number;
  Text name;
  Text protocol;
  Integer target_port;
};

struct ServiceEntryEndpoint {
  yaml::Node node;
  Text address;
  Labels labels;
  Text locality;  ///< "region/zone/subzone"
  Text network;
  Integer weight;
};

struct ServiceEntry : Object {
  std::vector<Text> hosts;
  std::vector<Text> addresses;
  std::vector<ServiceEntryPort> ports;
  std::vector<ServiceEntryEndpoint> endpoints;
  Text location;
  Text resolution;
  Labels workload_selector;
  std::vector<Text> export_to;  ///< empty: everywhere
};

ServiceEntry decode_service_entry(Object object);

}  // namespace meshfn::resource::istio
