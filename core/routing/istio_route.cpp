#include "routing/istio_route.h"

#include <fmt/format.h>

#include "base/str.h"
#include "routing/host.h"

namespace meshfn::routing {

namespace {

namespace istio = resource::istio;

StringMatch pattern(const istio::StringMatch& from, bool ignore_case = false) {
  std::string text(from.value.value);
  switch (from.kind) {
    case istio::StringMatch::Kind::exact:
      return {StringMatch::Kind::exact, std::move(text), ignore_case};
    case istio::StringMatch::Kind::prefix:
      return {StringMatch::Kind::prefix, std::move(text), ignore_case};
    case istio::StringMatch::Kind::regex:
      return {StringMatch::Kind::regex, std::move(text)};
    case istio::StringMatch::Kind::present:
      break;
  }
  return {};
}

void add(Match& out, Subject subject, const istio::StringMatch& from, bool ignore_case = false) {
  out.conditions.push_back({subject, {}, {pattern(from, ignore_case)}, false, from.node.where()});
}

void add(Match& out, Subject subject, const std::vector<istio::NamedMatch>& from,
         bool negated = false) {
  for (const istio::NamedMatch& named : from) {
    // HTTP header names do not differ by case, query parameters do.
    std::string name =
        subject == Subject::header ? str::lower(*named.name) : std::string(*named.name);
    out.conditions.push_back(
        {subject, std::move(name), {pattern(named.match)}, negated, named.name.where()});
  }
}

StringMatch exactly(std::string text) { return {StringMatch::Kind::exact, std::move(text)}; }

/// Where a request may come from. Istio looks at the caller's labels and namespace only when no
/// gateways are named (sourceMatchHTTP in route.go).
template <class From>
void add_source(Match& out, const From& from, std::string_view name_space) {
  if (!from.gateways.empty()) {
    Condition condition{Subject::gateway, {}, {}, false, from.gateways.front().where()};
    for (const resource::Text& gateway : from.gateways) {
      condition.any_of.push_back(exactly(gateway_name(*gateway, name_space)));
    }
    out.conditions.push_back(std::move(condition));
    return;
  }
  for (const resource::Label& label : from.source_labels) {
    out.conditions.push_back({Subject::source_label,
                              std::string(*label.key),
                              {exactly(std::string(*label.value))},
                              false,
                              label.key.where()});
  }
  if (from.source_namespace) {
    out.conditions.push_back({Subject::source_namespace,
                              {},
                              {exactly(std::string(*from.source_namespace))},
                              false,
                              from.source_namespace.where()});
  }
}

void add_port(Match& out, const resource::Integer& port) {
  if (!port) return;
  out.conditions.push_back(
      {Subject::port, {}, {exactly(fmt::format("{}", *port))}, false, port.where()});
}

/// One destination takes everything, whatever its weight says; of several, those without a weight
/// take nothing (Istio route.go).
std::vector<Destination> destinations(const std::vector<istio::WeightedDestination>& from,
                                      std::string_view name_space) {
  std::vector<Destination> out;
  for (const istio::WeightedDestination& weighted : from) {
    Destination one = destination(weighted.destination, name_space);
    add_header_changes(one.headers, weighted.headers);
    const std::int64_t weight = weighted.weight.value_or(0);
    one.weight =
        from.size() == 1 ? 100 : static_cast<std::uint32_t>(std::max<std::int64_t>(weight, 0));
    out.push_back(std::move(one));
  }
  return out;
}

Route l4_route(const istio::VirtualService& service, const istio::L4Route& from, Protocol protocol,
               std::size_t index) {
  Route route;
  route.dialect = Dialect::istio;
  route.protocol = protocol;
  route.resource = resource_name(service);
  route.name = fmt::format("{}[{}]", to_string(protocol), index);
  route.where = from.node.where();
  for (const istio::L4Match& match : from.match) {
    route.matches.push_back(l4_match(match, service.scope));
  }
  route.destinations = destinations(from.route, service.scope);
  return route;
}

}  // namespace

std::string resource_name(const resource::Object& object) {
  if (object.scope.empty()) return fmt::format("{} {}", *object.kind, *object.name);
  return fmt::format("{} {}/{}", *object.kind, object.scope, *object.name);
}

Destination destination(const istio::Destination& from, std::string_view name_space) {
  Destination out;
  out.host = fqdn(*from.host, name_space);
  out.subset = std::string(*from.subset);
  if (from.port) out.port = static_cast<std::uint32_t>(*from.port);
  out.where = from.host ? from.host.where() : from.node.where();
  return out;
}

Match http_match(const istio::HttpMatch& from, std::string_view name_space) {
  Match out;
  out.name = std::string(*from.name);
  out.where = from.node.where();
  add_source(out, from, name_space);
  add_port(out, from.port);
  if (from.uri) add(out, Subject::path, *from.uri, from.ignore_uri_case.value_or(false));
  if (from.scheme) add(out, Subject::scheme, *from.scheme);
  if (from.method) add(out, Subject::method, *from.method);
  if (from.authority) add(out, Subject::authority, *from.authority);
  add(out, Subject::header, from.headers);
  add(out, Subject::header, from.without_headers, true);
  add(out, Subject::query, from.query_params);
  return out;
}

Match l4_match(const istio::L4Match& from, std::string_view name_space) {
  Match out;
  out.where = from.node.where();
  add_source(out, from, name_space);
  add_port(out, from.port);
  if (from.sni_hosts.empty()) return out;
  Condition condition{Subject::sni, {}, {}, false, from.sni_hosts.front().where()};
  for (const resource::Text& host : from.sni_hosts) {
    const bool wild = is_wildcard(*host);
    condition.any_of.emplace_back(wild ? StringMatch::Kind::suffix : StringMatch::Kind::exact,
                                  std::string(wild ? host->substr(1) : *host));
  }
  out.conditions.push_back(std::move(condition));
  return out;
}

Route http_route(const istio::VirtualService& service, std::size_t index) {
  Route route;
  read_http_route(service, index, route);
  return route;
}

void read_http_route(const istio::VirtualService& service, std::size_t index, Route& route) {
  const istio::HttpRoute& from = service.http[index];
  route.dialect = Dialect::istio;
  route.resource = resource_name(service);
  route.name = from.name ? std::string(*from.name) : fmt::format("http[{}]", index);
  route.where = from.node.where();
  for (const istio::HttpMatch& match : from.match) {
    route.matches.push_back(http_match(match, service.scope));
  }
  route.destinations = destinations(from.route, service.scope);
  add_actions(route, from, service.scope);
}

Route tls_route(const istio::VirtualService& service, std::size_t index) {
  return l4_route(service, service.tls[index], Protocol::tls, index);
}

Route tcp_route(const istio::VirtualService& service, std::size_t index) {
  return l4_route(service, service.tcp[index], Protocol::tcp, index);
}

}  // namespace meshfn::routing
