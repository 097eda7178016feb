// Gateways of the Gateway API as a whole: their class, addresses and parameters, and their
// neighbours.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/suggest.h"
#include "lint/each.h"
#include "lint/objects.h"
#include "lint/rules/gateway_api.h"
#include "lint/rules/gateway_api_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using gateways::Gateway;
using gateways::Listener;
using gateways::Reference;
using objects::KindIndex;
using resource::Mesh;
using resource::Object;
using resource::gateway_api::kGroup;

void classes_exist(const Mesh& mesh, Findings& found) {
  const KindIndex classes(mesh, kGroup, "GatewayClass");
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    const resource::Text& name = gateway.class_name;
    // Istio makes its own classes when it starts.
    if (gateway.context || !name || gateways::is_istio_class(*name)) continue;
    if (classes.found("", *name) != Found::missing) continue;
    found.add(name.where(), fmt::format("there is no GatewayClass `{}`", *name))
        .with_help(classes.hint("", *name));
  }
}

void addresses_differ(const Mesh& mesh, Findings& found) {
  struct Taken {
    const Gateway* gateway;
    yaml::Node value;
  };

  std::map<std::pair<std::string_view, std::string_view>, Taken> taken;
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    for (const yaml::Node address : gateway.spec.find("addresses").items()) {
      const auto value = resource::text(address.find("value"));
      const auto type = resource::text(address.find("type")).value_or("IPAddress");
      if (!value || value->empty()) continue;
      const auto [first, is_new] = taken.try_emplace({type, *value}, Taken{&gateway, value.node});
      const Gateway& other = *first->second.gateway;
      const bool same_object =
          other.name.value == gateway.name.value && other.scope == gateway.scope;
      if (is_new || gateway.context || same_object) continue;
      found
          .add(value.where(),
               fmt::format("Gateway `{}` asks for the address `{}` too", other.name.value, *value))
          .relate(first->second.value.where(), "asked for here")
          .with_help("give each Gateway an address of its own, or merge the Gateways");
    }
  }
}

void listeners_belong_to_one_gateway(const Mesh& mesh, Findings& found) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::int64_t>;

  struct Taken {
    const Gateway* gateway;
    const Listener* listener;
  };

  std::map<Key, Taken> taken;
  for (const Gateway& gateway : mesh.all<Gateway>()) {
    if (gateway.is_listener_set) continue;
    for (const Listener& listener : gateway.listeners) {
      if (listener.hostname.value.empty() || !listener.port) continue;
      const Key key{gateway.class_name.value, listener.hostname.value, listener.protocol_name.value,
                    *listener.port};
      const auto [first, is_new] = taken.try_emplace(key, Taken{&gateway, &listener});
      const Gateway& other = *first->second.gateway;
      if (is_new || gateway.context || other.name.value == gateway.name.value) continue;
      found
          .add(listener.hostname.where(),
               fmt::format("Gateway `{}` has `{}` on port {} too", other.name.value,
                           *listener.hostname, *listener.port))
          .relate(first->second.listener->hostname.where(), "its listener")
          .with_help("DNS decides which of the two a client reaches");
    }
  }
}

void parameters_exist(const Mesh& mesh, Findings& found) {
  const KindIndex maps(mesh, "", "ConfigMap");
  const auto check = [&](const Object& object, yaml::Node node) {
    if (!node.is_mapping()) return;
    const Reference reference = resource::gateway_api::decode_reference(node, "", "", object.scope);
    if (!reference.is("", "ConfigMap")) return;
    if (maps.found(reference.scope, reference.name) != Found::missing) return;
    found
        .add(reference.where(),
             fmt::format("{} with parameters does not exist", describe(reference)))
        .with_help(maps.hint(reference.scope, reference.name));
  };
  objects::each(mesh, kGroup, "GatewayClass",
                [&](const Object& object) { check(object, object.spec.find("parametersRef")); });
  objects::each(mesh, kGroup, "Gateway", [&](const Object& object) {
    check(object, object.spec.at("infrastructure", "parametersRef"));
  });
}

