// Who may, by Istio's rules: a table of questions and answers.

#include "routing/authorization/istio_rule.h"
#include "routing/authorization_cases.h"

namespace meshfn::routing {

namespace {

constexpr const char* kShop = R"(
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{name: tcp-db, port: 5432}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  template:
    metadata: {labels: {app: reviews, version: v1}}
    spec: {serviceAccountName: reviews, containers: [{name: app, image: a}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: app, image: a}]}
)";

std::string security(const std::string& kind, const std::string& name, const std::string& spec,
                     const std::string& scope = "shop", const std::string& more = "") {
  return "---\napiVersion: security.istio.io/v1\nkind: " + kind + "\nmetadata: {name: " + name +
         ", namespace: " + scope + more + "}\nspec: " + spec + "\n";
}

std::string allow(const std::string& rules) {
  return security("AuthorizationPolicy", "p", "{rules: " + rules + "}");
}

std::string deny(const std::string& rules) {
  return security("AuthorizationPolicy", "d", "{action: DENY, rules: " + rules + "}");
}

std::string from(const std::string& source) {
  return allow("[{from: [{source: {" + source + "}}]}]");
}

std::string to(const std::string& operation) {
  return allow("[{to: [{operation: {" + operation + "}}]}]");
}

std::string when(const std::string& condition) { return allow("[{when: [{" + condition + "}]}]"); }

std::string peers(const std::string& spec, const std::string& scope = "shop") {
  return security("PeerAuthentication", "tls", spec, scope);
}

std::string rule(const std::string& tls, const std::string& host = "reviews") {
  return "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: r, "
         "namespace: shop}\nspec: {host: " +
         host + ", trafficPolicy: {tls: {mode: " + tls + "}}}\n";
}

const std::string kIssuer =
    security("RequestAuthentication", "jwt", "{jwtRules: [{issuer: me, audiences: [shop, web]}]}");
const std::string kAnyAudience =
    security("RequestAuthentication", "jwt", "{jwtRules: [{issuer: me}]}");

constexpr const char* kToken =
    R"({"iss": "me", "sub": "ann", "aud": ["web"], "azp": "app", "groups": ["dev", "ops"],
        "org": {"team": "red"}, "scope": "read write"})";

}  // namespace

