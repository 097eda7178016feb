// What an EnvoyFilter puts where: filters among filters of their kind, called by their own names,
// and fields that Envoy's messages have.

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

/// What a patch of one kind is about.
struct Target {
  std::string_view apply_to;
  std::string_view type;   ///< of its value
  std::string_view layer;  ///< of the filters that it inserts; empty when it inserts none
};

constexpr std::array<Target, 9> kTargets = {
    {{"CLUSTER", "envoy.config.cluster.v3.Cluster", ""},
     {"LISTENER", "envoy.config.listener.v3.Listener", ""},
     {"FILTER_CHAIN", "envoy.config.listener.v3.FilterChain", ""},
     {"LISTENER_FILTER", "envoy.config.listener.v3.ListenerFilter", "listener"},
     {"NETWORK_FILTER", "envoy.config.listener.v3.Filter", "network"},
     {"HTTP_FILTER", "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
      "http"},
     {"ROUTE_CONFIGURATION", "envoy.config.route.v3.RouteConfiguration", ""},
     {"VIRTUAL_HOST", "envoy.config.route.v3.VirtualHost", ""},
     {"HTTP_ROUTE", "envoy.config.route.v3.Route", ""}}};

const Target* target_of(const EnvoyPatch& patch) {
  const auto found = std::find_if(kTargets.begin(), kTargets.end(), [&](const Target& target) {
    return target.apply_to == patch.apply_to;
  });
  return found == kTargets.end() ? nullptr : &*found;
}

yaml::Node typed_config(yaml::Node holder) {
  const yaml::Node config = holder.find("typed_config");
  return config ? config : holder.find("typedConfig");
}

/// A message of a known type, and where its fields stand.
struct Typed {
  std::string_view type;
  yaml::Node where;   ///< what says the type
  yaml::Node fields;  ///< a mapping
};

/// An `Any`: fields beside `@type`, or those in the `value` of a TypedStruct.
Typed typed(yaml::Node any) {
  const yaml::Node url = any.find("@type");
  const std::string_view type = envoy::type_of(url.text());
  if (!type.ends_with(".TypedStruct")) return {type, url, any};
  yaml::Node inner = any.find("type_url");
  if (!inner) inner = any.find("typeUrl");
  return {envoy::type_of(inner.text()), inner, any.find("value")};
}

void filters_are_of_their_layer(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    const Target* target = target_of(patch);
    if (target == nullptr || target->layer.empty()) return;
    const Typed config = typed(typed_config(patch.value));
    const envoy::FilterType is = envoy::filter_type(config.type);
    if (is.layer.empty() || is.layer == target->layer) return;
    if (envoy::package(is.layer, is.filter) == nullptr) return;
    found
        .add(config.where.where(), fmt::format("`{}` is a {} filter, and {} takes {} filters",
                                               is.filter, is.layer, patch.apply_to, target->layer))
        .relate(patch.node.find("applyTo").where(), "where it goes")
        .with_help(
            envoy::package(target->layer, is.filter) != nullptr
                ? fmt::format("use envoy.extensions.filters.{}.{}.v3", target->layer, is.filter)
                : "insert it with the `applyTo` of its kind");
  });
}

/// The filter that "envoy.filters.http.lua" names; empty for names of another form.
std::string_view named_filter(std::string_view name) {
  constexpr std::size_t kParts = 4;
  const auto parts = str::split(name, '.');
  const bool full = parts.size() == kParts && parts[0] == "envoy" && parts[1] == "filters";
  return full && envoy::package(parts[2], parts[3]) != nullptr ? parts[3] : std::string_view();
}

void check_name(yaml::Node name, yaml::Node any, Findings& found) {
  const Typed config = typed(any);
  const envoy::FilterType is = envoy::filter_type(config.type);
  const std::string_view named = named_filter(name.text());
  if (named.empty() || named == is.filter || envoy::package(is.layer, is.filter) == nullptr) return;
  found
      .add(name.where(),
           fmt::format("`{}` is the name of another filter than `{}`", name.text(), is.filter))
      .relate(config.where.where(), "the type, which Envoy goes by")
      .with_help(
          fmt::format("call it `envoy.filters.{}.{}`, or correct the type", is.layer, is.filter));
}

/// Calls `visit(node)` for every mapping at any depth.
template <class Visit>
void each_mapping(yaml::Node node, const Visit& visit) {
  if (node.is_mapping()) visit(node);
  for (const yaml::Entry entry : node.entries()) each_mapping(entry.value, visit);
  for (const yaml::Node item : node.items()) each_mapping(item, visit);
}

void names_suit_their_types(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    each_mapping(patch.value, [&](yaml::Node part) {
      if (const yaml::Node config = typed_config(part)) {
        check_name(part.find("name"), config, found);
      }
      for (const std::string_view field : {"typed_per_filter_config", "typedPerFilterConfig"}) {
        for (const yaml::Entry entry : part.find(field).entries()) {
          check_name(entry.key, entry.value, found);
        }
      }
    });
  });
}

