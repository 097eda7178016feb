// Who may, by Linkerd's rules: a table of questions and answers.

#include "routing/authorization_cases.h"

namespace meshfn::routing {

namespace {

constexpr const char* kShop = R"(
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080, targetPort: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  template:
    metadata: {labels: {app: reviews}}
    spec: {containers: [{name: app, image: a, ports: [{name: web, containerPort: 8080}]}]}
)";

std::string policy(const std::string& kind, const std::string& name, const std::string& spec,
                   const std::string& more = "") {
  return "---\napiVersion: policy.linkerd.io/v1beta3\nkind: " + kind +
         "\nmetadata: {name: " + name + ", namespace: shop" + more + "}\nspec: " + spec + "\n";
}

std::string server(const std::string& more = "", const std::string& port = "web") {
  return policy("Server", "web",
                "{podSelector: {matchLabels: {app: reviews}}, port: " + port + more + "}",
                ", labels: {tier: front}");
}

std::string authorization(const std::string& client, const std::string& which = "name: web") {
  return policy("ServerAuthorization", "sa", "{server: {" + which + "}, client: {" + client + "}}");
}

std::string authorizes(const std::string& references, const std::string& target =
                                                          "kind: Server, "
                                                          "name: web") {
  return policy("AuthorizationPolicy", "ap",
                "{targetRef: {group: policy.linkerd.io, " + target +
                    "}, requiredAuthenticationRefs: [" + references + "]}");
}

std::string pods(const std::string& mode) {
  return "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n---\napiVersion: "
         "v1\nkind: "
         "Service\nmetadata: {name: own, namespace: shop}\nspec: {selector: {app: own}, ports: "
         "[{port: 80}]}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: own, "
         "namespace: shop}\nspec:\n  template:\n    metadata: {labels: {app: own}, annotations: "
         "{config.linkerd.io/default-inbound-policy: " +
         mode + "}}\n    spec: {containers: [{name: app, image: a}]}\n";
}

const std::string kTls = "{kind: MeshTLSAuthentication, group: policy.linkerd.io, name: tls}";
const std::string kNet = "{kind: NetworkAuthentication, group: policy.linkerd.io, name: net}";

std::string tls(const std::string& spec) { return policy("MeshTLSAuthentication", "tls", spec); }

std::string net(const std::string& spec) { return policy("NetworkAuthentication", "net", spec); }

const std::string kFront = "front.shop.serviceaccount.identity.linkerd.cluster.local";

}  // namespace

TEST_CASE("Servers and what authorizes their clients", "[routing][authorization]") {
  check_all(
      {
          {.name = "without a Server all may", .yaml = "", .plain = true},
          {.name = "a Server alone refuses", .yaml = server(), .want = "denied web"},
          {.name = "a Server of another port", .yaml = server("", "9999")},
          {.name = "a Server by number", .yaml = server("", "8080"), .want = "denied web"},
          {.name = "accessPolicy all-unauthenticated",
           .yaml = server(", accessPolicy: all-unauthenticated"),
           .plain = true},
          {.name = "accessPolicy all-authenticated",
           .yaml = server(", accessPolicy: all-authenticated"),
           .plain = true,
           .want = "denied web"},
          {.name = "accessPolicy all-authenticated, with identity",
           .yaml = server(", accessPolicy: all-authenticated")},
          {.name = "accessPolicy audit", .yaml = server(", accessPolicy: audit"), .plain = true},
          {.name = "unauthenticated clients",
           .yaml = server() + authorization("unauthenticated: true"),
           .plain = true},
          {.name = "by selector",
           .yaml = server() + authorization("unauthenticated: true",
                                            "selector: {matchLabels: {tier: front}}")},
          {.name = "by a selector of others",
           .yaml = server() +
                   authorization("unauthenticated: true", "selector: {matchLabels: {tier: back}}"),
           .want = "denied web"},
          {.name = "any identity",
           .yaml = server() + authorization("meshTLS: {identities: ['*']}")},
          {.name = "any identity, and none is there",
           .yaml = server() + authorization("meshTLS: {identities: ['*']}"),
           .plain = true,
           .want = "denied web"},
          {.name = "one identity",
           .yaml = server() + authorization("meshTLS: {identities: ['" + kFront + "']}")},
          {.name = "identity by suffix",
           .yaml = server() + authorization("meshTLS: {identities: "
                                            "['*.shop.serviceaccount.identity.linkerd.cluster.local"
                                            "']}")},
          {.name = "service account",
           .yaml = server() + authorization("meshTLS: {serviceAccounts: [{name: front}]}")},
          {.name = "service account elsewhere",
           .yaml = server() +
                   authorization("meshTLS: {serviceAccounts: [{name: front, namespace: ops}]}"),
           .want = "denied web"},
          {.name = "network",
           .yaml =
               server() + authorization("unauthenticated: true, networks: [{cidr: 10.0.0.0/8}]"),
           .ip = "10.1.1.1",
           .plain = true},
          {.name = "except",
           .yaml = server() + authorization("unauthenticated: true, networks: [{cidr: 10.0.0.0/8, "
                                            "except: [10.1.0.0/16]}]"),
           .ip = "10.1.1.1",
           .plain = true,
           .want = "denied web"},
      },
      kShop);
}

