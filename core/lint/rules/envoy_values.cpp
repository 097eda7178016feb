// What an EnvoyFilter puts into Envoy's configuration, as far as it can be judged without Envoy's
// own schema: types of the API, the fields people patch, names of filters.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "base/suggest.h"
#include "lint/each.h"
#include "lint/rules/envoy_messages.h"
#include "lint/rules/envoy_patches.h"
#include "lint/rules/security_families.h"

namespace meshfn::lint {

namespace {

using diagnostic::Findings;
using diagnostic::Rule;
using diagnostic::Severity;
using istio::EnvoyPatch;
using resource::Mesh;
using resource::Object;

struct Renamed {
  std::string_view old_name;
  std::string_view name;
};

/// Names of filters that Envoy replaced when names became those of its extensions.
constexpr std::array<Renamed, 27> kRenamed = {
    {{"envoy.buffer", "envoy.filters.http.buffer"},
     {"envoy.client_ssl_auth", "envoy.filters.network.client_ssl_auth"},
     {"envoy.cors", "envoy.filters.http.cors"},
     {"envoy.csrf", "envoy.filters.http.csrf"},
     {"envoy.echo", "envoy.filters.network.echo"},
     {"envoy.ext_authz", "envoy.filters.http.ext_authz"},
     {"envoy.fault", "envoy.filters.http.fault"},
     {"envoy.grpc_http1_bridge", "envoy.filters.http.grpc_http1_bridge"},
     {"envoy.grpc_json_transcoder", "envoy.filters.http.grpc_json_transcoder"},
     {"envoy.grpc_web", "envoy.filters.http.grpc_web"},
     {"envoy.gzip", "envoy.filters.http.compressor"},
     {"envoy.health_check", "envoy.filters.http.health_check"},
     {"envoy.http_connection_manager", "envoy.filters.network.http_connection_manager"},
     {"envoy.http_dynamo_filter", "envoy.filters.http.dynamo"},
     {"envoy.ip_tagging", "envoy.filters.http.ip_tagging"},
     {"envoy.listener.http_inspector", "envoy.filters.listener.http_inspector"},
     {"envoy.listener.original_dst", "envoy.filters.listener.original_dst"},
     {"envoy.listener.original_src", "envoy.filters.listener.original_src"},
     {"envoy.listener.proxy_protocol", "envoy.filters.listener.proxy_protocol"},
     {"envoy.listener.tls_inspector", "envoy.filters.listener.tls_inspector"},
     {"envoy.lua", "envoy.filters.http.lua"},
     {"envoy.mongo_proxy", "envoy.filters.network.mongo_proxy"},
     {"envoy.rate_limit", "envoy.filters.http.ratelimit"},
     {"envoy.ratelimit", "envoy.filters.network.ratelimit"},
     {"envoy.redis_proxy", "envoy.filters.network.redis_proxy"},
     {"envoy.router", "envoy.filters.http.router"},
     {"envoy.tcp_proxy", "envoy.filters.network.tcp_proxy"}}};

void check_name(yaml::Node name, Findings& found) {
  const auto old = std::find_if(kRenamed.begin(), kRenamed.end(), [&](const Renamed& renamed) {
    return renamed.old_name == name.text();
  });
  if (old == kRenamed.end()) return;
  found.add(name.where(), fmt::format("`{}` is the old name of a filter", name.text()))
      .with_help(fmt::format("write `{}`", old->name));
}

void filters_have_their_new_names(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    const yaml::Node filter = patch.match.at("listener", "filterChain", "filter");
    check_name(filter.find("name"), found);
    check_name(filter.at("subFilter", "name"), found);
    check_name(patch.value.find("name"), found);
  });
}

/// Whether a type is one of Envoy's API before version 3, which no supported proxy has.
bool is_old_type(std::string_view url) {
  const std::string_view name = envoy::type_of(url);
  return name.starts_with("envoy.") && (name.find(".v2.") != std::string_view::npos ||
                                        name.find(".v2alpha") != std::string_view::npos ||
                                        name.find(".v1.") != std::string_view::npos);
}

/// Calls `visit(key, value)` for every entry at any depth.
template <class Visit>
void each_entry(yaml::Node node, const Visit& visit) {
  for (const auto [key, value, merged] : node.entries()) {
    visit(key, value);
    each_entry(value, visit);
  }
  for (const yaml::Node item : node.items()) each_entry(item, visit);
}

/// The type of a filter that is spelt nearly like `url`; empty when nothing is near, or when it is
/// spelt right. A type further off may be one of an Envoy that is not known here.
std::string meant_type(std::string_view url) {
  const envoy::FilterType is = envoy::filter_type(envoy::type_of(url));
  std::vector<std::string_view> filters;
  for (const envoy::Package& one : envoy::packages()) {
    if (one.layer == is.layer) filters.push_back(one.filter);
  }
  const std::string_view filter = suggest(is.filter, filters);
  const envoy::Package* package = envoy::package(is.layer, filter);
  if (package == nullptr) return {};
  const auto messages = str::split(package->messages, ' ');
  const std::string_view message = suggest(is.message, messages);
  if (message.empty() || (filter == is.filter && message == is.message)) return {};
  return fmt::format("envoy.extensions.filters.{}.{}.v3.{}", is.layer, filter, message);
}

