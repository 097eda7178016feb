// The route table as Envoy's RouteConfigurations (envoy.config.route.v3), and with the clusters as
// the files that Envoy reads for its route and cluster discovery.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "render/convert.h"
#include "render/envoy.h"
#include "render/words.h"
#include "routing/regex_prefix.h"

namespace meshfn::render {

namespace {

using envoy::Cluster;
using envoy::Json;
using routing::Route;
using routing::StringMatch;
using routing::Subject;
using Kind = StringMatch::Kind;

constexpr const char* kFault = "envoy.filters.http.fault";
constexpr const char* kCors = "envoy.filters.http.cors";

/// Builds the configuration of every listener and remembers which clusters it needs.
class Builder {
 public:
  explicit Builder(const Source& source) : source_(source) {}

  Rendered build() {
    Json routes = Json::array();
    for (const routing::Listener& listener : source_.table.listeners) {
      for (const auto port : ports_of(listener)) routes.push_back(configuration(listener, port));
    }
    Json listeners = envoy::l4_listeners(source_, clusters_, out_.losses);
    Json clusters = Json::array();
    for (const Cluster& one : clusters_) {
      clusters.push_back(envoy::cluster_resource(source_, one, out_.losses));
    }
    add("rds.json", "envoy.config.route.v3.RouteConfiguration", std::move(routes));
    add("cds.json", "envoy.config.cluster.v3.Cluster", std::move(clusters));
    if (!listeners.empty()) {
      add("lds.json", "envoy.config.listener.v3.Listener", std::move(listeners));
    }
    for (Loss& loss : unread_fields(source_.mesh, Audience::envoy)) {
      out_.losses.push_back(std::move(loss));
    }
    return std::move(out_);
  }

 private:
  /// Sidecars have one configuration for each port of a host.
  static std::set<std::uint32_t> ports_of(const routing::Listener& listener) {
    std::set<std::uint32_t> out;
    if (listener.port) return {*listener.port};
    for (const auto& host : listener.virtual_hosts) {
      out.insert(host.ports.begin(), host.ports.end());
    }
    if (out.empty()) out.insert(0);
    return out;
  }

