// Gateways of Istio as Gateways of the Gateway API: one listener for each host of each server,
// since a listener has one host name. Those that are of the Gateway API already stay as they are.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "render/convert.h"
#include "routing/host.h"

namespace meshfn::render {

namespace {

using resource::istio::Gateway;
using resource::istio::Server;
using yaml::Value;

/// A host of a server: the namespaces whose routes may attach, and the name.
struct Host {
  std::string_view scope;  ///< "*", "." or a namespace
  std::string_view name;
};

Host host_of(std::string_view written) {
  const std::size_t slash = written.find('/');
  if (slash == written.npos) return {"*", written};
  return {written.substr(0, slash), written.substr(slash + 1)};
}

/// One listener to be: which server and host it stands for.
struct Section {
  std::string name;
  const Server* server = nullptr;
  Host host;
  std::string_view protocol;
};

bool has_tls(const Server& server) { return server.tls.is_mapping(); }

std::string_view protocol_of(const Server& server) {
  const std::string protocol = str::upper(*server.protocol);
  if (protocol == "HTTP" || protocol == "HTTP2" || protocol == "GRPC" || protocol == "GRPC-WEB") {
    return has_tls(server) && !server.https_redirect.value_or(false) ? "HTTPS" : "HTTP";
  }
  if (protocol == "HTTPS") {
    return *server.tls_mode == "PASSTHROUGH" || *server.tls_mode == "AUTO_PASSTHROUGH" ? "TLS"
                                                                                       : "HTTPS";
  }
  return protocol == "TLS" ? "TLS" : "TCP";
}

/// Listeners of one port and host name are one; of TCP, all of one port.
bool same_place(const Section& a, const Section& b) {
  if (*a.server->port_number != *b.server->port_number) return false;
  return a.protocol == "TCP" || str::equals_ignore_case(a.host.name, b.host.name);
}

std::vector<Section> sections_of(const Gateway& gateway) {
  std::vector<Section> out;
  for (const Server& server : gateway.servers) {
    for (const resource::Text& written : server.hosts) {
      Section one{{}, &server, host_of(*written), protocol_of(server)};
      const bool taken = std::any_of(out.begin(), out.end(),
                                     [&](const Section& other) { return same_place(one, other); });
      if (taken) continue;
      const auto same = std::count_if(out.begin(), out.end(), [&](const Section& other) {
        return *other.server->port_number == *server.port_number;
      });
      one.name = fmt::format("{}-{}", str::lower(one.protocol), *server.port_number);
      if (same > 0) one.name += fmt::format("-{}", same + 1);
      out.push_back(std::move(one));
    }
  }
  return out;
}

const Gateway* find_gateway(const Conversion& conversion, std::string_view name) {
  for (const Gateway& gateway : conversion.source().mesh.all<Gateway>()) {
    if (routing::gateway_name(*gateway.name, gateway.scope) == name) return &gateway;
  }
  return nullptr;
}

Value tls_of(Conversion& conversion, const Section& section) {
  const Server& server = *section.server;
  Value out = Value::map();
  if (section.protocol == "TLS") {
    const bool ends = has_tls(server) && !server.tls_mode->ends_with("PASSTHROUGH");
    out.set("mode", ends ? "Terminate" : "Passthrough");
    if (!ends) return out;
  } else {
    out.set("mode", "Terminate");
  }
  if (server.credential_name) {
    out.set("certificateRefs", Value::list({Value::map({{"name", *server.credential_name}})}));
  } else {
    conversion.lose(Severity::error, server.tls ? server.tls.where() : server.node.where(),
                    "a listener takes its certificate from a Secret, and no `credentialName` "
                    "names one");
  }
  constexpr std::array<std::string_view, 3> kKept = {"mode", "credentialName", "httpsRedirect"};
  for (const yaml::Entry entry : server.tls.entries()) {
    if (std::find(kKept.begin(), kKept.end(), entry.key.text()) != kKept.end()) continue;
    conversion.lose(Severity::warning, entry.key.where(),
                    fmt::format("`tls.{}` has no counterpart in a listener", entry.key.text()));
  }
  if (*server.tls_mode == "MUTUAL") {
    conversion.lose(Severity::error, server.tls_mode.where(),
                    "client certificates are not asked for by a listener");
  }
  return out;
}

Value allowed_routes(std::string_view scope) {
  if (scope == ".") return Value::map({{"namespaces", Value::map({{"from", "Same"}})}});
  if (scope == "*") return Value::map({{"namespaces", Value::map({{"from", "All"}})}});
  Value labels = Value::map({{"kubernetes.io/metadata.name", scope}});
  Value selector = Value::map({{"matchLabels", std::move(labels)}});
  return Value::map(
      {{"namespaces", Value::map({{"from", "Selector"}, {"selector", std::move(selector)}})}});
}

Value listener(Conversion& conversion, const Section& section) {
  Value out = Value::map({{"name", section.name}});
  if (section.host.name != "*" && section.protocol != "TCP") {
    out.set("hostname", section.host.name);
  }
  out.set("port", *section.server->port_number);
  out.set("protocol", section.protocol);
  if (section.protocol == "HTTPS" || section.protocol == "TLS") {
    out.set("tls", tls_of(conversion, section));
  }
  out.set("allowedRoutes", allowed_routes(section.host.scope));
  return out;
}

/// A server that redirects everything to https has a route of its own that does so.
void add_redirect(Conversion& conversion, const Gateway& gateway,
                  const std::vector<Section>& sections) {
  Value parents = Value::list();
  for (const Section& one : sections) {
    if (!one.server->https_redirect.value_or(false)) continue;
    parents.add(Value::map({{"name", *gateway.name}, {"sectionName", one.name}}));
  }
  if (parents.empty()) return;
  Value body = Value::map({{"scheme", "https"}, {"statusCode", 301}});
  Value filter = Value::map({{"type", "RequestRedirect"}, {"requestRedirect", std::move(body)}});
  Value rule = Value::map({{"filters", Value::list({std::move(filter)})}});
  Value spec = Value::map({{"parentRefs", std::move(parents)}, {"rules", Value::list({rule})}});
  conversion.add("gateway.networking.k8s.io/v1", "HTTPRoute",
                 {std::string(gateway.scope), fmt::format("{}-https-redirect", *gateway.name)},
                 std::move(spec));
}

void add_gateway(Conversion& conversion, const Gateway& gateway) {
  const std::vector<Section> sections = sections_of(gateway);
  Value listeners = Value::list();
  for (const Section& one : sections) listeners.add(listener(conversion, one));
  for (const Server& server : gateway.servers) {
    const auto lose = [&](yaml::Node node, std::string_view field) {
      if (!node) return;
      conversion.lose(Severity::info, node.where(), fmt::format("a listener has no `{}`", field));
    };
    lose(server.node.find("bind"), "bind");
    lose(server.node.find("name"), "name");
    lose(server.node.find("defaultEndpoint"), "defaultEndpoint");
    lose(server.node.at("port", "name"), "port.name");
    lose(server.node.at("port", "targetPort"), "port.targetPort");
  }
  Value spec = Value::map({{"gatewayClassName", "istio"}, {"listeners", std::move(listeners)}});
  const yaml::Node selector = gateway.spec.find("selector");
  conversion.lose(Severity::info, selector ? selector.where() : gateway.where(),
                  fmt::format("pods of Gateway `{}` are chosen by its class `istio`, not by its "
                              "selector",
                              *gateway.name));
  conversion.add("gateway.networking.k8s.io/v1", "Gateway",
                 {std::string(gateway.scope), std::string(*gateway.name)}, std::move(spec));
  add_redirect(conversion, gateway, sections);
}

}  // namespace

void add_gateways(Conversion& conversion) {
  const resource::Mesh& mesh = conversion.source().mesh;
  for (const Gateway& gateway : mesh.all<Gateway>()) add_gateway(conversion, gateway);
  for (const auto& gateway : mesh.all<resource::gateway_api::Gateway>()) {
    conversion.add(*gateway.api_version, *gateway.kind,
                   {std::string(gateway.scope), std::string(*gateway.name)},
                   Value::from(gateway.spec));
  }
}

std::vector<std::string> section_names(const Conversion& conversion,
                                       const routing::Listener& listener, std::string_view host) {
  std::vector<std::string> out;
  if (const Gateway* gateway = find_gateway(conversion, listener.gateway)) {
    for (const Section& one : sections_of(*gateway)) {
      if (listener.https_redirect || one.server->node.where() != listener.where) continue;
      if (one.protocol == "TCP" || routing::covers_host(one.host.name, host)) {
        out.push_back(one.name);
      }
    }
    return out;
  }
  for (const auto& gateway : conversion.source().mesh.all<resource::gateway_api::Gateway>()) {
    if (routing::gateway_name(*gateway.name, gateway.scope) != listener.gateway) continue;
    for (const auto& one : gateway.listeners) {
      if (one.node.where() == listener.where) out.emplace_back(*one.name);
    }
  }
  return out;
}

std::set<std::string> all_sections(const Conversion& conversion, std::string_view gateway) {
  std::set<std::string> out;
  if (const Gateway* found = find_gateway(conversion, gateway)) {
    for (Section& one : sections_of(*found)) out.insert(std::move(one.name));
  }
  for (const auto& one : conversion.source().mesh.all<resource::gateway_api::Gateway>()) {
    if (routing::gateway_name(*one.name, one.scope) != gateway) continue;
    for (const auto& listener : one.listeners) out.emplace(*listener.name);
  }
  return out;
}

}  // namespace meshfn::render