TEST_CASE("sources of an AuthorizationPolicy decide as in Istio", "[routing][authorization]") {
  check_all(
      {
          {.name = "without policies everybody may", .yaml = ""},
          {.name = "no rules allow nothing", .yaml = allow("[]"), .want = "denied p"},
          {.name = "an empty spec allows nothing",
           .yaml = security("AuthorizationPolicy", "p", "{}"),
           .want = "denied p"},
          {.name = "an empty rule allows everything", .yaml = allow("[{}]")},
          {.name = "principal", .yaml = from("principals: [cluster.local/ns/shop/sa/front]")},
          {.name = "principal of another",
           .yaml = from("principals: [cluster.local/ns/shop/sa/other]"),
           .want = "denied p"},
          {.name = "principal by prefix", .yaml = from("principals: ['cluster.local/ns/shop/*']")},
          {.name = "principal by suffix", .yaml = from("principals: ['*/sa/front']")},
          {.name = "any principal", .yaml = from("principals: ['*']")},
          {.name = "any principal without mutual TLS",
           .yaml = from("principals: ['*']"),
           .plain = true,
           .want = "denied p"},
          {.name = "a star inside is a letter",
           .yaml = from("principals: ['cluster.local/ns/*/sa/front']"),
           .want = "denied p"},
          {.name = "notPrincipals",
           .yaml = from("notPrincipals: [cluster.local/ns/shop/sa/other]")},
          {.name = "notPrincipals hits",
           .yaml = from("notPrincipals: [cluster.local/ns/shop/sa/front]"),
           .want = "denied p"},
          {.name = "notPrincipals and nobody",
           .yaml = from("notPrincipals: [cluster.local/ns/shop/sa/front]"),
           .plain = true},
          {.name = "namespace", .yaml = from("namespaces: [shop]")},
          {.name = "namespace of others", .yaml = from("namespaces: [ops]"), .want = "denied p"},
          {.name = "namespace by prefix", .yaml = from("namespaces: ['sh*']")},
          {.name = "namespace by suffix", .yaml = from("namespaces: ['*op']")},
          {.name = "namespace without mutual TLS",
           .yaml = from("namespaces: [shop]"),
           .plain = true,
           .want = "denied p"},
          {.name = "notNamespaces", .yaml = from("notNamespaces: [shop]"), .want = "denied p"},
          {.name = "account of the policy's namespace", .yaml = from("serviceAccounts: [front]")},
          {.name = "account with namespace", .yaml = from("serviceAccounts: [shop/front]")},
          {.name = "account of another namespace",
           .yaml = from("serviceAccounts: [ops/front]"),
           .want = "denied p"},
          {.name = "notServiceAccounts",
           .yaml = from("notServiceAccounts: [front]"),
           .want = "denied p"},
          {.name = "trust domain", .yaml = from("trustDomains: [cluster.local]")},
          {.name = "another trust domain",
           .yaml = from("trustDomains: [elsewhere]"),
           .want = "denied p"},
          {.name = "address", .yaml = from("ipBlocks: [10.1.0.0/16]"), .ip = "10.1.2.3"},
          {.name = "address outside",
           .yaml = from("ipBlocks: [10.1.0.0/16]"),
           .ip = "10.2.0.1",
           .want = "denied p"},
          {.name = "single address", .yaml = from("ipBlocks: [10.1.2.3]"), .ip = "10.1.2.3"},
          {.name = "address of six", .yaml = from("ipBlocks: ['fd00::/8']"), .ip = "fd00::7"},
          {.name = "notIpBlocks",
           .yaml = from("notIpBlocks: [10.1.0.0/16]"),
           .ip = "10.1.2.3",
           .want = "denied p"},
          {.name = "remote address",
           .yaml = from("remoteIpBlocks: [10.1.0.0/16]"),
           .ip = "10.1.2.3"},
          {.name = "notRemoteIpBlocks",
           .yaml = from("notRemoteIpBlocks: [10.1.0.0/16]"),
           .ip = "10.1.2.3",
           .want = "denied p"},
          {.name = "both lists of a source must hold",
           .yaml = from("namespaces: [shop], ipBlocks: [10.0.0.0/8]"),
           .ip = "11.0.0.1",
           .want = "denied p"},
          {.name = "one of two sources is enough",
           .yaml = allow("[{from: [{source: {namespaces: [ops]}}, {source: {namespaces: "
                         "[shop]}}]}]")},
          {.name = "one of two rules is enough",
           .yaml = allow("[{from: [{source: {namespaces: [ops]}}]}, {from: [{source: {namespaces: "
                         "[shop]}}]}]")},
          {.name = "from and to must hold",
           .yaml = allow("[{from: [{source: {namespaces: [shop]}}], to: [{operation: {methods: "
                         "[POST]}}]}]"),
           .want = "denied p"},
      },
      kShop);
}