  void add(const char* name, const char* type, Json resources) {
    const std::string url = fmt::format("type.googleapis.com/{}", type);
    for (Json& one : resources) {
      if (!one.contains("@type")) one["@type"] = url;
    }
    const Json response = {
        {"version_info", "1"}, {"type_url", url}, {"resources", std::move(resources)}};
    out_.documents.push_back(
        {name, response.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"});
  }

  void lose(Cost cost, const Route& route, source::Location where, std::string message) {
    if (!told_.emplace(source::to_string(where), message).second) return;
    out_.losses.push_back({std::move(message), where, cost.severity, route.where, cost.aspect});
  }

  Json configuration(const routing::Listener& listener, std::uint32_t port) {
    std::string name = listener.gateway;
    if (port != 0) name += fmt::format(":{}", port);
    Json out = {{"name", name}, {"virtual_hosts", Json::array()}};
    std::set<std::string> taken;
    for (const auto& host : listener.virtual_hosts) {
      const bool here = host.ports.empty() || port == 0 ||
                        std::find(host.ports.begin(), host.ports.end(), port) != host.ports.end();
      if (!here) continue;
      Json domains = Json::array();
      for (const std::string& domain : host.domains) {
        // A short name that two namespaces share belongs to neither here.
        if (taken.insert(domain).second) domains.push_back(domain);
      }
      if (domains.empty()) continue;
      Json one = {{"name", host.host}, {"domains", std::move(domains)}, {"routes", Json::array()}};
      for (const Route& route : host.routes) add(one["routes"], route, listener, port);
      out["virtual_hosts"].push_back(std::move(one));
    }
    out["ignore_port_in_host_matching"] = true;
    return out;
  }

  void add(Json& routes, const Route& route, const routing::Listener& listener,
           std::uint32_t port) {
    if (route.protocol != routing::Protocol::http) return;  // those have listeners
    if (!route.within.empty()) {
      lose({Severity::error, Aspect::taken}, route, route.where,
           "the conditions of a delegate's root are left out");
    }
    std::vector<routing::Match> matches = route.matches;
    if (matches.empty()) matches.emplace_back();
    for (const routing::Match& match : matches) {
      Json conditions = {{"prefix", "/"}};
      if (!fill(conditions, route, match, listener, port)) continue;
      Json one = {{"name", route.name}, {"match", std::move(conditions)}};
      act(one, route, match, port);
      routes.push_back(std::move(one));
    }
  }

  /// False when the match can never hold here, or cannot be said.
  bool fill(Json& out, const Route& route, const routing::Match& match,
            const routing::Listener& listener, std::uint32_t port) {
    for (const routing::Condition& condition : match.conditions) {
      switch (condition.subject) {
        case Subject::path:
          envoy::set_path(out, envoy::joined(condition.any_of));
          break;
        case Subject::method:
          out["headers"].push_back(envoy::header_match(":method", condition));
          break;
        case Subject::scheme:
          out["headers"].push_back(envoy::header_match(":scheme", condition));
          break;
        case Subject::authority:
          out["headers"].push_back(envoy::header_match(":authority", condition));
          break;
        case Subject::header:
          out["headers"].push_back(envoy::header_match(condition.name, condition));
          break;
        case Subject::query:
          out["query_parameters"].push_back(query_match(condition));
          break;
        case Subject::gateway:
          if (!decided(condition, listener.gateway)) return false;
          break;
        case Subject::port:
          if (port != 0 && !decided(condition, fmt::format("{}", port))) return false;
          break;
        case Subject::source_label:
        case Subject::source_namespace:
        case Subject::sni:
          lose({Severity::error, Aspect::taken}, route, condition.where,
               fmt::format("`{}` decides for whom the configuration is made and is no part of it; "
                           "the match is left out",
                           brief(condition)));
          return false;
      }
    }
    return true;
  }

  static bool decided(const routing::Condition& condition, const std::string& text) {
    const bool matched = std::any_of(condition.any_of.begin(), condition.any_of.end(),
                                     [&](const StringMatch& one) { return one.matches(text); });
    return matched != condition.negated;
  }

  static Json query_match(const routing::Condition& condition) {
    const StringMatch pattern = envoy::joined(condition.any_of);
    Json out = {{"name", condition.name}};
    if (pattern.kind() == Kind::present) {
      out["present_match"] = true;
    } else {
      out["string_match"] = envoy::string_match(pattern);
    }
    return out;
  }

  void act(Json& out, const Route& route, const routing::Match& match, std::uint32_t port) {
    if (route.redirect) {
      out["redirect"] = envoy::redirect(*route.redirect);
    } else if (route.direct_response) {
      out["direct_response"] = {{"status", route.direct_response->status}};
      if (!route.direct_response->body.empty()) {
        out["direct_response"]["body"] = {{"inline_string", route.direct_response->body}};
      }
    } else if (route.destinations.empty()) {
      out["direct_response"] = {{"status", 500}};
    } else {
      out["route"] = forward(route, match, port);
    }
    envoy::add_headers(out, route.headers);
    if (route.fault) out["typed_per_filter_config"][kFault] = envoy::fault(*route.fault);
    if (route.cors) out["typed_per_filter_config"][kCors] = envoy::cors(*route.cors);
  }

  Cluster cluster(const routing::Destination& to, std::uint32_t port) {
    Cluster out{to.host, to.subset, to.port.value_or(port)};
    clusters_.insert(out);
    return out;
  }

  Json forward(const Route& route, const routing::Match& match, std::uint32_t port) {
    Json out = Json::object();
    if (route.destinations.size() == 1) {
      out["cluster"] = cluster(route.destinations.front(), port).name();
    } else {
      Json all = Json::array();
      for (const auto& to : route.destinations) {
        if (to.weight == 0) continue;
        Json one = {{"name", cluster(to, port).name()}, {"weight", to.weight}};
        envoy::add_headers(one, to.headers);
        all.push_back(std::move(one));
      }
      out["weighted_clusters"] = {{"clusters", std::move(all)}};
    }
    if (route.rewrite) rewrite(out, *route.rewrite, match);
    out["timeout"] = route.timeout.value ? envoy::duration(*route.timeout.value) : "0s";
    if (route.retries->attempts.value > 0)
      out["retry_policy"] = envoy::retry_policy(*route.retries);
    for (const routing::Mirror& mirror : route.mirrors) {
      out["request_mirror_policies"].push_back(
          {{"cluster", cluster(mirror.to, port).name()},
           {"runtime_fraction", {{"default_value", envoy::fraction(mirror.percent)}}}});
    }
    Json hash = envoy::hash_policies(source_, cluster(route.destinations.front(), port));
    if (!hash.empty()) out["hash_policy"] = std::move(hash);
    lose_settings(route);
    return out;
  }

  void lose_settings(const Route& route) {
    if (route.retries->budget) {
      lose({Severity::warning, Aspect::retries}, route, route.retries->budget->where,
           "a budget of retries belongs to the cluster and is left out");
    }
    for (const auto& to : route.destinations) {
      if (to.broken.empty()) continue;
      lose({Severity::error, Aspect::target}, route, to.where,
           fmt::format("{}: its share gets 503, not 500", to.broken));
    }
  }

  static void rewrite(Json& out, const routing::Rewrite& from, const routing::Match& match) {
    if (!from.authority.empty()) out["host_rewrite_literal"] = from.authority;
    if (!from.regex.empty()) {
      out["regex_rewrite"] = {{"pattern", {{"regex", from.regex}}},
                              {"substitution", from.substitution}};
      return;
    }
    if (!from.path) return;
    if (!from.replaces_prefix) {
      out["regex_rewrite"] = {{"pattern", {{"regex", "^/.*$"}}}, {"substitution", *from.path}};
      return;
    }
    const StringMatch* path = nullptr;
    for (const routing::Condition& one : match.conditions) {
      if (one.subject == Subject::path) path = &one.any_of.front();
    }
    if (path != nullptr && path->kind() == Kind::path_prefix && *from.path == "/") {
      // A prefix that becomes `/` must not leave two slashes.
      out["regex_rewrite"] = {
          {"pattern", {{"regex", "^" + routing::literal_regex(path->text()) + "(/?)(.*)"}}},
          {"substitution", "/\\2"}};
      return;
    }
    out["prefix_rewrite"] = *from.path;
  }

  const Source& source_;
  Rendered out_;
  std::set<Cluster> clusters_;
  std::set<std::pair<std::string, std::string>> told_;
};

}  // namespace

Result<Rendered> to_envoy(const Source& source, const Options&) { return Builder(source).build(); }

}  // namespace meshfn::render
