// What a scenario says about the clients of a service (balancer, health checks, outlier detection,
// limits, Linkerd's breaker) and about its calls (retries, timeouts, hedging).

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "base/units.h"
#include "simulate/scenario_reader.h"

namespace meshfn::simulate {

namespace {

using yaml::MapReader;

void set_time(MapReader& map, std::string_view key, Time& out, Time least = 0) {
  const auto value = map.duration(key);
  if (!value) return;
  if (value->count() < least) {
    return yaml::bad_value(map.problems(), map.where(key),
                           fmt::format("`{}` must be at least {}", key,
                                       format_duration(std::chrono::nanoseconds(least))));
  }
  out = value->count();
}

void set_count(MapReader& map, std::string_view key, std::uint32_t& out, std::int64_t least,
               std::int64_t most = 1'000'000) {
  if (const auto n = map.integer(key, least, most)) out = static_cast<std::uint32_t>(*n);
}

/// A share written as a percentage, where the settings hold 0 to 100.
void set_percent(MapReader& map, std::string_view key, double& out) {
  if (const auto share = map.percent(key)) out = *share * 100;
}

std::optional<double> parameter_value(MapReader& map, const Parameter& parameter) {
  const auto key = parameter.name;
  switch (parameter.kind) {
    case Parameter::Kind::whole: {
      const auto n = map.integer(key, static_cast<std::int64_t>(parameter.least),
                                 static_cast<std::int64_t>(parameter.most));
      return n ? std::optional(static_cast<double>(*n)) : std::nullopt;
    }
    case Parameter::Kind::number:
      return map.number(key);
    case Parameter::Kind::share:
      return map.percent(key);
    case Parameter::Kind::duration: {
      const auto t = map.duration(key);
      return t ? std::optional(static_cast<double>(t->count())) : std::nullopt;
    }
    case Parameter::Kind::boolean: {
      const auto on = map.boolean(key);
      return on ? std::optional(*on ? 1.0 : 0.0) : std::nullopt;
    }
  }
  return std::nullopt;
}

void read_parameters(MapReader& map, const Policy& policy, BalancerSettings& out) {
  for (const Parameter& parameter : policy.parameters) {
    const auto value = parameter_value(map, parameter);
    if (!value) continue;
    if (*value < parameter.least || *value > parameter.most) {
      const bool time = parameter.kind == Parameter::Kind::duration;
      const auto text = [&](double v) {
        return time ? format_duration(std::chrono::nanoseconds(static_cast<Time>(v)))
                    : fmt::format("{:g}", v);
      };
      yaml::bad_value(map.problems(), map.where(parameter.name),
                      fmt::format("`{}` must be between {} and {}", parameter.name,
                                  text(parameter.least), text(parameter.most)));
      continue;
    }
    parameter.set(out, *value);
  }
  const std::string_view fault = policy.fault == nullptr ? "" : policy.fault(out);
  if (!fault.empty()) {
    yaml::bad_value(map.problems(), map.node().where(), std::string(fault));
  }
}

/// `key: source-ip`, `key: {header: NAME}`, and cookies and query parameters alike.
HashKey read_hash_key(MapReader& map) {
  constexpr std::pair<std::string_view, HashKey::Source> kNamed[] = {
      {"header", HashKey::Source::header},
      {"cookie", HashKey::Source::cookie},
      {"query", HashKey::Source::query}};
  const yaml::Node node = map.find("key");
  if (!node) return {};
  if (node.is_scalar() && node.text() == "source-ip") return {HashKey::Source::source_ip, ""};
  if (node.is_mapping() && node.size() == 1) {
    const yaml::Entry only = *node.entries().begin();
    for (const auto& [word, source] : kNamed) {
      if (only.key.text() == word) return {source, std::string(only.value.text())};
    }
  }
  std::string help = did_you_mean(node.is_scalar()    ? node.text()
                                  : node.is_mapping() ? (*node.entries().begin()).key.text()
                                                      : "",
                                  {"source-ip", "header", "cookie", "query"});
  if (help.empty())
    help = "write `source-ip`, `{header: NAME}`, `{cookie: NAME}` or `{query: NAME}`";
  yaml::bad_value(map.problems(), node.where(), "`key` does not say what to hash", help);
  return {};
}

/// `balancer: NAME`, or `balancer: {NAME: {its parameters}}`.
std::optional<PolicyOverride::Balancing> read_balancer(yaml::Node node, yaml::Problems& problems) {
  if (!node) return std::nullopt;
  const bool plain = node.is_scalar();
  if (!plain && !(node.is_mapping() && node.size() == 1)) {
    yaml::bad_value(problems, node.where(), "`balancer` must be one policy",
                    "write `least-request`, or `{ring-hash: {minimum-ring: 4096}}`");
    return std::nullopt;
  }
  const yaml::Node word = plain ? node : (*node.entries().begin()).key;
  const Policy* policy = find_policy(word.text());
  if (policy == nullptr) {
    std::vector<std::string_view> names;
    for (const Policy* each : policies()) names.push_back(each->name);
    std::string help = did_you_mean(word.text(), names);
    if (help.empty()) help = "policies are " + str::join(names, ", ");
    yaml::bad_value(problems, word.where(), fmt::format("no balancer `{}`", word.text()), help);
    return std::nullopt;
  }
  PolicyOverride::Balancing out{policy, {}, {}};
  const yaml::Node value = plain ? yaml::Node() : (*node.entries().begin()).value;
  if (!value || value.is_null()) return out;
  MapReader map(value, fmt::format("balancer `{}`", policy->name), problems);
  if (!value.is_mapping()) return out;
  read_parameters(map, *policy, out.settings);
  if (policy->hashes) out.hash = read_hash_key(map);
  map.done();
  return out;
}

std::optional<HealthCheck> read_health_check(yaml::Node node, yaml::Problems& problems) {
  if (!node) return std::nullopt;
  MapReader map(node, "health-check", problems);
  HealthCheck out;
  out.interval = 10 * kSecond;
  set_time(map, "interval", out.interval, kMillisecond);
  set_time(map, "timeout", out.timeout, kMillisecond);
  set_count(map, "unhealthy", out.unhealthy_threshold, 1);
  set_count(map, "healthy", out.healthy_threshold, 1);
  map.done();
  return out;
}

void read_success_rate(yaml::Node node, OutlierSettings::SuccessRate& out,
                       yaml::Problems& problems) {
  if (!node) return;
  MapReader map(node, "success-rate", problems);
  out.enforcing = 100;
  if (const auto share = map.percent("enforcing")) {
    out.enforcing = static_cast<std::uint32_t>(*share * 100 + 0.5);
  }
  set_count(map, "minimum-hosts", out.minimum_hosts, 1);
  set_count(map, "requests", out.request_volume, 1);
  if (const auto factor = map.number("deviations")) out.deviation_factor = *factor * 1000;
  map.done();
}

void read_failure_share(yaml::Node node, OutlierSettings::FailurePercentage& out,
                        yaml::Problems& problems) {
  if (!node) return;
  MapReader map(node, "failure-share", problems);
  out.enforcing = 100;
  if (const auto share = map.percent("enforcing")) {
    out.enforcing = static_cast<std::uint32_t>(*share * 100 + 0.5);
  }
  set_percent(map, "threshold", out.threshold);
  set_count(map, "minimum-hosts", out.minimum_hosts, 1);
  set_count(map, "requests", out.request_volume, 1);
  map.done();
}

/// What only Envoy has: failures in a row, and those of the connection by themselves.
void read_counters(MapReader& map, OutlierSettings& out) {
  set_count(map, "consecutive-5xx", out.consecutive_5xx, 0);
  set_count(map, "consecutive-gateway", out.consecutive_gateway, 0);
  set_count(map, "consecutive-local", out.consecutive_local, 0);
  out.split_local_errors = map.boolean("split-local").value_or(false);
}

std::optional<OutlierSettings> read_outlier(yaml::Node node, yaml::Problems& problems) {
  if (!node) return std::nullopt;
  MapReader map(node, "outlier", problems);
  constexpr std::string_view kStyles[] = {"envoy", "grpc"};
  const auto style = map.choice("style", kStyles);
  const bool envoy = !style || *style == "envoy";
  OutlierSettings out = envoy ? OutlierSettings() : OutlierSettings::grpc();
  out.enabled = true;
  if (envoy) read_counters(map, out);
  set_time(map, "interval", out.interval, kMillisecond);
  set_time(map, "ejection", out.base_ejection, kMillisecond);
  set_time(map, "longest-ejection", out.max_ejection, kMillisecond);
  set_time(map, "jitter", out.max_jitter);
  set_percent(map, "most-ejected", out.max_ejection_percent);
  out.always_eject_one = map.boolean("always-one").value_or(false);
  for (const yaml::Node code : map.list("codes")) {
    const auto status = code.is_scalar() ? yaml::to_int(code.text()) : std::nullopt;
    if (status && *status >= 100 && *status <= 599) {
      out.codes.push_back(static_cast<std::uint16_t>(*status));
    } else {
      yaml::bad_value(problems, code.where(), fmt::format("`{}` is no HTTP status", code.text()));
    }
  }
  read_success_rate(map.find("success-rate"), out.success_rate, problems);
  read_failure_share(map.find("failure-share"), out.failure_percentage, problems);
  map.done();
  return out;
}

std::optional<CircuitBreaker> read_limits(yaml::Node node, yaml::Problems& problems) {
  if (!node) return std::nullopt;
  MapReader map(node, "limits", problems);
  CircuitBreaker out;
  set_count(map, "connections", out.max_connections, 1);
  set_count(map, "pending", out.max_pending, 1);
  set_count(map, "requests", out.max_requests, 1);
  set_count(map, "retries", out.max_retries, 0);
  set_count(map, "requests-per-connection", out.requests_per_connection, 0);
  out.http2 = map.boolean("http2").value_or(false);
  set_count(map, "streams", out.concurrent_streams, 1);
  set_percent(map, "retry-share", out.retry_budget_percent);
  set_count(map, "retry-minimum", out.retry_budget_minimum, 0);
  set_time(map, "retry-interval", out.retry_budget_interval, kMillisecond);
  set_time(map, "idle-timeout", out.idle_timeout, kMillisecond);
  set_time(map, "connection-age", out.connection_age, kMillisecond);
  map.done();
  return out;
}

std::optional<AccrualSettings> read_accrual(yaml::Node node, yaml::Problems& problems) {
  if (!node) return std::nullopt;
  MapReader map(node, "failure-accrual", problems);
  AccrualSettings out;
  out.enabled = true;
  set_count(map, "failures", out.failures, 0);
  set_time(map, "min-penalty", out.min_penalty, kMillisecond);
  set_time(map, "max-penalty", out.max_penalty, kMillisecond);
  if (const auto jitter = map.percent("jitter")) out.jitter = *jitter;
  if (const auto share = map.percent("success-rate")) out.success_rate = *share;
  set_time(map, "window", out.window, 10 * kMillisecond);
  set_count(map, "minimum-requests", out.minimum_requests, 0);
  if (out.max_penalty < out.min_penalty) {
    yaml::bad_value(problems, map.where("max-penalty"),
                    "`max-penalty` must not be below `min-penalty`");
  }
  map.done();
  return out;
}

std::optional<ClientQueue> read_queue(yaml::Node node, yaml::Problems& problems) {
  if (!node) return std::nullopt;
  MapReader map(node, "client-queue", problems);
  ClientQueue out;
  out.capacity = 100;
  set_count(map, "capacity", out.capacity, 1);
  set_time(map, "failfast", out.failfast, kMillisecond);
  map.done();
  return out;
}

std::optional<ThrottleSettings> read_throttle(yaml::Node node, yaml::Problems& problems) {
  if (!node) return std::nullopt;
  MapReader map(node, "retry-throttle", problems);
  ThrottleSettings out;
  map.require("tokens");
  if (const auto n = map.number("tokens")) out.max_tokens = *n;
  if (const auto n = map.number("ratio")) out.token_ratio = *n;
  if (out.max_tokens < 0 || out.max_tokens > 1000 || out.token_ratio < 0) {
    yaml::bad_value(problems, node.where(),
                    "`tokens` must be between 0 and 1000, and `ratio` not below 0");
  }
  map.done();
  return out;
}

std::optional<RetryBudgetSettings> read_budget(yaml::Node node, yaml::Problems& problems) {
  if (!node) return std::nullopt;
  MapReader map(node, "retry-budget", problems);
  RetryBudgetSettings out{0.2, 10, 10 * kSecond};
  if (const auto share = map.percent("ratio")) out.ratio = *share;
  if (const auto n = map.number("per-second")) out.per_second = std::max(0.0, *n);
  set_time(map, "ttl", out.ttl, kSecond);
  map.done();
  return out;
}

}  // namespace

PolicyOverride read_policy(MapReader& map) {
  yaml::Problems& problems = map.problems();
  PolicyOverride out;
  out.balancer = read_balancer(map.find("balancer"), problems);
  out.health = read_health_check(map.find("health-check"), problems);
  out.outlier = read_outlier(map.find("outlier"), problems);
  out.breaker = read_limits(map.find("limits"), problems);
  out.accrual = read_accrual(map.find("failure-accrual"), problems);
  out.queue = read_queue(map.find("client-queue"), problems);
  out.throttle = read_throttle(map.find("retry-throttle"), problems);
  out.budget = read_budget(map.find("retry-budget"), problems);
  if (const auto share = map.percent("panic")) out.panic_threshold = *share * 100;
  if (const auto t = map.duration("connect-timeout")) out.connect_timeout = t->count();
  return out;
}

namespace {

/// Words of `on`: classes and status codes.
void read_retry_on(MapReader& map, RetryPolicy& out) {
  out.on = 0;
  for (const std::string& word : map.strings("on")) {
    const auto status = yaml::to_int(word);
    if (status && *status >= 100 && *status <= 599) {
      out.status_codes.push_back(static_cast<std::uint16_t>(*status));
      out.on |= kRetryStatusCodes;
    } else if (const std::uint32_t bit = retry_class(word); bit != 0) {
      out.on |= bit;
    } else {
      std::string help = did_you_mean(word, retry_words());
      if (help.empty()) help = "classes are " + str::join(retry_words(), ", ") + ", or a status";
      yaml::bad_value(map.problems(), map.where("on"), fmt::format("no retry class `{}`", word),
                      help);
    }
  }
}

RetryPolicy read_retry(yaml::Node node, yaml::Problems& problems) {
  RetryPolicy out;
  if (node.is_scalar() && (node.text() == "none" || node.text() == "0")) return out;
  MapReader map(node, "retry", problems);
  if (map.choice("style", std::array<std::string_view, 2>{"envoy", "grpc"}) == "grpc") {
    // A6 has no defaults for its times; these are those of its examples.
    out.backoff_rule = RetryPolicy::Backoff::grpc;
    out.base_interval = 100 * kMillisecond;
    out.max_interval = kSecond;
    out.avoid_previous_hosts = false;
  }
  out.retries = 1;
  set_count(map, "retries", out.retries, 0, 255);
  out.on = kRetryGatewayError | kRetryReset | kRetryConnectFailure;
  if (map.node().find("on")) read_retry_on(map, out);
  set_time(map, "per-try-timeout", out.per_try_timeout);
  set_time(map, "backoff", out.base_interval, kMillisecond);
  set_time(map, "max-backoff", out.max_interval, kMillisecond);
  if (const auto factor = map.number("multiplier")) {
    out.multiplier = *factor;
    if (*factor < 1) {
      yaml::bad_value(problems, map.where("multiplier"), "`multiplier` must be 1 or more");
    }
  }
  if (const auto avoid = map.boolean("avoid-previous-hosts")) out.avoid_previous_hosts = *avoid;
  constexpr std::uint32_t kMostOfGrpc = 4;  // maxAttempts counts the first one and ends at 5 (A6)
  if (out.backoff_rule == RetryPolicy::Backoff::grpc) {
    out.retries = std::min(out.retries, kMostOfGrpc);
  }
  map.done();
  return out;
}

/// `hedge: {after: 20ms}`: another attempt when an answer takes so long; the first good one wins.
RetryPolicy read_hedge(yaml::Node node, yaml::Problems& problems) {
  MapReader map(node, "hedge", problems);
  RetryPolicy out;
  out.hedge = true;
  out.retries = 1;
  out.base_interval = out.max_interval = kMillisecond;  // Envoy's smallest: no wait at all
  out.on = kRetry5xx;
  map.require("after");
  set_time(map, "after", out.per_try_timeout, kMicrosecond);
  set_count(map, "attempts", out.retries, 1, 3);
  if (map.node().find("on")) read_retry_on(map, out);
  map.done();
  return out;
}

}  // namespace

CallPolicy read_call_policy(MapReader& map) {
  CallPolicy out;
  if (const yaml::Node node = map.find("retry")) out.retry = read_retry(node, map.problems());
  if (const yaml::Node node = map.find("hedge")) {
    if (out.retry) {
      yaml::bad_value(map.problems(), node.where(), "a call has either `retry` or `hedge`",
                      "`hedge` tries again by itself: leave `retry` out");
    }
    out.retry = read_hedge(node, map.problems());
  }
  if (const auto t = map.duration("timeout")) out.timeout = t->count();
  out.failover = map.strings("failover");
  return out;
}

RateLimit read_rate_limit(yaml::Node node, yaml::Problems& problems) {
  RateLimit out;
  if (!node) return out;
  MapReader map(node, "rate-limit", problems);
  const yaml::Node rate = map.require("requests");
  if (rate.is_scalar()) out.rate = parse_rate(rate.text()).value_or(0);
  if (rate && out.rate <= 0) {
    yaml::bad_value(problems, rate.where(), fmt::format("`{}` is no rate", rate.text()),
                    "write it like `100/s` or `30/m`");
  }
  out.burst = std::max(1.0, out.rate);
  if (const auto n = map.integer("burst", 1, 1'000'000'000)) out.burst = static_cast<double>(*n);
  out.shared = map.boolean("shared").value_or(false);
  map.done();
  return out;
}

}  // namespace meshfn::simulate
