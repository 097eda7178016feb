// Envoy's configuration, field by field: every object that is printed has only fields that its
// message has (envoy.config.route.v3, envoy.config.cluster.v3), and enums only their values.

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "render/rendering.h"
#include "routing/loaded.h"

namespace meshfn::render {

namespace {

using Json = nlohmann::json;

/// Fields of the messages that are printed, and which message a field holds ("" for a scalar).
const std::map<std::string, std::map<std::string, std::string>>& messages() {
  static const std::map<std::string, std::map<std::string, std::string>> all = {
      {"RouteConfiguration",
       {{"@type", ""},
        {"name", ""},
        {"virtual_hosts", "VirtualHost"},
        {"ignore_port_in_host_matching", ""}}},
      {"VirtualHost", {{"name", ""}, {"domains", ""}, {"routes", "Route"}}},
      {"Route",
       {{"name", ""},
        {"match", "RouteMatch"},
        {"route", "RouteAction"},
        {"redirect", "RedirectAction"},
        {"direct_response", "DirectResponse"},
        {"request_headers_to_add", "HeaderValueOption"},
        {"request_headers_to_remove", ""},
        {"response_headers_to_add", "HeaderValueOption"},
        {"response_headers_to_remove", ""},
        {"typed_per_filter_config", "*"}}},
      {"RouteMatch",
       {{"prefix", ""},
        {"path", ""},
        {"path_separated_prefix", ""},
        {"safe_regex", "Regex"},
        {"case_sensitive", ""},
        {"headers", "HeaderMatcher"},
        {"query_parameters", "QueryMatcher"}}},
      {"Regex", {{"regex", ""}}},
      {"HeaderMatcher",
       {{"name", ""},
        {"present_match", ""},
        {"string_match", "StringMatcher"},
        {"invert_match", ""},
        {"treat_missing_header_as_empty", ""}}},
      {"QueryMatcher", {{"name", ""}, {"present_match", ""}, {"string_match", "StringMatcher"}}},
      {"StringMatcher",
       {{"exact", ""},
        {"prefix", ""},
        {"suffix", ""},
        {"safe_regex", "Regex"},
        {"ignore_case", ""}}},
      {"RouteAction",
       {{"cluster", ""},
        {"weighted_clusters", "WeightedCluster"},
        {"prefix_rewrite", ""},
        {"regex_rewrite", "RegexRewrite"},
        {"host_rewrite_literal", ""},
        {"timeout", ""},
        {"retry_policy", "RetryPolicy"},
        {"request_mirror_policies", "MirrorPolicy"},
        {"hash_policy", "*"}}},
      {"RegexRewrite", {{"pattern", "Regex"}, {"substitution", ""}}},
      {"WeightedCluster", {{"clusters", "ClusterWeight"}}},
      {"ClusterWeight",
       {{"name", ""},
        {"weight", ""},
        {"request_headers_to_add", "HeaderValueOption"},
        {"request_headers_to_remove", ""},
        {"response_headers_to_add", "HeaderValueOption"},
        {"response_headers_to_remove", ""}}},
      {"HeaderValueOption", {{"header", "HeaderValue"}, {"append_action", ""}}},
      {"HeaderValue", {{"key", ""}, {"value", ""}}},
      {"RetryPolicy",
       {{"retry_on", ""},
        {"num_retries", ""},
        {"retriable_status_codes", ""},
        {"per_try_timeout", ""},
        {"retry_back_off", "BackOff"},
        {"retry_host_predicate", "*"},
        {"host_selection_retry_max_attempts", ""}}},
      {"BackOff", {{"base_interval", ""}}},
      {"MirrorPolicy", {{"cluster", ""}, {"runtime_fraction", "*"}}},
      {"RedirectAction",
       {{"host_redirect", ""},
        {"port_redirect", ""},
        {"scheme_redirect", ""},
        {"path_redirect", ""},
        {"prefix_rewrite", ""},
        {"response_code", ""}}},
      {"DirectResponse", {{"status", ""}, {"body", "*"}}},
      {"Cluster",
       {{"@type", ""},
        {"name", ""},
        {"type", ""},
        {"connect_timeout", ""},
        {"lb_policy", ""},
        {"maglev_lb_config", "*"},
        {"ring_hash_lb_config", "*"},
        {"least_request_lb_config", "*"},
        {"round_robin_lb_config", "*"},
        {"circuit_breakers", "*"},
        {"typed_extension_protocol_options", "*"},
        {"outlier_detection", "OutlierDetection"},
        {"common_lb_config", "*"},
        {"load_assignment", "*"}}},
      {"OutlierDetection",
       {{"consecutive_5xx", ""},
        {"enforcing_consecutive_5xx", ""},
        {"consecutive_gateway_failure", ""},
        {"enforcing_consecutive_gateway_failure", ""},
        {"split_external_local_origin_errors", ""},
        {"consecutive_local_origin_failure", ""},
        {"enforcing_consecutive_local_origin_failure", ""},
        {"enforcing_local_origin_success_rate", ""},
        {"interval", ""},
        {"base_ejection_time", ""},
        {"max_ejection_percent", ""},
        {"enforcing_success_rate", ""}}}};
  return all;
}

void check(const Json& value, const std::string& message, const std::string& path) {
  if (message == "*") return;
  if (value.is_array()) {
    for (const Json& item : value) check(item, message, path + "[]");
    return;
  }
  if (message.empty()) {
    INFO(path);
    CHECK_FALSE(value.is_object());
    return;
  }
  REQUIRE(value.is_object());
  const auto& fields = messages().at(message);
  for (const auto& [name, inner] : value.items()) {
    INFO(path << "." << name << " of " << message);
    const auto field = fields.find(name);
    REQUIRE(field != fields.end());
    check(inner, field->second, path + "." + name);
  }
}

/// One of the two documents.
Json document(const std::string& text, std::size_t index) {
  const auto input = read_texts({{"in.yaml", text}});
  const auto out = find_target("envoy")->run(input->source(), {});
  REQUIRE(out);
  return Json::parse(out->documents.at(index).text);
}

void check_all(const std::string& text) {
  const Json routes = document(text, 0);
  for (const Json& one : routes["resources"]) {
    check(one, "RouteConfiguration", "routes");
    std::set<std::string> domains;
    for (const Json& host : one["virtual_hosts"]) {
      for (const Json& domain : host["domains"]) CHECK(domains.insert(domain).second);
      for (const Json& route : host["routes"]) {
        // Exactly one action and one way to look at the path.
        CHECK(route.contains("route") + route.contains("redirect") +
                  route.contains("direct_response") ==
              1);
        const Json& match = route["match"];
        CHECK(match.contains("prefix") + match.contains("path") +
                  match.contains("path_separated_prefix") + match.contains("safe_regex") ==
              1);
      }
    }
  }
  const Json clusters = document(text, 1);
  for (const Json& one : clusters["resources"]) check(one, "Cluster", "clusters");
}

constexpr const char* kEverything = R"(
apiVersion: v1
kind: Service
metadata: {name: a, namespace: n}
spec: {ports: [{port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, namespace: n}
spec:
  host: a
  trafficPolicy:
    loadBalancer: {consistentHash: {httpHeaderName: x-user}}
    connectionPool: {tcp: {maxConnections: 10, connectTimeout: 1500ms}, http: {http1MaxPendingRequests: 5, maxRequestsPerConnection: 2}}
    outlierDetection: {consecutive5xxErrors: 3, interval: 5s, maxEjectionPercent: 50}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: n}
spec:
  hosts: [a]
  http:
  - {match: [{uri: {exact: /Old}, ignoreUriCase: true}], redirect: {uri: /new, redirectCode: 308}}
  - {match: [{uri: {regex: '/t[0-9]'}}], directResponse: {status: 418, body: {string: tea}}}
  - match: [{uri: {prefix: /api/}, method: {exact: GET}, headers: {x: {prefix: v}}, withoutHeaders: {y: {}}, queryParams: {q: {regex: '.+'}}}]
    rewrite: {uri: /, authority: inner}
    timeout: 1.5s
    retries: {attempts: 3, retryOn: '5xx,429', perTryTimeout: 500ms}
    fault: {delay: {fixedDelay: 2s, percentage: {value: 12.5}}, abort: {httpStatus: 503, percentage: {value: 1}}}
    mirror: {host: c}
    mirrorPercentage: {value: 10}
    corsPolicy: {allowOrigins: [{exact: 'https://a.com'}, {regex: '.*'}], allowMethods: [GET], maxAge: 1h}
    headers: {request: {set: {a: b}, remove: [c]}, response: {add: {d: e}}}
    route: [{destination: {host: a}, weight: 90}, {destination: {host: b}, weight: 10}]
  - {route: [{destination: {host: a}}]}
)";

}  // namespace

TEST_CASE("every field that is printed is one of Envoy's", "[render][envoy]") {
  check_all(kEverything);
}

TEST_CASE("public meshes become configurations of Envoy's fields", "[render][envoy][corpus]") {
  namespace fs = std::filesystem;
  const fs::path folder = routing::shared() / "corpus" / "bookinfo";
  if (!fs::exists(folder)) return;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().string());
    check_all(routing::contents(entry.path()));
  }
}