TEST_CASE("operations of an AuthorizationPolicy decide as in Istio", "[routing][authorization]") {
  check_all(
      {
          {.name = "method", .yaml = to("methods: [GET, HEAD]")},
          {.name = "another method",
           .yaml = to("methods: [GET]"),
           .method = "POST",
           .want = "denied p"},
          {.name = "method by prefix", .yaml = to("methods: ['P*']"), .method = "PUT"},
          {.name = "notMethods", .yaml = to("notMethods: [GET]"), .want = "denied p"},
          {.name = "path", .yaml = to("paths: [/info]"), .path = "/info"},
          {.name = "a longer path",
           .yaml = to("paths: [/info]"),
           .path = "/info/x",
           .want = "denied p"},
          {.name = "path by prefix", .yaml = to("paths: ['/info*']"), .path = "/info/x"},
          {.name = "path by suffix", .yaml = to("paths: ['*.css']"), .path = "/a/b.css"},
          {.name = "any path", .yaml = to("paths: ['*']"), .path = "/a"},
          {.name = "case of a path counts",
           .yaml = to("paths: [/Info]"),
           .path = "/info",
           .want = "denied p"},
          {.name = "notPaths",
           .yaml = to("notPaths: ['/admin*']"),
           .path = "/admin/x",
           .want = "denied p"},
          {.name = "one segment", .yaml = to("paths: ['/a/{*}/c']"), .path = "/a/b/c"},
          {.name = "not two segments",
           .yaml = to("paths: ['/a/{*}/c']"),
           .path = "/a/b/b/c",
           .want = "denied p"},
          {.name = "no empty segment",
           .yaml = to("paths: ['/a/{*}/c']"),
           .path = "/a//c",
           .want = "denied p"},
          {.name = "all that follows", .yaml = to("paths: ['/a/{**}']"), .path = "/a/b/c"},
          {.name = "nothing that follows", .yaml = to("paths: ['/a/{**}']"), .path = "/a/"},
          {.name = "without the slash before it",
           .yaml = to("paths: ['/a/{**}']"),
           .path = "/a",
           .want = "denied p"},
          {.name = "both placeholders", .yaml = to("paths: ['/{*}/b/{**}']"), .path = "/a/b/c/d"},
          {.name = "dots of a template are dots",
           .yaml = to("paths: ['/a.b/{*}']"),
           .path = "/axb/c",
           .want = "denied p"},
          {.name = "host in any case", .yaml = to("hosts: ['Reviews.shop:9080']")},
          {.name = "host without its port",
           .yaml = to("hosts: [reviews.shop]"),
           .want = "denied p"},
          {.name = "host by prefix", .yaml = to("hosts: ['reviews.*']")},
          {.name = "notHosts", .yaml = to("notHosts: ['reviews.shop*']"), .want = "denied p"},
          {.name = "port is the container's", .yaml = to("ports: ['8080']")},
          {.name = "port of the Service", .yaml = to("ports: ['9080']"), .want = "denied p"},
          {.name = "notPorts", .yaml = to("notPorts: ['8080']"), .want = "denied p"},
          {.name = "header",
           .yaml = when("key: 'request.headers[X-Team]', values: [red]"),
           .headers = "x-team=red"},
          {.name = "header by prefix",
           .yaml = when("key: 'request.headers[x-team]', values: ['r*']"),
           .headers = "x-team=red"},
          {.name = "header is there",
           .yaml = when("key: 'request.headers[x-team]', values: ['*']"),
           .headers = "x-team=red"},
          {.name = "header is not there",
           .yaml = when("key: 'request.headers[x-team]', values: ['*']"),
           .want = "denied p"},
          {.name = "header ruled out",
           .yaml = when("key: 'request.headers[x-team]', notValues: [red]"),
           .headers = "x-team=red",
           .want = "denied p"},
          {.name = "absent header is not ruled out",
           .yaml = when("key: 'request.headers[x-team]', notValues: [red]")},
          {.name = "condition on the namespace",
           .yaml = when("key: source.namespace, values: [shop]")},
          {.name = "condition on the principal",
           .yaml = when("key: source.principal, values: [cluster.local/ns/shop/sa/front]")},
          {.name = "condition on the address",
           .yaml = when("key: source.ip, values: [10.0.0.0/8]"),
           .ip = "10.0.0.1"},
          {.name = "condition on the remote address",
           .yaml = when("key: remote.ip, notValues: [10.0.0.0/8]"),
           .ip = "10.0.0.1",
           .want = "denied p"},
          {.name = "condition on the port",
           .yaml = when("key: destination.port, values: ['8080']")},
          {.name = "condition on the account",
           .yaml = when("key: source.serviceAccount, values: [front]")},
          {.name = "values and notValues must hold",
           .yaml = when("key: source.namespace, values: ['*'], notValues: [shop]"),
           .want = "denied p"},
          {.name = "all conditions must hold",
           .yaml = allow("[{when: [{key: source.namespace, values: [shop]}, {key: "
                         "destination.port, values: ['1']}]}]"),
           .want = "denied p"},
      },
      kShop);
}