/// Says what is wrong with the spelling of a type; old ones are dealt with before.
void check_spelling(yaml::Node url, Findings& found) {
  constexpr std::string_view kPrefix = "type.googleapis.com/";
  if (const std::string meant = meant_type(url.text()); !meant.empty()) {
    const std::string_view type = envoy::type_of(url.text());
    auto& finding = found.add(url.where(), fmt::format("Envoy has no type `{}`", type));
    finding.with_help(fmt::format("did you mean `{}`?", meant));
    // One letter is a slip; more may be a newer Envoy's.
    if (edit_distance(type, meant) > 1) finding.with_severity(Severity::warning);
  } else if (url.text().starts_with("envoy.")) {
    found.add(url.where(), fmt::format("`{}` is no URL of a type", url.text()))
        .with_severity(Severity::warning)
        .with_help(fmt::format("write `{}{}`", kPrefix, url.text()));
  }
}

bool is_any(std::string_view key) { return key == "typed_config" || key == "typedConfig"; }

void types_exist(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    if (patch.context == "WAYPOINT") return;
    each_entry(patch.value, [&](yaml::Node key, yaml::Node value) {
      const bool names_type = key.text() == "@type" || key.text() == "type_url";
      if (names_type && is_old_type(value.text())) {
        found.add(value.where(), fmt::format("`{}` is of Envoy's API v2", value.text()))
            .with_severity(key.text() == "@type" ? Severity::error : Severity::warning)
            .with_help("use the type of API v3, envoy.extensions.… or envoy.config.….v3");
      } else if (names_type) {
        check_spelling(value, found);
      }
      if (!is_any(key.text()) || value.size() == 0 || !value.is_mapping()) return;
      if (value.find("@type")) return;
      found.add(key.where(), fmt::format("`{}` does not say of which `@type` it is", key.text()))
          .with_help("add `\"@type\": type.googleapis.com/envoy.extensions.…`");
    });
  });
}

enum class Shape : std::uint8_t { text, flag, number, duration, object, list };

/// A field that a patch's value may have, and what it holds.
struct EnvoyField {
  std::string_view apply_to;  ///< "" for all that have names
  std::string_view name;      ///< as in Envoy's documentation; lowerCamel is accepted too
  Shape shape;
};

constexpr std::array<EnvoyField, 30> kFields = {
    {{"", "name", Shape::text},
     {"CLUSTER", "type", Shape::text},
     {"CLUSTER", "lb_policy", Shape::text},
     {"CLUSTER", "connect_timeout", Shape::duration},
     {"CLUSTER", "dns_refresh_rate", Shape::duration},
     {"CLUSTER", "dns_lookup_family", Shape::text},
     {"CLUSTER", "respect_dns_ttl", Shape::flag},
     {"CLUSTER", "per_connection_buffer_limit_bytes", Shape::number},
     {"CLUSTER", "load_assignment", Shape::object},
     {"CLUSTER", "circuit_breakers", Shape::object},
     {"CLUSTER", "outlier_detection", Shape::object},
     {"CLUSTER", "transport_socket", Shape::object},
     {"CLUSTER", "health_checks", Shape::list},
     {"CLUSTER", "upstream_connection_options", Shape::object},
     {"CLUSTER", "typed_extension_protocol_options", Shape::object},
     {"LISTENER", "address", Shape::object},
     {"LISTENER", "filter_chains", Shape::list},
     {"LISTENER", "listener_filters", Shape::list},
     {"LISTENER", "per_connection_buffer_limit_bytes", Shape::number},
     {"LISTENER", "listener_filters_timeout", Shape::duration},
     {"VIRTUAL_HOST", "domains", Shape::list},
     {"VIRTUAL_HOST", "routes", Shape::list},
     {"VIRTUAL_HOST", "rate_limits", Shape::list},
     {"ROUTE_CONFIGURATION", "virtual_hosts", Shape::list},
     {"HTTP_ROUTE", "match", Shape::object},
     {"HTTP_ROUTE", "route", Shape::object},
     {"HTTP_ROUTE", "redirect", Shape::object},
     {"HTTP_ROUTE", "direct_response", Shape::object},
     {"HTTP_FILTER", "typed_config", Shape::object},
     {"NETWORK_FILTER", "typed_config", Shape::object}}};

/// Seconds with an `s` behind, as protobuf writes durations.
bool is_seconds(std::string_view text) {
  if (!text.ends_with('s')) return false;
  text.remove_suffix(1);
  return yaml::to_double(text).has_value();
}

bool has_shape(yaml::Node value, Shape shape) {
  if (value.is_null()) return true;
  switch (shape) {
    case Shape::object:
      return value.is_mapping();
    case Shape::list:
      return value.is_sequence();
    case Shape::flag:
      return value.is_scalar() && value.type() == yaml::ScalarType::boolean;
    case Shape::number:
      return value.is_scalar() && yaml::to_double(value.text()).has_value();
    case Shape::duration:
      return value.is_scalar() && is_seconds(value.text());
    case Shape::text:
      break;
  }
  // Enumerations may be numbers.
  return value.is_scalar() && value.type() != yaml::ScalarType::boolean;
}

