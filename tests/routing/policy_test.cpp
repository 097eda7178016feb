#include "routing/policy.h"

#include "routing/loaded.h"

namespace meshfn::routing {

namespace {

std::string rule(const std::string& name, const std::string& scope, const std::string& spec) {
  return "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: " +
         name + ", namespace: " + scope + "}\nspec: " + spec + "\n";
}

const std::string kHost = "a.n.svc.cluster.local";

/// Value and place of one setting, "" when it is not there.
std::string setting(const Policy& policy, std::string_view name) {
  for (const Setting& one : settings_of(policy)) {
    if (one.name != name) continue;
    return one.value + (one.where.file == nullptr ? " default" : "");
  }
  return {};
}

}  // namespace

TEST_CASE("without a rule the mesh's defaults apply", "[routing]") {
  const auto loaded = load("{apiVersion: v1, kind: Service, metadata: {name: a, namespace: n}}");
  const Policy policy = effective_policy(loaded->mesh, kHost, "", 80, "");
  CHECK(policy.rule == nullptr);
  CHECK(setting(policy, "loadBalancer.simple") == "LEAST_REQUEST default");
  CHECK(setting(policy, "outlierDetection") == "off default");
}

TEST_CASE("a subset replaces whole blocks and keeps the others", "[routing]") {
  const auto loaded = load(
      rule("a", "n",
           "{host: a, trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}, loadBalancer: "
           "{simple: RANDOM}}, subsets: [{name: v1, trafficPolicy: {connectionPool: {http: "
           "{http2MaxRequests: 3}}}}]}"));
  const Policy policy = effective_policy(loaded->mesh, kHost, "v1", 80, "");
  CHECK(setting(policy, "connectionPool.http.http2MaxRequests") == "3");
  CHECK(setting(policy, "connectionPool.tcp.maxConnections").empty());
  CHECK(setting(policy, "loadBalancer.simple") == "RANDOM");
  CHECK(effective_policy(loaded->mesh, kHost, "v2", 80, "").subset_missing);
}

TEST_CASE("a port with its own settings inherits nothing", "[routing]") {
  const auto loaded = load(rule("a", "n",
                                "{host: a, trafficPolicy: {loadBalancer: {simple: RANDOM}, "
                                "outlierDetection: {interval: 1s}, portLevelSettings: [{port: "
                                "{number: 80}, loadBalancer: {simple: ROUND_ROBIN}}]}}"));
  const Policy own = effective_policy(loaded->mesh, kHost, "", 80, "");
  CHECK(setting(own, "loadBalancer.simple") == "ROUND_ROBIN");
  CHECK(setting(own, "outlierDetection") == "off default");
  const Policy other = effective_policy(loaded->mesh, kHost, "", 81, "");
  CHECK(setting(other, "loadBalancer.simple") == "RANDOM");
  CHECK(setting(other, "outlierDetection.maxEjectionPercent") == "10 default");
}

TEST_CASE("the client's namespace hides the owner's rule, and the root comes last", "[routing]") {
  const auto loaded = load(rule("root", "istio-system",
                                "{host: '*.local', trafficPolicy: {loadBalancer: {simple: "
                                "RANDOM}}}") +
                           rule("owner", "n", "{host: a, subsets: [{name: v1}]}") +
                           rule("client", "m", "{host: a.n.svc.cluster.local}"));
  CHECK(effective_policy(loaded->mesh, kHost, "", {}, "m").rule->name.value == "client");
  CHECK(effective_policy(loaded->mesh, kHost, "v1", {}, "m").subset_missing);
  CHECK(effective_policy(loaded->mesh, kHost, "v1", {}, "k").rule->name.value == "owner");
  CHECK(effective_policy(loaded->mesh, "b.n.svc.cluster.local", "", {}, "k").rule->name.value ==
        "root");
}

TEST_CASE("the most specific host counts, and equal hosts are merged by name", "[routing]") {
  const auto loaded = load(
      rule("wide", "n", "{host: '*.n.svc.cluster.local', trafficPolicy: {tls: {mode: DISABLE}}}") +
      rule("b", "n",
           "{host: a, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: "
           "v2}]}") +
      rule("a", "n", "{host: a, subsets: [{name: v1}]}"));
  const Policy policy = effective_policy(loaded->mesh, kHost, "v2", {}, "");
  CHECK(policy.rule->name.value == "b");
  CHECK(policy.tls == nullptr);
  CHECK(setting(effective_policy(loaded->mesh, kHost, "v1", {}, ""), "loadBalancer.simple") ==
        "RANDOM");
}

TEST_CASE("an index of the rules answers as a look at all of them", "[routing]") {
  const auto loaded = load(
      rule("wide", "n", "{host: '*.n.svc.cluster.local', trafficPolicy: {tls: {mode: DISABLE}}}") +
      rule("root", "istio-system", "{host: '*', trafficPolicy: {loadBalancer: {simple: RANDOM}}}") +
      rule("own", "n", "{host: a, subsets: [{name: v1}]}") +
      rule("client", "c", "{host: a.n.svc.cluster.local, subsets: [{name: v2}]}"));
  const RuleIndex index(loaded->mesh);
  for (const std::string host : {"a.n.svc.cluster.local", "b.n.svc.cluster.local", "other.com"}) {
    for (const std::string client : {"", "n", "c", "d"}) {
      INFO(host << " from " << client);
      CHECK(index.rules(host, client) == destination_rules(loaded->mesh, host, client));
      const Policy policy = index.policy(host, "v2", 80, client);
      CHECK(policy.rule == effective_policy(loaded->mesh, host, "v2", 80, client).rule);
    }
  }
}

}  // namespace meshfn::routing