TEST_CASE("tokens count where a RequestAuthentication takes them", "[routing][authorization]") {
  const auto with = [](const std::string& condition) { return kIssuer + when(condition); };
  check_all(
      {
          {.name = "no token is no reason", .yaml = kIssuer},
          {.name = "token with an audience", .yaml = kIssuer, .jwt = kToken},
          {.name = "token of nobody",
           .yaml = kIssuer,
           .jwt = R"({"iss": "them"})",
           .want = "denied jwt"},
          {.name = "token for others",
           .yaml = kIssuer,
           .jwt = R"({"iss": "me", "aud": "else"})",
           .want = "denied jwt"},
          {.name = "audiences not asked",
           .yaml = kAnyAudience,
           .jwt = R"({"iss": "me", "sub": "a"})"},
          {.name = "request principal",
           .yaml = kIssuer + from("requestPrincipals: [me/ann]"),
           .jwt = kToken},
          {.name = "any request principal",
           .yaml = kIssuer + from("requestPrincipals: ['*']"),
           .jwt = kToken},
          {.name = "request principal without token",
           .yaml = kIssuer + from("requestPrincipals: ['*']"),
           .want = "denied p"},
          {.name = "a token that nobody checks",
           .yaml = from("requestPrincipals: ['*']"),
           .jwt = kToken,
           .want = "denied p"},
          {.name = "notRequestPrincipals",
           .yaml = kIssuer + deny("[{from: [{source: {notRequestPrincipals: ['*']}}]}]"),
           .want = "denied d"},
          {.name = "audience",
           .yaml = with("key: request.auth.audiences, values: [web]"),
           .jwt = kToken},
          {.name = "presenter",
           .yaml = with("key: request.auth.presenter, values: [app]"),
           .jwt = kToken},
          {.name = "claim in a list",
           .yaml = with("key: 'request.auth.claims[groups]', values: [ops]"),
           .jwt = kToken},
          {.name = "claim not in the list",
           .yaml = with("key: 'request.auth.claims[groups]', values: [hr]"),
           .jwt = kToken,
           .want = "denied p"},
          {.name = "nested claim",
           .yaml = with("key: 'request.auth.claims[org][team]', values: [red]"),
           .jwt = kToken},
          {.name = "word of a scope",
           .yaml = with("key: 'request.auth.claims[scope]', values: [write]"),
           .jwt = kToken},
          {.name = "claim ruled out, without token",
           .yaml = with("key: 'request.auth.claims[groups]', notValues: [dev]")},
          {.name = "for other pods",
           .yaml = security("RequestAuthentication", "jwt",
                            "{selector: {matchLabels: {app: db}}, jwtRules: [{issuer: x}]}"),
           .jwt = kToken},
      },
      kShop);
}

