// What patches of EnvoyFilters put into Envoy's configuration: types, names and fields.

#include <fmt/format.h>

#include "catch.h"
#include "lint/rules/envoy_messages.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

using Lines = std::vector<std::string>;

/// "RULE severity: help" of the findings about an EnvoyFilter that patches `apply_to` with `value`.
Lines findings(std::string_view apply_to, std::string_view value) {
  const auto linted =
      lint_text(fmt::format("apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\n"
                            "metadata: {{name: web, namespace: shop}}\nspec:\n  configPatches:\n"
                            "  - applyTo: {}\n    patch: {{operation: INSERT_FIRST, value: {}}}\n",
                            apply_to, value));
  Lines out;
  for (const auto& finding : linted->outcome.findings) {
    if (!finding.rule->id.starts_with("MF174")) continue;
    out.push_back(fmt::format("{} {}: {}", finding.rule->id,
                              diagnostic::to_string(finding.severity), finding.help));
  }
  return out;
}

/// A filter called `name` of `type`, with one more field.
std::string filter(std::string_view name, std::string_view type, std::string_view field = "") {
  return fmt::format("{{name: {}, typed_config: {{\"@type\": type.googleapis.com/{}{}}}}}", name,
                     type, field);
}

constexpr std::string_view kLua = "envoy.extensions.filters.http.lua.v3.Lua";

}  // namespace

TEST_CASE("types that are nearly ones of Envoy's are slips", "[lint][envoy]") {
  CHECK(findings("HTTP_FILTER", filter("lua", kLua)).empty());
  CHECK(findings("HTTP_FILTER", filter("lua", "envoy.extensions.filters.http.lua.v3.lua")) ==
        Lines{fmt::format("MF1742 error: did you mean `{}`?", kLua)});
  CHECK(findings("HTTP_FILTER", filter("x", "envoy.extensions.filters.http.ruoter.v3.Router")) ==
        Lines{"MF1742 error: did you mean `envoy.extensions.filters.http.router.v3.Router`?"});

  SECTION("types of others, and of Envoys to come, are not") {
    for (const std::string_view type :
         {"istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig", "com.example.Filter",
          "envoy.extensions.filters.http.quantum.v3.Quantum",
          "envoy.extensions.filters.http.golang.v3alpha.Config"}) {
      INFO(type);
      CHECK(findings("HTTP_FILTER", filter("x", type)).empty());
    }
  }

  SECTION("a type without the URL before it") {
    CHECK(findings("HTTP_FILTER",
                   fmt::format("{{name: lua, typed_config: {{\"@type\": {}}}}}", kLua)) ==
          Lines{fmt::format("MF1742 warning: write `type.googleapis.com/{}`", kLua)});
  }
}

TEST_CASE("a configuration of API v2 is none", "[lint][envoy]") {
  CHECK(findings("HTTP_FILTER", "{name: lua, config: {inlineCode: x}}") ==
        Lines{"MF1744 warning: write `typed_config`, with the `@type` of the filter"});
  CHECK(findings("HTTP_FILTER", filter("envoy.lua", kLua)) ==
        Lines{"MF1741 warning: write `envoy.filters.http.lua`"});
  CHECK(findings("CLUSTER", "{name: a, tls_context: {}}") ==
        Lines{"MF1747 warning: write a `transport_socket` with an UpstreamTlsContext"});
}

TEST_CASE("fields of patches are compared in both spellings", "[lint][envoy]") {
  CHECK(findings("HTTP_FILTER", filter("lua", kLua, ", inlineCode: x")).empty());
  CHECK(findings("HTTP_FILTER", filter("lua", kLua, ", inline_code: x")).empty());
  CHECK(findings("HTTP_FILTER", filter("lua", kLua, ", inline_cod: x")) ==
        Lines{"MF1747 warning: did you mean `inline_code`?"});
  CHECK(findings("CLUSTER", "{connectTimeout: 1s, http2ProtocolOptions: {}}").empty());
  CHECK(findings("VIRTUAL_HOST", "{name: a, rate_limit: []}") ==
        Lines{"MF1747 warning: did you mean `rate_limits`?"});

  SECTION("in the value of a TypedStruct, too") {
    const std::string value = fmt::format(
        "{{name: lua, typed_config: {{\"@type\": type.googleapis.com/udpa.type.v1.TypedStruct, "
        "type_url: type.googleapis.com/{}, value: {{inlne_code: x}}}}}}",
        kLua);
    CHECK(findings("HTTP_FILTER", value) == Lines{"MF1747 warning: did you mean `inline_code`?"});
  }

  SECTION("fields of messages that are not known are left alone") {
    CHECK(findings("HTTP_FILTER", filter("x", "com.example.Filter", ", anything: 1")).empty());
    CHECK(findings("BOOTSTRAP", "{anything: 1}").empty());
  }
}

TEST_CASE("filters belong to one layer", "[lint][envoy]") {
  const std::string tcp = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
  CHECK(findings("NETWORK_FILTER", filter("x", tcp)).empty());
  CHECK(findings("HTTP_FILTER", filter("x", tcp)) ==
        Lines{"MF1745 warning: insert it with the `applyTo` of its kind"});
  CHECK(findings("NETWORK_FILTER",
                 filter("x", "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz")) ==
        Lines{"MF1745 warning: use envoy.extensions.filters.network.ext_authz.v3"});
}

TEST_CASE("names of filters say what they are", "[lint][envoy]") {
  CHECK(findings("HTTP_FILTER", filter("envoy.filters.http.lua.mine", kLua)).empty());
  CHECK(findings("HTTP_FILTER", filter("envoy.filters.http.router", kLua)) ==
        Lines{"MF1746 warning: call it `envoy.filters.http.lua`, or correct the type"});
  const std::string per_route =
      "{name: a, typed_per_filter_config: {envoy.filters.http.cors: {\"@type\": "
      "type.googleapis.com/envoy.extensions.filters.http.lua.v3.LuaPerRoute}}}";
  CHECK(findings("VIRTUAL_HOST", per_route) ==
        Lines{"MF1746 warning: call it `envoy.filters.http.lua`, or correct the type"});
}

TEST_CASE("every message with known fields is of a known type", "[lint][envoy]") {
  for (const envoy::Package& package : envoy::packages()) {
    INFO(package.layer << " " << package.filter);
    CHECK(!package.messages.empty());
    CHECK(envoy::package(package.layer, package.filter) == &package);
  }
  CHECK(envoy::message("envoy.config.cluster.v3.Cluster") != nullptr);
  CHECK(envoy::message("envoy.config.cluster.v3.Clusters") == nullptr);
  CHECK(envoy::snake_case("http2ProtocolOptions") == "http2_protocol_options");
  CHECK(envoy::type_of("type.googleapis.com/a.B") == "a.B");
  CHECK(envoy::filter_type("a.b.C").layer.empty());
}

}  // namespace meshfn::lint