std::string_view describe(Shape shape) {
  constexpr std::array<std::string_view, 6> kWords = {
      "text", "`true` or `false`", "a number", "seconds such as `1.5s`", "an object", "a list"};
  return kWords[static_cast<std::size_t>(shape)];
}

/// "connect_timeout" as "connectTimeout".
std::string lower_camel(std::string_view name) {
  const auto words = str::split(name, '_');
  std::string out(words.front());
  for (std::size_t i = 1; i < words.size(); ++i) {
    out += str::upper(words[i].substr(0, 1));
    out += words[i].substr(1);
  }
  return out;
}

void values_fit_their_fields(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    if (patch.context == "WAYPOINT" || patch.apply_to == "BOOTSTRAP") return;
    for (const EnvoyField& field : kFields) {
      if (!field.apply_to.empty() && field.apply_to != patch.apply_to) continue;
      yaml::Node value = patch.value.find(field.name);
      if (!value) value = patch.value.find(lower_camel(field.name));
      if (!value || has_shape(value, field.shape)) continue;
      found.add(value.where(), fmt::format("Envoy's `{}` is {}", field.name, describe(field.shape)))
          .with_help("see Envoy's documentation of the object that the patch is about");
    }
  });
}

bool inserts(const EnvoyPatch& patch) {
  return patch.operation == "ADD" || patch.operation.starts_with("INSERT_") ||
         patch.operation == "REPLACE";
}

void inserted_filters_are_configured(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    const bool is_filter = patch.apply_to == "HTTP_FILTER" || patch.apply_to == "NETWORK_FILTER";
    if (!is_filter || patch.context == "WAYPOINT" || !inserts(patch)) return;
    if (!patch.value.is_mapping()) return;
    for (const std::string_view field :
         {"typed_config", "typedConfig", "config_discovery", "configDiscovery"}) {
      if (!patch.value.find(field).is_null()) return;
    }
    if (const yaml::Node config = patch.value.find_key("config")) {
      found.add(config.where(), "`config` is of Envoy's API v2, and v3 does not read it")
          .with_help("write `typed_config`, with the `@type` of the filter");
      return;
    }
    const yaml::Node name = patch.value.find_key("name");
    found
        .add(name ? name.where() : patch.patch.find_key("value").where(),
             "this filter has neither `typed_config` nor `config_discovery`")
        .with_help("without one Envoy does not know which filter is meant; names are only labels");
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1741",
     .name = "envoy-filter-name-old",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Filters are called by their present names",
     .why = "Envoy renamed its filters years ago. Istio still maps the old names in matches, and "
            "warns about them; a filter that is inserted under one is not found by the new one.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: NETWORK_FILTER
    match:
      listener:
        filterChain:
          filter: {name: envoy.tcp_proxy} #!
    patch: {operation: MERGE, value: {}}
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: NETWORK_FILTER
    match:
      listener:
        filterChain:
          filter: {name: envoy.filters.network.tcp_proxy}
    patch: {operation: MERGE, value: {}}
)",
     .aliases = "IST0133",
     .check = filters_have_their_new_names},
    {.id = "MF1742",
     .name = "envoy-type-unknown",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Typed parts of a patch are of types of Envoy's API v3",
     .why = "Istio's webhook decodes the value of a patch and refuses types that do not exist. "
            "Those of API v2 are gone, and a part without a type cannot be decoded at all.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    patch:
      operation: INSERT_FIRST
      value:
        name: lua
        typed_config:
          "@type": type.googleapis.com/envoy.config.filter.http.lua.v2.Lua #!
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    patch:
      operation: INSERT_FIRST
      value:
        name: lua
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
)",
     .aliases = "IST0106",
     .check = types_exist},
    {.id = "MF1743",
     .name = "envoy-value-type",
     .severity = Severity::error,
     .group = "istio",
     .summary = "Values of a patch are of the type that Envoy's field takes",
     .why = "Istio's webhook decodes the value as the Envoy object that the patch is about, and "
            "refuses what does not fit.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    patch:
      operation: MERGE
      value: {connect_timeout: 500ms} #!
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    patch:
      operation: MERGE
      value: {connect_timeout: 0.5s}
)",
     .aliases = "IST0106",
     .check = values_fit_their_fields},
    {.id = "MF1744",
     .name = "envoy-filter-unconfigured",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A filter that is inserted has a configuration",
     .why = "Envoy finds out by the type of `typed_config` which filter is meant. One without is "
            "refused by the proxies.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    patch:
      operation: INSERT_FIRST
      value:
        name: envoy.filters.http.cors #!
)",
     .good = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    patch:
      operation: INSERT_FIRST
      value:
        name: envoy.filters.http.cors
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors
)",
     .aliases = "IST0133",
     .check = inserted_filters_are_configured},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family envoy_value_rules() { return kRules; }

}  // namespace meshfn::lint