TEST_CASE("CUSTOM, DENY and ALLOW come in this order", "[routing][authorization]") {
  const std::string all = allow("[{}]");
  const std::string config =
      "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n"
      "data:\n  mesh: |\n    extensionProviders: [{name: opa}]\n    trustDomain: example.org\n";
  const auto custom = [](const std::string& name, const std::string& provider) {
    return security("AuthorizationPolicy", name,
                    "{action: CUSTOM, provider: {name: " + provider + "}, rules: [{}]}");
  };
  check_all(
      {
          {.name = "DENY before ALLOW", .yaml = all + deny("[{}]"), .want = "denied d"},
          {.name = "DENY of another method",
           .yaml = all + deny("[{to: [{operation: {methods: [POST]}}]}]")},
          {.name = "DENY alone", .yaml = deny("[{from: [{source: {namespaces: [ops]}}]}]")},
          {.name = "DENY without rules", .yaml = deny("[]")},
          {.name = "AUDIT decides nothing",
           .yaml = security("AuthorizationPolicy", "a", "{action: AUDIT, rules: [{}]}")},
          {.name = "a dry run decides nothing",
           .yaml = security("AuthorizationPolicy", "d", "{action: DENY, rules: [{}]}", "shop",
                            ", annotations: {istio.io/dry-run: 'true'}")},
          {.name = "CUSTOM asks", .yaml = config + custom("c", "opa")},
          {.name = "CUSTOM without its provider",
           .yaml = config + custom("c", "oops"),
           .want = "denied c"},
          {.name = "two providers",
           .yaml = custom("c", "opa") + custom("e", "other"),
           .want = "denied e"},
          {.name = "DENY after CUSTOM",
           .yaml = custom("c", "opa") + deny("[{}]"),
           .want = "denied d"},
          {.name = "the mesh's own trust domain",
           .yaml = config + from("principals: [example.org/ns/shop/sa/front]")},
          {.name = "cluster.local stands for it",
           .yaml = config + from("principals: [cluster.local/ns/shop/sa/front]")},
          {.name = "selector of other pods",
           .yaml = security("AuthorizationPolicy", "p", "{selector: {matchLabels: {app: db}}}")},
          {.name = "selector of these pods",
           .yaml =
               security("AuthorizationPolicy", "p", "{selector: {matchLabels: {app: reviews}}}"),
           .want = "denied p"},
          {.name = "another namespace", .yaml = security("AuthorizationPolicy", "p", "{}", "ops")},
          {.name = "root namespace",
           .yaml = security("AuthorizationPolicy", "p", "{}", "istio-system"),
           .want = "denied p"},
          {.name = "root namespace with a selector",
           .yaml = security("AuthorizationPolicy", "p", "{selector: {matchLabels: {app: db}}}",
                            "istio-system")},
          {.name = "targets need a waypoint",
           .yaml = security("AuthorizationPolicy", "p",
                            "{targetRefs: [{kind: Service, group: '', name: reviews}]}")},
          {.name = "targets with a waypoint",
           .yaml = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: "
                   "{istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp}}\n" +
                   security("AuthorizationPolicy", "p",
                            "{targetRefs: [{kind: Service, group: '', name: reviews}]}"),
           .want = "denied p"},
          {.name = "a node's proxy sees no methods",
           .yaml = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: "
                   "{istio.io/dataplane-mode: ambient}}\n" +
                   to("methods: [GET]"),
           .want = "denied p"},
      },
      kShop);
}

TEST_CASE("connections have no methods: ALLOW rules vanish, DENY rules widen",
          "[routing][authorization]") {
  const auto db = [](const char* name, std::string yaml, const char* want) {
    return AccessCase{
        .name = name, .yaml = std::move(yaml), .to = "db", .port = 5432, .want = want};
  };
  check_all(
      {
          db("ALLOW with a method", to("methods: [GET]"), "denied p"),
          db("ALLOW with a method and a port", to("methods: [GET], ports: ['5432']"), "denied p"),
          db("ALLOW with a port", to("ports: ['5432']"), "allowed"),
          db("ALLOW with a namespace", from("namespaces: [shop]"), "allowed"),
          db("ALLOW with notPaths", to("notPaths: [/x]"), "denied p"),
          db("ALLOW with a header", when("key: 'request.headers[a]', values: [b]"), "denied p"),
          db("another rule may still allow",
             allow("[{to: [{operation: {methods: [GET]}}]}, {to: [{operation: {ports: "
                   "['5432']}}]}]"),
             "allowed"),
          db("DENY with a method", deny("[{to: [{operation: {methods: [DELETE]}}]}]"), "denied d"),
          db("DENY with a method and another port",
             deny("[{to: [{operation: {methods: [DELETE], ports: ['1']}}]}]"), "allowed"),
          db("DENY with a method and this port",
             deny("[{to: [{operation: {methods: [DELETE], ports: ['5432']}}]}]"), "denied d"),
          db("DENY with a claim and another namespace",
             deny("[{from: [{source: {namespaces: [ops]}}], when: [{key: "
                  "'request.auth.claims[a]', values: [b]}]}]"),
             "allowed"),
      },
      kShop);
}