TEST_CASE("AuthorizationPolicies of Linkerd ask for all they name", "[routing][authorization]") {
  const std::string route =
      policy("HTTPRoute", "get",
             "{parentRefs: [{kind: Server, group: policy.linkerd.io, name: web}], rules: "
             "[{matches: [{path: {type: Exact, value: /ok}, method: GET}]}]}");
  check_all(
      {
          {.name = "nothing is asked", .yaml = server() + authorizes(""), .plain = true},
          {.name = "an account",
           .yaml = server() + authorizes("{kind: ServiceAccount, name: front}")},
          {.name = "another account",
           .yaml = server() + authorizes("{kind: ServiceAccount, name: back}"),
           .want = "denied web"},
          {.name = "identities",
           .yaml = server() + authorizes(kTls) + tls("{identities: ['" + kFront + "']}")},
          {.name = "identityRefs",
           .yaml = server() + authorizes(kTls) +
                   tls("{identityRefs: [{kind: ServiceAccount, name: front}]}")},
          {.name = "a namespace's identities",
           .yaml = server() + authorizes(kTls) +
                   tls("{identityRefs: [{kind: Namespace, name: shop}]}")},
          {.name = "another namespace's identities",
           .yaml =
               server() + authorizes(kTls) + tls("{identityRefs: [{kind: Namespace, name: ops}]}"),
           .want = "denied web"},
          {.name = "what is not there has no effect",
           .yaml = server() + authorizes(kTls),
           .want = "denied web"},
          {.name = "identity and network",
           .yaml = server() + authorizes(kTls + ", " + kNet) + tls("{identities: ['*']}") +
                   net("{networks: [{cidr: 10.0.0.0/8}]}"),
           .ip = "10.0.0.1"},
          {.name = "identity without network",
           .yaml = server() + authorizes(kTls + ", " + kNet) + tls("{identities: ['*']}") +
                   net("{networks: [{cidr: 10.0.0.0/8}]}"),
           .ip = "11.0.0.1",
           .want = "denied web"},
          {.name = "for the namespace",
           .yaml = server() + authorizes("", "kind: Namespace, name: shop")},
          {.name = "for another Server",
           .yaml = server() + authorizes("", "kind: Server, name: other"),
           .want = "denied web"},
          {.name = "for the route that takes it",
           .yaml = server() + route + authorizes("", "kind: HTTPRoute, name: get"),
           .path = "/ok"},
          {.name = "no route takes it",
           .yaml = server() + route + authorizes("", "kind: HTTPRoute, name: get"),
           .path = "/other",
           .want = "denied web"},
          {.name = "the Server's policy counts on routes",
           .yaml = server() + route + authorizes(""),
           .path = "/ok"},
      },
      kShop);
}

TEST_CASE("default policies hold where there is no Server", "[routing][authorization]") {
  const auto own = [](const char* name, const char* mode, bool plain, const char* ip,
                      const char* want) {
    return AccessCase{.name = name,
                      .yaml = pods(mode),
                      .ip = ip,
                      .plain = plain,
                      .to = "own",
                      .port = 80,
                      .want = want};
  };
  check_all(
      {
          own("deny", "deny", false, "", "denied default policy"),
          own("all-authenticated", "all-authenticated", false, "", "allowed"),
          own("all-authenticated, plain", "all-authenticated", true, "", "denied default policy"),
          own("all-unauthenticated", "all-unauthenticated", true, "", "allowed"),
          own("cluster-unauthenticated inside", "cluster-unauthenticated", true, "10.0.0.1",
              "allowed"),
          own("cluster-unauthenticated outside", "cluster-unauthenticated", true, "8.8.8.8",
              "denied default policy"),
          own("cluster-authenticated inside", "cluster-authenticated", false, "10.0.0.1",
              "allowed"),
          own("cluster-authenticated without identity", "cluster-authenticated", true, "10.0.0.1",
              "denied default policy"),
          own("audit", "audit", true, "", "allowed"),
      },
      kShop);
}

TEST_CASE("rate limits are told with the verdict", "[routing][authorization]") {
  const std::string limit =
      policy("HTTPLocalRateLimitPolicy", "limit",
             "{targetRef: {kind: Server, name: web}, total: {requestsPerSecond: 100}, identity: "
             "{requestsPerSecond: 20}, overrides: [{requestsPerSecond: 50, clientRefs: [{kind: "
             "ServiceAccount, name: front, namespace: shop}]}]}");
  const std::string open = server(", accessPolicy: all-unauthenticated") + limit;
  const Verdict front = verdict_of({.name = "front", .yaml = open}, kShop);
  REQUIRE(front.notes.size() == 2);
  CHECK(front.notes[0].message.find("100 requests a second to all clients") != std::string::npos);
  CHECK(front.notes[1].message.find("50 requests a second to this client") != std::string::npos);
  const Verdict back = verdict_of({.name = "back", .yaml = open, .from = "shop/back"}, kShop);
  REQUIRE(back.notes.size() == 2);
  CHECK(back.notes[1].message.find("20 requests a second to each client") != std::string::npos);
}

}  // namespace meshfn::routing
