// Routes below HTTP as listeners with a chain of filters for each (envoy.config.listener.v3): a
// RouteConfiguration has no words for them.

#include <fmt/format.h>

#include <algorithm>

#include "render/envoy.h"
#include "render/views.h"
#include "render/words.h"

namespace meshfn::render::envoy {

namespace {

using routing::Condition;
using routing::Match;
using routing::Protocol;
using routing::Route;
using routing::StringMatch;
using routing::Subject;

constexpr const char* kInspector = "envoy.filters.listener.tls_inspector";
constexpr const char* kInspectorType =
    "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";
constexpr const char* kProxy = "envoy.filters.network.tcp_proxy";
constexpr const char* kProxyType =
    "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

/// What comes in by one port: its chains so far, and what they take.
struct Port {
  std::string name;
  Json chains = Json::array();
  std::set<std::string> names;  ///< server names that a chain takes
  bool rest = false;            ///< a chain takes all other connections
};

class Builder {
 public:
  Builder(const Source& source, std::set<Cluster>& clusters, std::vector<Loss>& losses)
      : source_(source), clusters_(clusters), losses_(losses) {}

  Json build() {
    for (const routing::Listener& listener : source_.table.listeners) {
      for (const routing::VirtualHost& host : listener.virtual_hosts) {
        for (const Route& route : host.routes) {
          if (route.protocol != Protocol::http) add(listener, host, route);
        }
      }
    }
    Json out = Json::array();
    for (auto& [key, port] : ports_) out.push_back(resource(key.second, std::move(port)));
    return out;
  }

 private:
  void lose(Cost cost, const Route& route, source::Location where, std::string message) {
    losses_.push_back({std::move(message), where, cost.severity, route.where, cost.aspect});
  }

  void add(const routing::Listener& listener, const routing::VirtualHost& host,
           const Route& route) {
    std::vector<Match> matches = route.matches;
    if (matches.empty()) matches.emplace_back();
    for (const Match& match : matches) {
      for (const std::uint32_t number : ports_of(listener, host, match)) {
        add(listener, host, route, match, number);
      }
    }
  }

  /// The ports on which a match may hold; 0 when none is known.
  static std::set<std::uint32_t> ports_of(const routing::Listener& listener,
                                          const routing::VirtualHost& host, const Match& match) {
    if (listener.port) return {*listener.port};
    std::set<std::uint32_t> out(host.ports.begin(), host.ports.end());
    for (const Condition& one : match.conditions) {
      if (one.subject != Subject::port) continue;
      std::erase_if(out, [&](std::uint32_t port) { return !takes(one, fmt::format("{}", port)); });
      if (!host.ports.empty()) continue;
      for (const StringMatch& port : one.any_of) {
        if (!one.negated) out.insert(static_cast<std::uint32_t>(std::stoul(port.text())));
      }
    }
    if (out.empty() && host.ports.empty()) out.insert(0);
    return out;
  }

  void add(const routing::Listener& listener, const routing::VirtualHost& host, const Route& route,
           const Match& match, std::uint32_t number) {
    std::vector<std::string> names;
    if (!read(listener, route, match, number, names)) return;
    if (route.protocol == Protocol::tls && names.empty() && host.host != "*") {
      names.push_back(host.host);
    }
    // Sidecars wait on the address of each Service, which is not in YAML.
    const bool mesh = listener.gateway == "mesh";
    Port& port = ports_[{mesh ? host.host : listener.gateway, number}];
    if (port.name.empty()) {
      port.name = fmt::format("{}:{}", mesh ? host.host : listener.gateway, number);
      if (mesh) {
        lose({Severity::warning, Aspect::none}, route, route.where,
             fmt::format("the address of `{}` is not in YAML; its listener takes any", host.host));
      }
    }
    // Of chains that ask the same, the first wins; Envoy refuses to have both.
    std::erase_if(names, [&](const std::string& name) { return !port.names.insert(name).second; });
    const bool all = route.protocol == Protocol::tcp;
    if (names.empty() && (!all || port.rest)) return;
    port.rest = port.rest || all;
    port.chains.push_back(chain(route, names, number));
  }

  /// False when the match cannot hold here, or cannot be said.
  bool read(const routing::Listener& listener, const Route& route, const Match& match,
            std::uint32_t number, std::vector<std::string>& names) {
    for (const Condition& one : match.conditions) {
      if (one.subject == Subject::sni && !one.negated) {
        for (const StringMatch& name : one.any_of) {
          names.push_back((name.kind() == StringMatch::Kind::suffix ? "*" : "") + name.text());
        }
      } else if (one.subject == Subject::gateway) {
        if (!takes(one, listener.gateway)) return false;
      } else if (one.subject == Subject::port) {
        if (number != 0 && !takes(one, fmt::format("{}", number))) return false;
      } else {
        lose({Severity::error, Aspect::taken}, route, one.where,
             fmt::format("`{}` decides for whom the configuration is made and is no part of it; "
                         "the match is left out",
                         brief(one)));
        return false;
      }
    }
    return true;
  }

  Json chain(const Route& route, const std::vector<std::string>& names, std::uint32_t port) {
    Json proxy = {{"@type", kProxyType}, {"stat_prefix", route.name}};
    Json weighted = Json::array();
    for (const routing::Destination& to : route.destinations) {
      const Cluster cluster{to.host, to.subset, to.port.value_or(port)};
      if (to.weight == 0) continue;
      clusters_.insert(cluster);
      weighted.push_back({{"name", cluster.name()}, {"weight", to.weight}});
    }
    if (weighted.size() == 1) {
      proxy["cluster"] = weighted[0]["name"];
    } else {
      proxy["weighted_clusters"] = {{"clusters", std::move(weighted)}};
    }
    Json out = Json::object();
    out["name"] = route.name;
    if (!names.empty()) out["filter_chain_match"] = {{"server_names", names}};
    out["filters"] = Json::array({{{"name", kProxy}, {"typed_config", std::move(proxy)}}});
    return out;
  }

  static Json resource(std::uint32_t number, Port port) {
    Json out = {
        {"name", port.name},
        {"address", {{"socket_address", {{"address", "0.0.0.0"}, {"port_value", number}}}}}};
    if (!port.names.empty()) {
      out["listener_filters"] =
          Json::array({{{"name", kInspector}, {"typed_config", {{"@type", kInspectorType}}}}});
    }
    out["filter_chains"] = std::move(port.chains);
    return out;
  }

  const Source& source_;
  std::set<Cluster>& clusters_;
  std::vector<Loss>& losses_;
  std::map<std::pair<std::string, std::uint32_t>, Port> ports_;  ///< by gateway or host, and port
};

}  // namespace

Json l4_listeners(const Source& source, std::set<Cluster>& clusters, std::vector<Loss>& losses) {
  return Builder(source, clusters, losses).build();
}

}  // namespace meshfn::render::envoy
