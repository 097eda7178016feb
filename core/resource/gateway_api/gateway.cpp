#include "resource/gateway_api/gateway.h"

#include <array>
#include <utility>

namespace meshfn::resource::gateway_api {

namespace {

constexpr std::array<std::pair<std::string_view, Protocol>, 5> kProtocols = {{
    {"HTTP", Protocol::http},
    {"HTTPS", Protocol::https},
    {"TLS", Protocol::tls},
    {"TCP", Protocol::tcp},
    {"UDP", Protocol::udp},
}};

Protocol protocol_of(std::string_view name) {
  for (const auto& [word, protocol] : kProtocols) {
    if (word == name) return protocol;
  }
  return Protocol::other;
}

NamespacePolicy decode_namespaces(yaml::Node node, From absent) {
  const std::string_view from = node.find("from").text();
  NamespacePolicy policy{absent, node, node.find("selector")};
  if (from == "All") policy.from = From::all;
  if (from == "Same") policy.from = From::same;
  if (from == "Selector") policy.from = From::selector;
  if (from == "None") policy.from = From::none;
  return policy;
}

AllowedKind decode_kind(yaml::Node node) {
  return {node, text(node.find("group")).value_or(kGroup), text(node.find("kind")).value};
}

Listener decode_listener(yaml::Node node, std::string_view scope) {
  Listener listener;
  listener.node = node;
  listener.name = text(node.find("name"));
  listener.hostname = text(node.find("hostname"));
  listener.port = integer(node.find("port"));
  listener.protocol_name = text(node.find("protocol"));
  listener.protocol = protocol_of(listener.protocol_name.value);
  listener.tls = node.find("tls");
  listener.passes_through = listener.tls.find("mode").text() == "Passthrough";
  listener.certificates =
      decode_references(listener.tls.find("certificateRefs"), "", "Secret", scope);
  listener.namespaces = decode_namespaces(node.at("allowedRoutes", "namespaces"), From::same);
  listener.kinds = each<AllowedKind>(node.at("allowedRoutes", "kinds"), decode_kind);
  return listener;
}

}  // namespace

Gateway decode_gateway(Object object) {
  Gateway gateway{std::move(object), {}, {}, {}, {}, {}};
  const yaml::Node spec = gateway.spec;
  gateway.is_listener_set = gateway.kind.value == "ListenerSet";
  gateway.class_name = text(spec.find("gatewayClassName"));
  gateway.parent = decode_reference(spec.find("parentRef"), kGroup, "Gateway", gateway.scope);
  gateway.listeners = each<Listener>(spec.find("listeners"), [&](yaml::Node node) {
    return decode_listener(node, gateway.scope);
  });
  gateway.listener_sets = decode_namespaces(spec.at("allowedListeners", "namespaces"), From::none);
  return gateway;
}

}  // namespace meshfn::resource::gateway_api
