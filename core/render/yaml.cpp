// Resources as normalised YAML: one order of keys, one API version, nothing that a cluster added;
// on request with the values that the mesh would assume.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "render/convert.h"
#include "render/intent_istio.h"
#include "render/target.h"
#include "yaml/writer.h"

namespace meshfn::render {

namespace {

using yaml::Value;

/// Keys that people look for first, in this order; all others follow by name.
constexpr std::array kFirstKeys = std::to_array<std::string_view>(
    {"apiVersion",  "kind",     "metadata", "name",           "namespace", "labels",
     "annotations", "spec",     "host",     "hosts",          "gateways",  "selector",
     "servers",     "exportTo", "port",     "number",         "protocol",  "match",
     "uri",         "delegate", "redirect", "directResponse", "rewrite",   "route",
     "destination", "subset",   "weight",   "trafficPolicy",  "subsets",   "http",
     "tls",         "tcp"});

/// What a cluster writes into metadata.
constexpr std::array kServerFields = std::to_array<std::string_view>(
    {"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"});

std::size_t rank(std::string_view key) {
  const auto* found = std::find(kFirstKeys.begin(), kFirstKeys.end(), key);
  return static_cast<std::size_t>(found - kFirstKeys.begin());
}

Value in_order(const Value& from) {
  if (from.is_list()) {
    Value out = Value::list();
    for (const Value& item : from.items()) out.add(in_order(item));
    return out;
  }
  if (!from.is_map()) return from;
  std::vector<std::string> keys = from.keys();
  std::sort(keys.begin(), keys.end(), [](const std::string& a, const std::string& b) {
    return std::pair(rank(a), std::string_view(a)) < std::pair(rank(b), std::string_view(b));
  });
  Value out = Value::map();
  for (const std::string& key : keys) {
    const Value& value = *from.find(key);
    Value ordered = in_order(value);
    ordered.with_comment_before(value.comment_before()).with_comment_after(value.comment_after());
    out.set(key, std::move(ordered));
  }
  return out;
}

Value assumed(Value value) {
  value.with_comment_after("default");
  return value;
}

void assume(Value& map, std::string key, Value value) {
  if (map.find(key) == nullptr) map.set(std::move(key), assumed(std::move(value)));
}

/// Istio's route defaults (pilot route.go, retry.go) for rules that send requests on.
void add_route_defaults(Value& spec) {
  Value* http = spec.find("http");
  if (http == nullptr || !http->is_list()) return;
  for (Value& rule : http->items()) {
    Value* route = rule.find("route");
    if (route == nullptr || !route->is_list()) continue;
    if (route->size() == 1 && route->items()[0].is_map()) assume(route->items()[0], "weight", 100);
    assume(rule, "timeout", "0s");
    if (rule.find("retries") != nullptr) continue;
    rule.set(
        "retries",
        assumed(Value::map({{"attempts", 2},
                            {"retryOn", "connect-failure,refused-stream,unavailable,cancelled"}})));
  }
}

/// Only blocks that are there are completed: an outlier detection that was not asked for would
/// change what the mesh does.
void add_policy_defaults(Value& policy) {
  if (policy.find("loadBalancer") == nullptr) {
    policy.set("loadBalancer", assumed(Value::map({{"simple", "LEAST_REQUEST"}})));
  }
  if (Value* outlier = policy.find("outlierDetection"); outlier != nullptr && outlier->is_map()) {
    assume(*outlier, "consecutive5xxErrors", 5);
    assume(*outlier, "interval", "10s");
    assume(*outlier, "baseEjectionTime", "30s");
    assume(*outlier, "maxEjectionPercent", 10);
  }
  if (Value* pool = policy.find("connectionPool"); pool != nullptr && pool->is_map()) {
    assume(pool->at("tcp"), "connectTimeout", "10s");
  }
}

void add_defaults(Value& document, std::string_view kind) {
  Value* spec = document.find("spec");
  if (spec == nullptr || !spec->is_map()) return;
  if (kind == "VirtualService") {
    if (spec->find("hosts") != nullptr) {
      assume(*spec, "gateways", Value::list({"mesh"}));
    }
    add_route_defaults(*spec);
  } else if (kind == "DestinationRule") {
    add_policy_defaults(spec->at("trafficPolicy"));
  }
}

/// v1 has had the fields of v1alpha3 and v1beta1 since Istio 1.22.
constexpr std::string_view kIstioNetworking = "networking.istio.io/";
constexpr std::array kServedAsV1 =
    std::to_array<std::string_view>({"DestinationRule", "Gateway", "ServiceEntry", "Sidecar",
                                     "VirtualService", "WorkloadEntry", "WorkloadGroup"});

void use_stable_version(Value& document, std::string_view kind) {
  const Value* version = document.find("apiVersion");
  if (version == nullptr || !version->text().starts_with(kIstioNetworking)) return;
  if (std::find(kServedAsV1.begin(), kServedAsV1.end(), kind) == kServedAsV1.end()) return;
  document.set("apiVersion", std::string(kIstioNetworking) + "v1");
}

Value normalised(const resource::Object& object, const Options& options) {
  Value document = Value::from(object.root);
  const std::string kind(*object.kind);
  document.erase("status");
  if (Value* metadata = document.find("metadata"); metadata != nullptr && metadata->is_map()) {
    for (const std::string_view field : kServerFields) metadata->erase(field);
  }
  use_stable_version(document, kind);
  if (options.defaults && object.group() == "networking.istio.io") add_defaults(document, kind);
  return in_order(document);
}

std::string file_name(const resource::Object& object, const std::vector<Document>& documents) {
  return document_name(*object.kind, object.scope, *object.name, documents);
}

void list_lost_comments(const Source& source, std::vector<Loss>& losses) {
  for (const yaml::Tree* tree : source.trees) {
    const std::size_t count = tree->comments().size();
    if (count == 0) continue;
    losses.push_back({fmt::format("{} left behind", str::count(count, "comment")),
                      {&tree->file(), tree->comments().front().span}});
  }
}

/// Resources of the other meshes become Istio's by way of the route table.
bool is_routed_elsewhere(const resource::Object& object) {
  constexpr std::array<std::string_view, 8> kKinds = {"Gateway",        "ListenerSet", "HTTPRoute",
                                                      "GRPCRoute",      "TLSRoute",    "TCPRoute",
                                                      "ServiceProfile", "TrafficSplit"};
  return !object.group().ends_with("istio.io") &&
         std::find(kKinds.begin(), kKinds.end(), *object.kind) != kKinds.end();
}

/// What of the other meshes says who may or what leaves the cluster is missed; Services and the
/// like stay where they are, and Istio asks for no grants.
Loss not_istio(const resource::Object& object) {
  const bool missed = object.group().ends_with("linkerd.io") ||
                      (object.group() == resource::gateway_api::kGroup &&
                       *object.kind != "ReferenceGrant" && *object.kind != "GatewayClass");
  return {fmt::format("{} `{}` is no Istio resource", *object.kind, *object.name), object.where(),
          missed ? Severity::error : Severity::info};
}

/// Routes documents are there as the Istio resources they became.
bool is_intent_object(const resource::Object& object) { return is_intent(object.root); }

}  // namespace

Result<Rendered> to_yaml(const Source& source, const Options& options) {
  Rendered out;
  out.separator = "---\n";
  for (const resource::Object& object : source.mesh.objects()) {
    if (is_intent_object(object)) continue;
    if (!object.kind || !object.api_version) {
      out.losses.push_back(
          {"a document without `apiVersion` and `kind` is no resource", object.where()});
      continue;
    }
    out.documents.push_back(
        {file_name(object, out.documents), yaml::write(normalised(object, options))});
  }
  list_lost_comments(source, out.losses);
  return out;
}

Result<Rendered> to_istio(const Source& source, const Options& options) {
  Rendered out;
  out.separator = "---\n";
  for (const resource::Object& object : source.mesh.objects()) {
    if (is_intent_object(object) || is_routed_elsewhere(object)) continue;
    if (!object.group().ends_with("istio.io")) {
      out.losses.push_back(not_istio(object));
      continue;
    }
    out.documents.push_back(
        {file_name(object, out.documents), yaml::write(normalised(object, options))});
  }
  add_istio_routes(source, out);
  for (Loss& loss : unread_fields(source.mesh, Audience::istio)) {
    out.losses.push_back(std::move(loss));
  }
  list_lost_comments(source, out.losses);
  if (out.documents.empty() && out.losses.empty()) {
    return fail("there is nothing in the input that Istio could be told",
                "`meshfn render --to yaml` takes every kind");
  }
  return out;
}

}  // namespace meshfn::render
