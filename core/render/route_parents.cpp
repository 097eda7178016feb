// What a route of the Gateway API or of Linkerd hangs on: Services in the mesh, listeners of
// gateways.

#include <algorithm>

#include "render/convert.h"
#include "resource/linkerd/values.h"

namespace meshfn::render {

namespace {

using routing::VirtualHost;
using yaml::Value;

Value service_parents(const Conversion& conversion, const Group& group,
                      std::optional<std::uint32_t> port) {
  Value out = Value::list();
  for (const auto& [listener, host] : group.bindings) {
    const auto service = service_name(host);
    const bool linkerd = conversion.reader() == Reader::linkerd;
    Value parent = Value::map({{"group", linkerd ? "core" : ""}, {"kind", "Service"}});
    parent.set("name", service->name);
    if (service->scope != group.name.scope) parent.set_unless_empty("namespace", service->scope);
    if (port) parent.set("port", *port);
    out.add(std::move(parent));
  }
  return out;
}

Value gateway_parents(const Conversion& conversion, const Group& group) {
  std::map<std::string, std::set<std::string>> sections;
  for (const auto& [listener, host] : group.bindings) {
    for (std::string& name : section_names(conversion, *listener, host)) {
      sections[listener->gateway].insert(std::move(name));
    }
    sections[listener->gateway];
  }
  Value out = Value::list();
  for (const auto& [gateway, names] : sections) {
    const ObjectName name = name_of(gateway);
    Value parent = Value::map({{"name", name.name}});
    if (name.scope != group.name.scope) parent.set_unless_empty("namespace", name.scope);
    if (names.empty() || names == all_sections(conversion, gateway)) {
      out.add(std::move(parent));
      continue;
    }
    for (const std::string& section : names) {
      Value one = parent;
      one.set("sectionName", section);
      out.add(std::move(one));
    }
  }
  return out;
}

}  // namespace

std::optional<std::uint32_t> common_port(const VirtualHost& host) {
  std::optional<std::string> port;
  for (const routing::Route& route : host.routes) {
    if (route.dialect == routing::Dialect::kubernetes) continue;
    if (route.matches.empty()) return std::nullopt;
    for (const routing::Match& match : route.matches) {
      const auto found = std::find_if(
          match.conditions.begin(), match.conditions.end(), [](const routing::Condition& one) {
            return one.subject == routing::Subject::port && !one.negated && one.any_of.size() == 1;
          });
      if (found == match.conditions.end()) return std::nullopt;
      const std::string& text = found->any_of.front().text();
      if (port && *port != text) return std::nullopt;
      port = text;
    }
  }
  if (!port) return std::nullopt;
  const auto number = resource::linkerd::unsigned_number(*port);
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

Value parents_of(const Conversion& conversion, const Group& group,
                 std::optional<std::uint32_t> port) {
  return group.place.listener.gateway == "mesh" ? service_parents(conversion, group, port)
                                                : gateway_parents(conversion, group);
}

}  // namespace meshfn::render
