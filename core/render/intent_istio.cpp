#include "render/intent_istio.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/units.h"

namespace meshfn::render {

namespace {

using yaml::Value;

std::string text(IntentDuration duration) { return format_duration(duration); }

Value percentage(double percent) { return Value::map({{"value", percent}}); }

Value labels(const std::vector<std::pair<std::string, std::string>>& from) {
  Value out = Value::map();
  for (const auto& [key, value] : from) out.set(key, value);
  return out;
}

/// One StringMatch. `{}` asks for presence, which query parameters cannot say but by a regex.
Value pattern(const Pattern& from, bool may_be_empty) {
  switch (from.kind) {
    case Pattern::Kind::exact:
      return Value::map({{"exact", from.text}});
    case Pattern::Kind::prefix:
    case Pattern::Kind::path_prefix:
      return Value::map({{"prefix", from.text}});
    case Pattern::Kind::regex:
      return Value::map({{"regex", from.text}});
    case Pattern::Kind::present:
      break;
  }
  return may_be_empty ? Value::map() : Value::map({{"regex", ".*"}});
}

/// Istio's prefixes are plain text, so `/a/*` is `/a` itself or what begins with `/a/`.
std::vector<Pattern> path_patterns(const Pattern& path) {
  using Kind = Pattern::Kind;
  if (path.kind != Kind::path_prefix) return {path};
  if (path.text == "/") return {{Kind::prefix, "/", false}};
  return {{Kind::exact, path.text, false}, {Kind::prefix, path.text + "/", false}};
}

Value match(const IntentMatch& from, const std::optional<Pattern>& path) {
  Value out = Value::map();
  if (path) out.set("uri", pattern(*path, false));
  if (from.method) out.set("method", pattern(*from.method, false));
  Value with = Value::map();
  Value without = Value::map();
  for (const auto& [name, value] : from.headers) {
    (value.negated ? without : with).set(name, pattern(value, true));
  }
  out.set_unless_empty("headers", std::move(with));
  out.set_unless_empty("withoutHeaders", std::move(without));
  Value query = Value::map();
  for (const auto& [name, value] : from.query) query.set(name, pattern(value, false));
  out.set_unless_empty("queryParams", std::move(query));
  out.set_unless_empty("sourceLabels", labels(from.from));
  return out;
}

/// One match entry and the path it stands for, which decides how a rewrite has to be written.
struct Expanded {
  Value match;
  std::optional<Pattern> path;
};

std::vector<Expanded> expand(const std::vector<IntentMatch>& matches) {
  std::vector<Expanded> out;
  for (const IntentMatch& from : matches) {
    if (!from.path) {
      out.push_back({match(from, std::nullopt), std::nullopt});
      continue;
    }
    for (const Pattern& path : path_patterns(*from.path)) out.push_back({match(from, path), path});
  }
  return out;
}

Value destination(const Share& share, const Intent& intent) {
  Value out = Value::map({{"host", share.host.empty() ? intent.service : share.host}});
  if (!share.version.empty()) out.set("subset", share.version);
  const auto port = share.host.empty() && !share.port ? intent.port : share.port;
  if (port) out.set("port", Value::map({{"number", *port}}));
  return out;
}

Value backends(const std::vector<Share>& shares, const Intent& intent) {
  Value out = Value::list();
  for (const Share& share : shares) {
    Value one = Value::map({{"destination", destination(share, intent)}});
    if (shares.size() > 1) one.set("weight", share.weight);
    out.add(std::move(one));
  }
  return out;
}

/// The versions by their weights; a service without versions is one destination.
std::vector<Share> all_versions(const Intent& intent) {
  std::vector<Share> out;
  for (const Version& version : intent.versions) {
    if (version.weight == 0 && intent.versions.size() > 1) continue;
    out.push_back({version.name, {}, std::nullopt, version.weight, version.where});
  }
  if (out.empty()) out.push_back({{}, {}, std::nullopt, 100, intent.where});
  return out;
}

Value fault(const IntentFault& from) {
  Value out = Value::map();
  if (from.delay) {
    out.set("delay", Value::map({{"fixedDelay", text(*from.delay)},
                                 {"percentage", percentage(from.delay_percent)}}));
  }
  if (from.abort) {
    out.set("abort", Value::map({{"httpStatus", *from.abort},
                                 {"percentage", percentage(from.abort_percent)}}));
  }
  return out;
}

Value retries(const IntentRetries& from) {
  Value out = Value::map({{"attempts", from.attempts}});
  if (from.per_try) out.set("perTryTimeout", text(*from.per_try));
  out.set_unless_empty("retryOn", str::join(from.on, ","));
  return out;
}

template <class T>
const std::optional<T>& either(const std::optional<T>& own, const std::optional<T>& common) {
  return own ? own : common;
}

void add_actions(Value& route, const IntentActions& own, const Intent& intent) {
  const IntentActions& common = intent.actions;
  if (const auto& from = either(own.timeout, common.timeout)) route.set("timeout", text(*from));
  if (const auto& from = either(own.retries, common.retries)) route.set("retries", retries(*from));
  if (const auto& from = either(own.fault, common.fault)) route.set("fault", fault(*from));
  if (const auto& from = either(own.mirror, common.mirror)) {
    route.set("mirrors", Value::list({Value::map({{"destination", destination(from->to, intent)},
                                                  {"percentage", percentage(from->percent)}})}));
  }
}

Value redirect(const IntentRedirect& from) {
  Value out = Value::map();
  out.set_unless_empty("uri", from.path);
  out.set_unless_empty("authority", from.host);
  out.set_unless_empty("scheme", from.scheme);
  out.set("redirectCode", from.code);
  return out;
}

Value http_rule(const IntentRule& rule, const Intent& intent, Value matches,
                const std::string& rewrite) {
  Value out = Value::map();
  out.set_unless_empty("name", rule.name);
  out.set_unless_empty("match", std::move(matches));
  if (rule.redirect) {
    out.set("redirect", redirect(*rule.redirect));
    return out;
  }
  if (!rewrite.empty()) out.set("rewrite", Value::map({{"uri", rewrite}}));
  out.set("route", backends(rule.to.empty() ? all_versions(intent) : rule.to, intent));
  add_actions(out, rule.actions, intent);
  return out;
}

/// Istio replaces the text of the prefix, so below `/a/` the new path needs its slash: one rule
/// for each form of the rewrite.
void add_rule(Value& http, const IntentRule& rule, const Intent& intent) {
  std::vector<std::pair<std::string, Value>> groups;
  for (Expanded& one : expand(rule.matches)) {
    std::string rewrite = rule.rewrite;
    const bool below = one.path && one.path->kind == Pattern::Kind::prefix &&
                       one.path->text.ends_with('/') && one.path->text.size() > 1;
    if (!rewrite.empty() && below && !rewrite.ends_with('/')) rewrite += '/';
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& other) { return other.first == rewrite; });
    if (group == groups.end()) {
      group = groups.insert(groups.end(), {rewrite, Value::list()});
    }
    group->second.add(std::move(one.match));
  }
  if (groups.empty()) groups.emplace_back(rule.rewrite, Value());
  for (auto& [rewrite, matches] : groups) {
    http.add(http_rule(rule, intent, std::move(matches), rewrite));
  }
}

