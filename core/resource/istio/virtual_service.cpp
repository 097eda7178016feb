#include "resource/istio/virtual_service.h"

#include <algorithm>

#include "resource/istio/retries.h"

namespace meshfn::resource::istio {

namespace {

StringMatch decode_string_match(yaml::Node node) {
  StringMatch match;
  match.node = node;
  const auto take = [&](std::string_view key, StringMatch::Kind kind) {
    const yaml::Node value = node.find(key);
    if (!value.is_scalar()) return;
    match.kind = kind;
    match.value = {value.text(), value};
  };
  take("exact", StringMatch::Kind::exact);
  take("prefix", StringMatch::Kind::prefix);
  take("regex", StringMatch::Kind::regex);
  return match;
}

std::optional<StringMatch> optional_match(yaml::Node node) {
  if (!node.is_mapping() || node.size() == 0) return std::nullopt;
  return decode_string_match(node);
}

std::vector<NamedMatch> named_matches(yaml::Node node) {
  std::vector<NamedMatch> out;
  for (const yaml::Entry entry : node.entries()) {
    out.push_back({text(entry.key), decode_string_match(entry.value)});
  }
  return out;
}

HttpMatch decode_match(yaml::Node node) {
  HttpMatch match;
  match.node = node;
  match.name = text(node.find("name"));
  match.uri = optional_match(node.find("uri"));
  match.scheme = optional_match(node.find("scheme"));
  match.method = optional_match(node.find("method"));
  match.authority = optional_match(node.find("authority"));
  match.headers = named_matches(node.find("headers"));
  match.without_headers = named_matches(node.find("withoutHeaders"));
  match.query_params = named_matches(node.find("queryParams"));
  match.port = integer(node.find("port"));
  match.source_labels = labels(node.find("sourceLabels"));
  match.source_namespace = text(node.find("sourceNamespace"));
  match.gateways = texts(node.find("gateways"));
  match.ignore_uri_case = boolean(node.find("ignoreUriCase"));
  return match;
}

WeightedDestination decode_weighted(yaml::Node node) {
  return {node, decode_destination(node.find("destination")), integer(node.find("weight")),
          node.find("headers")};
}

}  // namespace

std::optional<Retries> decode_retries(yaml::Node node) {
  if (!node.is_mapping()) return std::nullopt;
  Retries retries;
  retries.node = node;
  retries.attempts = integer(node.find("attempts"));
  retries.per_try_timeout = duration(node.find("perTryTimeout"));
  retries.backoff = duration(node.find("backoff"));
  retries.retry_on = text(node.find("retryOn"));
  retries.retry_remote_localities = boolean(node.find("retryRemoteLocalities"));
  retries.retry_ignore_previous_hosts = boolean(node.find("retryIgnorePreviousHosts"));
  return retries;
}

namespace {

std::optional<Fault> decode_fault(yaml::Node node) {
  if (!node.is_mapping()) return std::nullopt;
  Fault fault;
  fault.node = node;
  fault.delay_node = node.find("delay");
  fault.fixed_delay = duration(fault.delay_node.find("fixedDelay"));
  fault.delay_percentage = number(fault.delay_node.at("percentage", "value"));
  if (!fault.delay_percentage) fault.delay_percentage = number(fault.delay_node.find("percent"));
  fault.abort_node = node.find("abort");
  fault.abort_status = integer(fault.abort_node.find("httpStatus"));
  fault.abort_grpc_status = text(fault.abort_node.find("grpcStatus"));
  fault.abort_percentage = number(fault.abort_node.at("percentage", "value"));
  return fault;
}

/// The field, unless it is null: the API server drops fields that say so.
yaml::Node given(yaml::Node parent, std::string_view field) {
  const yaml::Node node = parent.find(field);
  return node.is_null() ? yaml::Node() : node;
}

std::vector<Mirror> decode_mirrors(yaml::Node route) {
  std::vector<Mirror> out;
  if (const yaml::Node single = given(route, "mirror")) {
    Mirror mirror{single, decode_destination(single),
                  number(route.at("mirrorPercentage", "value"))};
    // Two deprecated spellings of the same field.
    for (const std::string_view old : {"mirrorPercent", "mirror_percent"}) {
      if (!mirror.percentage) mirror.percentage = number(route.find(old));
    }
    out.push_back(mirror);
  }
  for (const yaml::Node node : route.find("mirrors").items()) {
    out.push_back({node, decode_destination(node.find("destination")),
                   number(node.at("percentage", "value"))});
  }
  return out;
}

HttpRoute decode_http(yaml::Node node) {
  HttpRoute route;
  route.node = node;
  route.name = text(node.find("name"));
  route.match = each<HttpMatch>(node.find("match"), decode_match);
  route.route = each<WeightedDestination>(node.find("route"), decode_weighted);
  route.redirect = given(node, "redirect");
  route.direct_response = given(node, "directResponse");
  route.rewrite = given(node, "rewrite");
  route.delegate = given(node, "delegate");
  route.headers = given(node, "headers");
  route.cors_policy = given(node, "corsPolicy");
  route.timeout = duration(node.find("timeout"));
  route.retries = decode_retries(node.find("retries"));
  route.fault = decode_fault(node.find("fault"));
  route.mirrors = decode_mirrors(node);
  return route;
}

L4Match decode_l4_match(yaml::Node node) {
  return {node,
          texts(node.find("sniHosts")),
          texts(node.find("destinationSubnets")),
          integer(node.find("port")),
          labels(node.find("sourceLabels")),
          text(node.find("sourceNamespace")),
          texts(node.find("gateways"))};
}

L4Route decode_l4(yaml::Node node) {
  return {node, each<L4Match>(node.find("match"), decode_l4_match),
          each<WeightedDestination>(node.find("route"), decode_weighted)};
}

}  // namespace

Destination decode_destination(yaml::Node node) {
  return {node, text(node.find("host")), text(node.find("subset")),
          integer(node.at("port", "number"))};
}

bool names_mesh(const std::vector<Text>& gateways) {
  return std::any_of(gateways.begin(), gateways.end(),
                     [](const Text& name) { return name.value == "mesh"; });
}

VirtualService decode_virtual_service(Object object) {
  VirtualService service{std::move(object), {}, {}, {}, {}, {}, {}};
  const yaml::Node spec = service.spec;
  service.hosts = texts(spec.find("hosts"));
  service.gateways = texts(spec.find("gateways"));
  service.export_to = texts(spec.find("exportTo"));
  service.http = each<HttpRoute>(spec.find("http"), decode_http);
  service.tls = each<L4Route>(spec.find("tls"), decode_l4);
  service.tcp = each<L4Route>(spec.find("tcp"), decode_l4);
  return service;
}

}  // namespace meshfn::resource::istio