void client_certificates_are_verified(const Gateway& gateway, const Mesh&, Findings& found) {
  const auto check = [&](yaml::Node owner) {
    const yaml::Node mode = owner.at("validation", "mode");
    if (mode.text() != "AllowInsecureFallback") return;
    found.add(mode.where(), "clients without a valid certificate are let in too")
        .with_help("use AllowValidOnly, or see that the backends check the certificate");
  };
  const yaml::Node frontend = gateway.spec.at("tls", "frontend");
  check(frontend.find("default"));
  for (const yaml::Node port : frontend.find("perPort").items()) check(port.find("tls"));
}

constexpr Rule kRules[] = {
    {.id = "MF2001",
     .name = "gateway-class-missing",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "The class of a Gateway exists",
     .why = "No controller looks at a Gateway whose GatewayClass does not exist: it gets no "
            "address and no status. Said only where the input shows GatewayClasses; the ones "
            "that Istio makes are known.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: edge}
spec: {controllerName: example.com/edge}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: egde #!
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: edge}
spec: {controllerName: example.com/edge}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: edge
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .aliases = "KIA1504",
     .check = classes_exist},
    {.id = "MF2002",
     .name = "gateway-address-twice",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "Gateways ask for different addresses",
     .why = "An address can be bound once. The second Gateway gets none, or takes the "
            "first one's traffic, depending on the implementation.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  addresses: [{value: 192.0.2.10}]
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: api, namespace: shop}
spec:
  gatewayClassName: istio
  addresses: [{value: 192.0.2.10}] #!
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  addresses: [{value: 192.0.2.10}]
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .aliases = "KIA1502",
     .check = addresses_differ},
    {.id = "MF2003",
     .name = "gateway-listener-elsewhere",
     .severity = Severity::info,
     .group = "gateway-api",
     .summary = "A host and port are served by one Gateway of a class",
     .why = "Two Gateways with one hostname, port and protocol are two front doors of one "
            "house: DNS decides which of them a client reaches, and routes of the other do "
            "not apply to it.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners: [{name: http, port: 80, protocol: HTTP, hostname: shop.example.com}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: api, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - name: http
    port: 80
    protocol: HTTP
    hostname: shop.example.com #!
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
  - {name: shop, port: 80, protocol: HTTP, hostname: shop.example.com}
  - {name: api, port: 80, protocol: HTTP, hostname: api.example.com}
)",
     .aliases = "KIA1501",
     .check = listeners_belong_to_one_gateway},
    {.id = "MF2004",
     .name = "gateway-parameters-missing",
     .severity = Severity::error,
     .group = "gateway-api",
     .summary = "The ConfigMap with a Gateway's parameters exists",
     .why = "A Gateway or class whose parameters cannot be found is refused (Accepted is "
            "False, InvalidParameters).",
     .bad = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: gateway-options, namespace: shop}
data: {deployment: ""}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  infrastructure:
    parametersRef: {group: "", kind: ConfigMap, name: gateway-option} #!
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .good = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: gateway-options, namespace: shop}
data: {deployment: ""}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: istio
  infrastructure:
    parametersRef: {group: "", kind: ConfigMap, name: gateway-options}
  listeners: [{name: http, port: 80, protocol: HTTP}]
)",
     .check = parameters_exist},
    {.id = "MF2005",
     .name = "gateway-insecure-fallback",
     .severity = Severity::warning,
     .group = "gateway-api",
     .summary = "A Gateway that asks for client certificates insists on them",
     .why = "AllowInsecureFallback lets clients in whose certificate is missing or wrong. "
            "Controllers say so with the condition InsecureFrontendValidationMode.",
     .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: edge
  tls:
    frontend:
      default:
        validation:
          mode: AllowInsecureFallback #!
          caCertificateRefs: [{group: "", kind: ConfigMap, name: clients}]
  listeners:
  - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web}]}}
)",
     .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: edge
  tls:
    frontend:
      default:
        validation:
          caCertificateRefs: [{group: "", kind: ConfigMap, name: clients}]
  listeners:
  - {name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web}]}}
)",
     .check = Each<client_certificates_are_verified>::run},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family gateway_api_gateway_rules() { return kRules; }

}  // namespace meshfn::lint
