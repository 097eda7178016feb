#include "lint/rules/mesh_config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/str.h"
#include "base/units.h"
#include "lint/rules/mesh_config_policy.h"

namespace meshfn::lint::istio {

namespace {

std::string port_text_problem(std::string_view text) {
  const auto number = yaml::to_int(text);
  return number ? port_problem(*number) : "";
}

std::string duration_text_problem(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration ? duration_problem(*duration) : fmt::format("`{}` is no duration", text);
}

std::string connect_timeout_problem(std::string_view text) {
  std::string problem = duration_text_problem(text);
  if (!problem.empty() || parse_duration(text) <= std::chrono::hours(1)) return problem;
  return fmt::format("`{}` is longer than an hour", text);
}

/// 0, or whole milliseconds.
std::string detection_problem(std::string_view text) {
  const auto duration = parse_duration(text);
  return duration && duration->count() == 0 ? "" : duration_text_problem(text);
}

/// Whole seconds.
std::string drain_problem(std::string_view text) {
  std::string problem = duration_text_problem(text);
  if (!problem.empty() || (*parse_duration(text) % std::chrono::seconds(1)).count() == 0) {
    return problem;
  }
  return fmt::format("`{}` is not a whole number of seconds", text);
}

/// The statuses that Envoy's API has a name for.
std::string status_problem(std::string_view text) {
  constexpr std::string_view kKnown =
      "100 200 201 202 203 204 205 206 207 208 226 300 301 302 303 304 305 307 308 400 401 402 403 "
      "404 405 406 407 408 409 410 411 412 413 414 415 416 417 421 422 423 424 426 428 429 431 500 "
      "501 502 503 504 505 506 507 508 510 511";
  const auto known = str::split(kKnown, ' ');
  const bool named = std::find(known.begin(), known.end(), text) != known.end();
  return named ? "" : fmt::format("Envoy cannot answer with `{}`", text);
}

std::string path_prefix_problem(std::string_view text) {
  return text.starts_with('/') ? "" : fmt::format("`{}` does not begin with `/`", text);
}

/// `host:port`; the address of the node may be filled in later.
std::string address_problem(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fmt::format("`{}` has no port", text);
  const std::string_view port = text.substr(colon + 1);
  std::string_view host = text.substr(0, colon);
  const auto number = yaml::to_int(port);
  if (!number || !port_problem(*number).empty()) {
    return fmt::format("`{}` is no port number", port);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host == "$(HOST_IP)" || is_ip(host) ? "" : name_problem(host);
}

std::string trust_domain_problem(std::string_view text) {
  for (const std::string_view label : str::split(text, '.')) {
    if (!is_label(label)) return fmt::format("`{}` is no trust domain", text);
  }
  return {};
}

std::string not_negative_problem(std::string_view text) {
  const auto number = yaml::to_int(text);
  return number && *number < 0 ? fmt::format("`{}` is below 0", text) : "";
}

struct Setting {
  std::string_view path;  ///< dots between keys; lists are looked into
  std::string (*problem)(std::string_view text);
};

constexpr std::array<Setting, 7> kMesh = {{{"proxyListenPort", port_text_problem},
                                           {"proxyHttpPort", port_text_problem},
                                           {"connectTimeout", connect_timeout_problem},
                                           {"protocolDetectionTimeout", detection_problem},
                                           {"trustDomain", trust_domain_problem},
                                           {"trustDomainAliases", trust_domain_problem},
                                           {"serviceSettings.hosts", domain_problem}}};

constexpr std::array<Setting, 14> kProxy = {{{"concurrency", not_negative_problem},
                                             {"discoveryAddress", address_problem},
                                             {"drainDuration", drain_problem},
                                             {"terminationDrainDuration", duration_text_problem},
                                             {"proxyAdminPort", port_text_problem},
                                             {"statusPort", port_text_problem},
                                             {"zipkinAddress", address_problem},
                                             {"statsdUdpAddress", address_problem},
                                             {"envoyMetricsServiceAddress", address_problem},
                                             {"envoyMetricsService.address", address_problem},
                                             {"envoyAccessLogService.address", address_problem},
                                             {"tracing.zipkin.address", address_problem},
                                             {"tracing.datadog.address", address_problem},
                                             {"tracing.lightstep.address", address_problem}}};

/// Calls `visit(scalar)` for every scalar at `path` below `node`.
template <class Visit>
void at_path(yaml::Node node, std::string_view path, const Visit& visit) {
  if (node.is_sequence()) {
    for (const yaml::Node item : node.items()) at_path(item, path, visit);
    return;
  }
  if (path.empty()) {
    if (node.is_scalar() && !node.is_null()) visit(node);
    return;
  }
  const std::size_t dot = path.find('.');
  const std::string_view rest = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  at_path(node.find(path.substr(0, dot)), rest, visit);
}

void check(yaml::Node config, std::span<const Setting> settings, std::vector<Problem>& problems) {
  for (const Setting& setting : settings) {
    at_path(config, setting.path, [&](yaml::Node value) {
      // An empty text is as good as none, but for an item of a list.
      const bool none = value.text().empty() && setting.path != "trustDomainAliases";
      const std::string problem = none ? "" : setting.problem(value.text());
      if (problem.empty()) return;
      problems.push_back({value.where(), fmt::format("`{}`: {}", setting.path, problem)});
    });
  }
}

void require(yaml::Node holder, std::string_view field, std::vector<Problem>& problems) {
  if (!holder.is_mapping() || !holder.find(field).is_null()) return;
  problems.push_back({holder.where(), fmt::format("`{}` is missing here", field)});
}

}  // namespace

std::vector<Problem> proxy_config_problems(yaml::Node config) {
  std::vector<Problem> problems;
  check(config, kProxy, problems);
  const yaml::Node lightstep = config.at("tracing", "lightstep");
  require(lightstep, "address", problems);
  require(lightstep, "accessToken", problems);
  for (const std::string_view accelerator : {"cryptomb", "qat"}) {
    const yaml::Node settings = config.at("privateKeyProvider", accelerator);
    require(settings, "pollDelay", problems);
    const yaml::Node delay = settings.find("pollDelay");
    const auto duration = parse_duration(delay.text());
    if (duration && duration->count() == 0) {
      problems.push_back({delay.where(), "a `pollDelay` of 0 is as good as none"});
    }
  }
  for (const auto [key, tag, merged] : config.at("tracing", "customTags").entries()) {
    if (!tag.is_null()) continue;
    problems.push_back({key.where(), fmt::format("tag `{}` has no content", key.text())});
  }
  return problems;
}

std::span<const std::string_view> proxy_config_fields() {
  static constexpr std::string_view kFields[] = {"availabilityZone",
                                                 "binaryPath",
                                                 "caCertificatesPem",
                                                 "concurrency",
                                                 "configPath",
                                                 "controlPlaneAuthPolicy",
                                                 "customConfigFile",
                                                 "discoveryAddress",
                                                 "discoveryRefreshDelay",
                                                 "drainDuration",
                                                 "envoyAccessLogService",
                                                 "envoyMetricsService",
                                                 "envoyMetricsServiceAddress",
                                                 "extraStatTags",
                                                 "fileFlushInterval",
                                                 "fileFlushMinSizeKb",
                                                 "gatewayTopology",
                                                 "holdApplicationUntilProxyStarts",
                                                 "image",
                                                 "interceptionMode",
                                                 "meshId",
                                                 "privateKeyProvider",
                                                 "proxyAdminPort",
                                                 "proxyBootstrapTemplatePath",
                                                 "proxyHeaders",
                                                 "proxyMetadata",
                                                 "proxyStatsMatcher",
                                                 "readinessProbe",
                                                 "runtimeValues",
                                                 "sds",
                                                 "serviceCluster",
                                                 "statNameLength",
                                                 "statsdUdpAddress",
                                                 "statusPort",
                                                 "terminationDrainDuration",
                                                 "tracing",
                                                 "tracingServiceName",
                                                 "zipkinAddress"};
  return kFields;
}

std::vector<Problem> provider_problems(yaml::Node provider) {
  static constexpr std::array<Setting, 3> kSettings = {
      {{"envoyExtAuthzHttp.statusOnError", status_problem},
       {"envoyExtAuthzGrpc.statusOnError", status_problem},
       {"envoyExtAuthzHttp.pathPrefix", path_prefix_problem}}};
  std::vector<Problem> problems;
  check(provider, kSettings, problems);
  const yaml::Node traces = provider.find("opentelemetry");
  if (traces.find("grpc") && traces.find("http")) {
    problems.push_back(
        {traces.find_key("http").where(), "spans are sent by `grpc` or by `http`, not by both"});
  }
  return problems;
}

std::vector<Problem> mesh_config_problems(yaml::Node config) {
  std::vector<Problem> problems = proxy_config_problems(config.find("defaultConfig"));
  check(config, kMesh, problems);
  for (Problem& problem : default_policy_problems(config)) problems.push_back(std::move(problem));
  const yaml::Node curves = config.at("meshMTLS", "ecdhCurves");
  if (curves.size() > 0) {
    problems.push_back({curves.where(),
                        "`meshMTLS.ecdhCurves` cannot be set; "
                        "`tlsDefaults.ecdhCurves` is for traffic outside the mesh"});
  }
  const yaml::Node retries = config.find("defaultInboundHttpRetryPolicy");
  const resource::Integer attempts = resource::integer(retries.find("attempts"));
  if (attempts && *attempts < 0) {
    problems.push_back({attempts.where(), fmt::format("{} attempts are below 0", *attempts)});
  }
  if (attempts && *attempts == 0 && !retries.find("backoff").is_null()) {
    problems.push_back({attempts.where(), "0 attempts need no `backoff`"});
  }
  return problems;
}

}  // namespace meshfn::lint::istio