/// What to write in place of a field that Envoy removed; empty when nothing is known.
std::string_view successor(std::string_view type, std::string_view field) {
  struct Removed {
    std::string_view message;
    std::string_view field;
    std::string_view now;
  };

  constexpr std::array<Removed, 8> kRemoved = {
      {{"Cluster", "hosts", "write `load_assignment`"},
       {"Cluster", "tls_context", "write a `transport_socket` with an UpstreamTlsContext"},
       {"Cluster", "extension_protocol_options", "write `typed_extension_protocol_options`"},
       {"FilterChain", "tls_context", "write a `transport_socket` with a DownstreamTlsContext"},
       {"Filter", "config", "write `typed_config`"},
       {"HttpFilter", "config", "write `typed_config`"},
       {"VirtualHost", "per_filter_config", "write `typed_per_filter_config`"},
       {"Route", "per_filter_config", "write `typed_per_filter_config`"}}};
  for (const Removed& removed : kRemoved) {
    if (type.ends_with(fmt::format(".{}", removed.message)) && removed.field == field) {
      return removed.now;
    }
  }
  return {};
}

std::string help_for(const envoy::Message& message, std::string_view field) {
  const std::string snake = envoy::snake_case(field);
  if (const auto now = successor(message.type, snake); !now.empty()) return std::string(now);
  if (message.fields.empty()) return "the message has no fields";
  const auto fields = str::split(message.fields, ' ');
  const std::string meant = did_you_mean(snake, fields);
  return meant.empty() ? "see Envoy's documentation of the message" : meant;
}

void check_fields(std::string_view type, yaml::Node fields, Findings& found) {
  const envoy::Message* message = envoy::message(type);
  if (message == nullptr) return;
  for (const yaml::Entry entry : fields.entries()) {
    const std::string_view field = entry.key.text();
    if (field.starts_with('@') || envoy::has_field(*message, field)) continue;
    // A filter without its configuration is MF1744's.
    if (field == "config" && !successor(type, field).empty()) continue;
    const std::string_view name = type.substr(type.rfind('.') + 1);
    found.add(entry.key.where(), fmt::format("Envoy's {} has no field `{}`", name, field))
        .with_help(help_for(*message, field));
  }
}

void fields_exist(const Mesh& mesh, Findings& found) {
  istio::each_patch(mesh, [&](const EnvoyPatch& patch, const Object&) {
    if (const Target* target = target_of(patch)) check_fields(target->type, patch.value, found);
    each_mapping(patch.value, [&](yaml::Node part) {
      const Typed message = typed(part);
      check_fields(message.type, message.fields, found);
    });
  });
}

constexpr Rule kRules[] = {
    {.id = "MF1745",
     .name = "envoy-filter-misplaced",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Filters are inserted among filters of their kind",
     .why = "Filters of connections and of requests are different things, even where both have "
            "the same name. Envoy looks for a filter of the kind that belongs there, finds none "
            "and refuses the whole listener.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: NETWORK_FILTER
    patch:
      operation: INSERT_FIRST
      value:
        name: envoy.filters.http.local_ratelimit
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit #!
          stat_prefix: web
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
        name: envoy.filters.http.local_ratelimit
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
          stat_prefix: web
)",
     .check = filters_are_of_their_layer},
    {.id = "MF1746",
     .name = "envoy-filter-name-differs",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "A filter that has a well-known name is that filter",
     .why = "Envoy goes by the type and takes the name for a label. Whoever looks for the filter "
            "by its name, other patches and settings of routes among them, gets another one.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    patch:
      operation: INSERT_FIRST
      value:
        name: envoy.filters.http.fault #!
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors
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
     .check = names_suit_their_types},
    {.id = "MF1747",
     .name = "envoy-field-unknown",
     .severity = Severity::warning,
     .group = "istio",
     .summary = "Fields of a patch are fields that Envoy's messages have",
     .why = "istiod drops what it does not know from a patch, so the proxies work without it. "
            "Fields of Envoy's API v2 that v3 removed are such, too. Known are the messages that "
            "patches most often are about.",
     .bad = R"(apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: web, namespace: shop}
spec:
  configPatches:
  - applyTo: HTTP_FILTER
    patch:
      operation: INSERT_FIRST
      value:
        name: envoy.filters.http.lua
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
          inlineCodes: function envoy_on_request(handle) end #!
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
        name: envoy.filters.http.lua
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
          inlineCode: function envoy_on_request(handle) end
)",
     .aliases = "IST0133",
     .check = fields_exist},
};
static_assert(ids_ascend(kRules));

}  // namespace

Family envoy_typed_config_rules() { return kRules; }

}  // namespace meshfn::lint
