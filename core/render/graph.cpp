#include "render/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "render/words.h"

namespace meshfn::render {

namespace {

/// Builds the graph; destinations are shared by name.
class Builder {
 public:
  Graph build(const routing::Table& table) {
    for (const routing::Listener& listener : table.listeners) {
      if (!listener.virtual_hosts.empty()) add(listener);
    }
    return std::move(graph_);
  }

 private:
  std::size_t node(GraphNode::Kind kind, std::vector<std::string> lines) {
    graph_.nodes.push_back({kind, std::move(lines)});
    return graph_.nodes.size() - 1;
  }

  void edge(std::size_t from, std::size_t to, std::string label, bool dashed = false) {
    graph_.edges.push_back({from, to, std::move(label), dashed});
  }

  void add(const routing::Listener& listener) {
    std::vector<std::string> lines = {listener.gateway == "mesh" ? "mesh"
                                                                 : "gateway " + listener.gateway};
    if (listener.port) lines.push_back(fmt::format("{} {}", listener.protocol, *listener.port));
    const std::size_t entry = node(GraphNode::Kind::entry, std::move(lines));
    for (const routing::VirtualHost& host : listener.virtual_hosts) {
      const std::size_t at = node(GraphNode::Kind::host, {host.host});
      edge(entry, at, {});
      for (const routing::Route& route : host.routes) add(at, route);
    }
  }

  void add(std::size_t host, const routing::Route& route) {
    std::vector<std::string> lines = {route.name};
    for (const routing::Match& match : route.matches) lines.push_back(brief(match));
    for (std::string& setting : settings(route)) lines.push_back(std::move(setting));
    const std::size_t rule = node(GraphNode::Kind::rule, std::move(lines));
    edge(host, rule, {});
    if (route.destinations.empty() || route.redirect || route.direct_response) {
      edge(rule, node(GraphNode::Kind::answer, targets(route)), {});
      return;
    }
    const double total = static_cast<double>(std::max<std::uint64_t>(route.total_weight(), 1));
    for (const routing::Destination& to : route.destinations) {
      const double share = 100 * to.weight / total;
      edge(rule, destination(to), route.destinations.size() == 1 ? "" : percent(share) + "%");
    }
    for (const routing::Mirror& mirror : route.mirrors) {
      edge(rule, destination(mirror.to), fmt::format("mirror {}%", percent(mirror.percent)), true);
    }
  }

  std::size_t destination(const routing::Destination& to) {
    const std::string name = brief(to);
    const auto [found, added] = destinations_.try_emplace(name, graph_.nodes.size());
    if (added) node(GraphNode::Kind::destination, {name});
    return found->second;
  }

  Graph graph_;
  std::map<std::string, std::size_t> destinations_;
};

}  // namespace

Graph graph_of(const routing::Table& table) { return Builder().build(table); }

}  // namespace meshfn::render
