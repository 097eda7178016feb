#pragma once

// networking.istio.io Gateway: which ports and hosts the selected proxies listen on.

#include <vector>

#include "resource/object.h"

namespace meshfn::resource::istio {

struct Server {
  yaml::Node node;
  Text name;
  Integer port_number;
  Text port_name;
  Text protocol;
  std::vector<Text> hosts;
  yaml::Node tls;
  Text tls_mode;
  Text credential_name;
  Boolean https_redirect;
};

struct Gateway : Object {
  Labels selector;
  std::vector<Server> servers;
};

Gateway decode_gateway(Object object);

}  // namespace meshfn::resource::istio