TEST_CASE("both ends of a connection have to speak the same TLS", "[routing][authorization]") {
  const std::string strict = peers("{mtls: {mode: STRICT}}");
  check_all(
      {
          {.name = "STRICT and a proxy", .yaml = strict},
          {.name = "STRICT and no proxy", .yaml = strict, .plain = true, .want = "denied tls"},
          {.name = "PERMISSIVE and no proxy",
           .yaml = peers("{mtls: {mode: PERMISSIVE}}"),
           .plain = true},
          {.name = "STRICT and DISABLE", .yaml = strict + rule("DISABLE"), .want = "denied tls"},
          {.name = "STRICT and SIMPLE", .yaml = strict + rule("SIMPLE"), .want = "denied tls"},
          {.name = "STRICT and ISTIO_MUTUAL", .yaml = strict + rule("ISTIO_MUTUAL")},
          {.name = "DISABLE and ISTIO_MUTUAL",
           .yaml = peers("{mtls: {mode: DISABLE}}") + rule("ISTIO_MUTUAL"),
           .want = "denied r"},
          {.name = "DISABLE and automatic", .yaml = peers("{mtls: {mode: DISABLE}}")},
          {.name = "DISABLE takes the identity away",
           .yaml = peers("{mtls: {mode: DISABLE}}") + from("namespaces: [shop]"),
           .want = "denied p"},
          {.name = "a rule for another host", .yaml = strict + rule("DISABLE", "ratings")},
          {.name = "STRICT of the mesh",
           .yaml = peers("{mtls: {mode: STRICT}}", "istio-system"),
           .plain = true,
           .want = "denied tls"},
          {.name = "the namespace over the mesh",
           .yaml = peers("{mtls: {mode: STRICT}}", "istio-system") +
                   peers("{mtls: {mode: PERMISSIVE}}"),
           .plain = true},
          {.name = "UNSET inherits",
           .yaml = peers("{mtls: {mode: STRICT}}", "istio-system") + peers("{mtls: {mode: UNSET}}"),
           .plain = true,
           .want = "denied tls"},
          {.name = "the workload over the namespace",
           .yaml = strict + security("PeerAuthentication", "own",
                                     "{selector: {matchLabels: {app: reviews}}, mtls: {mode: "
                                     "PERMISSIVE}}"),
           .plain = true},
          {.name = "the port over the workload",
           .yaml = security("PeerAuthentication", "own",
                            "{selector: {matchLabels: {app: reviews}}, mtls: {mode: STRICT}, "
                            "portLevelMtls: {8080: {mode: PERMISSIVE}}}"),
           .plain = true},
          {.name = "the port is the container's",
           .yaml = security("PeerAuthentication", "own",
                            "{selector: {matchLabels: {app: reviews}}, mtls: {mode: STRICT}, "
                            "portLevelMtls: {9080: {mode: PERMISSIVE}}}"),
           .plain = true,
           .want = "denied own"},
          {.name = "pods without a proxy enforce nothing",
           .yaml = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n" + allow("[]")},
      },
      kShop);
}

TEST_CASE("a refusal names the rule that was nearest and what it lacked",
          "[routing][authorization]") {
  const AccessCase one = {
      .name = "nearest",
      .yaml = allow("[{from: [{source: {namespaces: [ops]}}], to: [{operation: {methods: "
                    "[POST]}}]}, {to: [{operation: {methods: [HEAD]}}]}]")};
  const Verdict verdict = verdict_of(one, kShop);
  CHECK(verdict.status == 403);
  REQUIRE(verdict.nearest);
  CHECK(verdict.nearest->resource == "AuthorizationPolicy shop/p");
  CHECK(verdict.nearest->rule == "rules[1]");
  REQUIRE(verdict.nearest->lacking.size() == 1);
  CHECK(verdict.nearest->lacking.front().text == "method is `GET`, not `HEAD`");
}

TEST_CASE("connections that are refused have no status", "[routing][authorization]") {
  const Verdict verdict =
      verdict_of({.name = "plain", .yaml = peers("{mtls: {mode: STRICT}}"), .plain = true}, kShop);
  CHECK(!verdict.status);
  const Verdict bytes =
      verdict_of({.name = "bytes", .yaml = allow("[]"), .to = "db", .port = 5432}, kShop);
  CHECK(!bytes.status);
}

TEST_CASE("claims are read from the payload of a token", "[routing][authorization]") {
  const auto claims = parse_claims(kToken);
  REQUIRE(claims);
  CHECK(claims->text("iss") == "me");
  REQUIRE(claims->find({"org", "team"}) != nullptr);
  CHECK(claims->find({"groups"})->size() == 2);
  CHECK(claims->find({"nothing"}) == nullptr);
  CHECK(!parse_claims("[]"));
  CHECK(!parse_claims("not json"));
}

}  // namespace meshfn::routing
