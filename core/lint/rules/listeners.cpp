#include "lint/rules/listeners.h"

#include <algorithm>

namespace meshfn::lint {

namespace {

Listener read(Listener::Of of, yaml::Node node) {
  Listener listener;
  listener.of = of;
  listener.node = node;
  listener.port = node.find("port");
  listener.number = resource::integer(listener.port.find("number"));
  listener.name = resource::text(listener.port.find("name"));
  listener.protocol = resource::text(listener.port.find("protocol"));
  listener.bind = resource::text(node.find("bind"));
  listener.tls = node.find("tls");
  listener.mode = resource::text(listener.tls.find("mode"));
  return listener;
}

void add(Listener::Of of, yaml::Node list, std::vector<Listener>& out) {
  for (const yaml::Node node : list.items()) {
    if (node.is_mapping()) out.push_back(read(of, node));
  }
}

/// Read once for all rules.
struct Listeners {
  explicit Listeners(const resource::Mesh& mesh) {
    for (const std::string_view kind : {"Gateway", "Sidecar"}) {
      for (const resource::Object* object : mesh.of_kind("networking.istio.io", kind)) {
        if (object->context) continue;
        for (Listener& listener : listeners(*object)) all.push_back(std::move(listener));
      }
    }
  }

  std::vector<Listener> all;
};

}  // namespace

bool is_networking(const resource::Object& object, std::string_view kind) {
  return object.kind.value == kind && object.group() == "networking.istio.io";
}

bool Listener::terminates() const {
  return mode.value == "SIMPLE" || mode.value == "MUTUAL" || mode.value == "OPTIONAL_MUTUAL";
}

bool Listener::has(std::string_view field) const {
  const yaml::Node value = tls.find(field);
  return value.size() > 0 || !value.text().empty();
}

std::vector<Listener> listeners(const resource::Object& object) {
  std::vector<Listener> out;
  if (is_networking(object, "Gateway")) {
    add(Listener::Of::gateway, object.spec.find("servers"), out);
  } else if (is_networking(object, "Sidecar")) {
    add(Listener::Of::ingress, object.spec.find("ingress"), out);
    add(Listener::Of::egress, object.spec.find("egress"), out);
  }
  return out;
}

const std::vector<Listener>& listeners(const resource::Mesh& mesh) {
  return mesh.derived<Listeners>().all;
}

std::vector<Listener> secured_listeners(const resource::Mesh& mesh) {
  std::vector<Listener> secured;
  std::copy_if(listeners(mesh).begin(), listeners(mesh).end(), std::back_inserter(secured),
               [](const Listener& listener) { return listener.tls.is_mapping(); });
  return secured;
}

}  // namespace meshfn::lint