Value metadata(const Intent& intent) {
  Value out = Value::map({{"name", intent.name}});
  out.set_unless_empty("namespace", intent.name_space);
  return out;
}

Value resource(std::string_view kind, const Intent& intent, Value spec) {
  return Value::map({{"apiVersion", "networking.istio.io/v1"},
                     {"kind", kind},
                     {"metadata", metadata(intent)},
                     {"spec", std::move(spec)}});
}

Value texts(const std::vector<std::string>& from) {
  Value out = Value::list();
  for (const std::string& one : from) out.add(one);
  return out;
}

Value virtual_service(const Intent& intent) {
  Value spec = Value::map({{"hosts", texts(intent.hosts)}});
  Value gateways = texts(intent.gateways);
  if (!gateways.empty() && intent.inside) gateways.add("mesh");
  spec.set_unless_empty("gateways", std::move(gateways));
  Value http = Value::list();
  for (const IntentRule& rule : intent.rules) add_rule(http, rule, intent);
  const bool closed = !intent.rules.empty() && intent.rules.back().matches.empty();
  if (!closed) add_rule(http, IntentRule{}, intent);
  spec.set("http", std::move(http));
  return resource("VirtualService", intent, std::move(spec));
}

std::string_view policy_name(std::string_view policy) {
  if (policy == "least-request") return "LEAST_REQUEST";
  return policy == "round-robin" ? "ROUND_ROBIN" : "RANDOM";
}