TEST_CASE("actions and policies are told in Envoy's words", "[render][envoy]") {
  const Json routes = document(kEverything, 0)["resources"][0]["virtual_hosts"][0]["routes"];
  REQUIRE(routes.size() == 4);
  CHECK(routes[0]["match"]["case_sensitive"] == false);
  CHECK(routes[0]["redirect"]["response_code"] == "PERMANENT_REDIRECT");
  CHECK(routes[1]["direct_response"]["body"]["inline_string"] == "tea");
  const Json& api = routes[2];
  CHECK(api["route"]["timeout"] == "1.5s");
  CHECK(api["route"]["retry_policy"]["retry_on"] == "5xx,retriable-status-codes");
  CHECK(api["route"]["retry_policy"]["retriable_status_codes"] == Json::array({429}));
  CHECK(api["route"]["weighted_clusters"]["clusters"][0]["weight"] == 90);
  CHECK(api["typed_per_filter_config"]["envoy.filters.http.fault"]["delay"]["percentage"] ==
        Json({{"numerator", 125'000}, {"denominator", "MILLION"}}));
  CHECK(routes[3]["route"]["hash_policy"][0]["header"]["header_name"] == "x-user");
  CHECK(routes[3]["route"]["cluster"] == "outbound|80||a.n.svc.cluster.local");
  const Json cluster = document(kEverything, 1)["resources"][0];
  CHECK(cluster["name"] == "outbound|80||a.n.svc.cluster.local");
  CHECK(cluster["lb_policy"] == "RING_HASH");
  CHECK(cluster["connect_timeout"] == "1.5s");
  CHECK(cluster["circuit_breakers"]["thresholds"][0]["max_connections"] == 10);
  CHECK(cluster["outlier_detection"]["consecutive_5xx"] == 3);
}

}  // namespace meshfn::render
