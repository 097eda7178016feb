#include "resource/istio/gateway.h"

namespace meshfn::resource::istio {

namespace {

Server decode_server(yaml::Node node) {
  Server out;
  const yaml::Node port = node.find("port");
  out.node = node;
  out.name = text(node.find("name"));
  out.port_number = integer(port.find("number"));
  out.port_name = text(port.find("name"));
  out.protocol = text(port.find("protocol"));
  out.hosts = texts(node.find("hosts"));
  out.tls = node.find("tls");
  out.tls_mode = text(out.tls.find("mode"));
  out.credential_name = text(out.tls.find("credentialName"));
  out.https_redirect = boolean(out.tls.find("httpsRedirect"));
  return out;
}

}  // namespace

Gateway decode_gateway(Object object) {
  Gateway gateway{std::move(object), {}, {}};
  gateway.selector = labels(gateway.spec.find("selector"));
  gateway.servers = each<Server>(gateway.spec.find("servers"), decode_server);
  return gateway;
}

}  // namespace meshfn::resource::istio