Value load_balancer(const Intent& intent) {
  const Balance& balance = intent.balance;
  Value out = Value::map();
  if (!balance.policy.empty()) out.set("simple", policy_name(balance.policy));
  if (!balance.hash_header.empty()) {
    out.at("consistentHash").set("httpHeaderName", balance.hash_header);
  } else if (!balance.hash_cookie.empty()) {
    out.at("consistentHash")
        .set("httpCookie", Value::map({{"name", balance.hash_cookie}, {"ttl", "0s"}}));
  } else if (balance.hash_source) {
    out.at("consistentHash").set("useSourceIp", true);
  }
  if (!intent.failover || intent.failover->regions.empty()) return out;
  Value regions = Value::list();
  for (const auto& [from, to] : intent.failover->regions) {
    regions.add(Value::map({{"from", from}, {"to", to}}));
  }
  out.set("localityLbSetting", Value::map({{"enabled", true}, {"failover", std::move(regions)}}));
  return out;
}

Value connection_pool(const Limits& limits) {
  Value tcp = Value::map();
  if (limits.connections) tcp.set("maxConnections", *limits.connections);
  if (limits.connect_timeout) tcp.set("connectTimeout", text(*limits.connect_timeout));
  Value http = Value::map();
  if (limits.pending) http.set("http1MaxPendingRequests", *limits.pending);
  if (limits.requests) http.set("http2MaxRequests", *limits.requests);
  Value out = Value::map();
  out.set_unless_empty("tcp", std::move(tcp));
  out.set_unless_empty("http", std::move(http));
  return out;
}

Value outlier_detection(const Failover& from) {
  return Value::map({{"consecutive5xxErrors", from.after},
                     {"interval", text(from.every)},
                     {"baseEjectionTime", text(from.out_for)},
                     {"maxEjectionPercent", from.at_most}});
}

Value retry_budget(const IntentBudget& from) {
  Value out = Value::map({{"percent", from.percent}});
  if (from.at_least) out.set("minRetryConcurrency", *from.at_least);
  return out;
}

Value traffic_policy(const Intent& intent) {
  Value out = Value::map();
  out.set_unless_empty("loadBalancer", load_balancer(intent));
  if (intent.limits) out.set_unless_empty("connectionPool", connection_pool(*intent.limits));
  const auto& retries = intent.actions.retries;
  if (retries && retries->budget) out.set("retryBudget", retry_budget(*retries->budget));
  if (intent.failover) out.set("outlierDetection", outlier_detection(*intent.failover));
  if (!intent.mtls.empty()) {
    out.set("tls", Value::map({{"mode", intent.mtls == "mesh" ? "ISTIO_MUTUAL" : "DISABLE"}}));
  }
  return out;
}

Value destination_rule(const Intent& intent, Value policy) {
  Value spec = Value::map({{"host", intent.service}});
  spec.set_unless_empty("trafficPolicy", std::move(policy));
  Value subsets = Value::list();
  for (const Version& version : intent.versions) {
    subsets.add(Value::map({{"name", version.name}, {"labels", labels(version.labels)}}));
  }
  spec.set_unless_empty("subsets", std::move(subsets));
  return resource("DestinationRule", intent, std::move(spec));
}

}  // namespace

std::vector<Value> istio_resources(const Intent& intent) {
  std::vector<Value> out = {virtual_service(intent)};
  Value policy = traffic_policy(intent);
  if (!intent.versions.empty() || !policy.empty()) {
    out.push_back(destination_rule(intent, std::move(policy)));
  }
  return out;
}

}  // namespace meshfn::render
