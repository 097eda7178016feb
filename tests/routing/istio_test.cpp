#include "routing/istio.h"

#include "routing/loaded.h"

namespace meshfn::routing {

namespace {

constexpr const char* kReviews = R"(
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: prod}
spec: {ports: [{port: 9080, name: http}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: prod}
spec:
  hosts: [reviews]
  http:
  - match: [{headers: {end-user: {exact: jason}}}]
    route: [{destination: {host: reviews, subset: v2}}]
    timeout: 3s
  - route:
    - {destination: {host: reviews, subset: v1}, weight: 80}
    - {destination: {host: reviews, subset: v3}, weight: 20}
)";

Request get(std::string authority, std::string path = "/") {
  Request request;
  request.authority = std::move(authority);
  request.path = std::move(path);
  return request;
}

std::string where_to(const Table& table, const Request& request) {
  const Answer answer = explain(table, request);
  if (answer.route == nullptr) return "lost: " + answer.lost;
  if (answer.route->redirect) return "redirect";
  if (answer.route->destinations.empty()) return "nowhere";
  const Destination& to = answer.route->destinations.front();
  return to.host + (to.subset.empty() ? "" : "/" + to.subset);
}

/// Services a and b of namespace n, and `rules` in a VirtualService for both.
std::string virtual_service(const std::string& name, const std::string& spec,
                            const std::string& scope = "n") {
  return "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: " + name +
         ", namespace: " + scope + "}\nspec: " + spec + "\n";
}

}  // namespace

TEST_CASE("the first rule whose conditions hold takes the request", "[routing]") {
  const auto loaded = load(kReviews);
  const Table table = istio_table(loaded->mesh);
  Request request = get("reviews");
  CHECK(where_to(table, request) == "reviews.prod.svc.cluster.local/v1");
  request.headers["end-user"] = "jason";
  CHECK(where_to(table, request) == "reviews.prod.svc.cluster.local/v2");
  for (const char* name : {"reviews.prod", "reviews.prod.svc", "reviews.prod.svc.cluster.local",
                           "REVIEWS", "reviews:9080"}) {
    CHECK(where_to(table, get(name)) == "reviews.prod.svc.cluster.local/v1");
  }
  CHECK(where_to(table, get("review")) ==
        "lost: no virtual host of `mesh` takes host `review`; did you mean `reviews`?");
  CHECK(explain(table, get("reviews:1234")).route == nullptr);
}

TEST_CASE("what was tried is told with its place", "[routing]") {
  const auto loaded = load(kReviews);
  const Table table = istio_table(loaded->mesh);
  const Answer answer = explain(table, get("reviews"));
  REQUIRE(answer.tried.size() == 1);
  CHECK(answer.tried[0].why == "header `end-user` is missing");
  CHECK(source::to_string(answer.tried[0].where) == "mesh.yaml:13:24");
  CHECK(answer.route->total_weight() == 100);
  CHECK(answer.route->destinations[1].weight == 20);
  CHECK(find_route(table, get("reviews")) == answer.route);
}

TEST_CASE("defaults have no place and written values have one", "[routing]") {
  const auto loaded = load(kReviews);
  const Table table = istio_table(loaded->mesh);
  const auto& routes = table.listeners.at(0).virtual_hosts.at(0).routes;
  CHECK(routes[0].timeout.value == std::chrono::seconds(3));
  CHECK(source::to_string(routes[0].timeout.where) == "mesh.yaml:15:14");
  CHECK(routes[1].timeout.is_default());
  CHECK(routes[1].retries->attempts.value == 2);
  CHECK(routes[1].retries->attempts.is_default());
}

TEST_CASE("a service without VirtualService keeps its default route", "[routing]") {
  const auto loaded = load(kReviews + virtual_service("x", "{hosts: [other], http: []}"));
  const auto bare = load(R"({apiVersion: v1, kind: Service, metadata: {name: a, namespace: n},
                             spec: {ports: [{port: 80}]}})");
  CHECK(where_to(istio_table(bare->mesh), get("a")) == "a.n.svc.cluster.local");
  CHECK(where_to(istio_table(loaded->mesh), get("other")) ==
        "lost: no route of `other.n.svc.cluster.local` takes it");
}

TEST_CASE("sidecars use the first VirtualService of a host and say so", "[routing]") {
  const auto loaded =
      load(virtual_service("b", "{hosts: [a.com], http: [{route: [{destination: {host: b}}]}]}") +
           virtual_service("a", "{hosts: [a.com], http: [{route: [{destination: {host: a}}]}]}"));
  const Table table = istio_table(loaded->mesh);
  CHECK(where_to(table, get("a.com")) == "a.n.svc.cluster.local");
  REQUIRE(table.notes.size() == 1);
  CHECK(table.notes[0].message ==
        "VirtualService n/b is ignored by sidecars for `a.com`: VirtualService n/a comes first");
}

TEST_CASE("an exact host wins over a wildcard for the same service", "[routing]") {
  const auto loaded = load(
      R"({apiVersion: v1, kind: Service, metadata: {name: s, namespace: n}}
---
{apiVersion: v1, kind: Service, metadata: {name: t, namespace: n}}
)" +
      virtual_service("a",
                      "{hosts: ['*.n.svc.cluster.local'], http: [{route: [{destination: "
                      "{host: wild}}]}]}") +
      virtual_service("z", "{hosts: [s], http: [{route: [{destination: {host: own}}]}]}"));
  const Table table = istio_table(loaded->mesh);
  CHECK(where_to(table, get("s")) == "own.n.svc.cluster.local");
  CHECK(where_to(table, get("t")) == "wild.n.svc.cluster.local");
}

TEST_CASE("exportTo hides a VirtualService from other namespaces", "[routing]") {
  const auto loaded = load(virtual_service(
      "a", "{hosts: [a.com], exportTo: ['.'], http: [{route: [{destination: {host: a}}]}]}"));
  CHECK(where_to(istio_table(loaded->mesh, {"n"}), get("a.com")) == "a.n.svc.cluster.local");
  CHECK(explain(istio_table(loaded->mesh, {"m"}), get("a.com")).route == nullptr);
}

TEST_CASE("gateways merge VirtualServices, and what takes everything goes last", "[routing]") {
  const auto loaded =
      load(R"(
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: n}
spec: {servers: [{port: {number: 80, protocol: HTTP}, hosts: ['*.com']}]}
)" +
           virtual_service("a",
                           "{hosts: [a.com], gateways: [gw], http: [{route: [{destination: {host: "
                           "all}}]}]}") +
           virtual_service("b",
                           "{hosts: [a.com, b.org], gateways: [gw], http: [{match: "
                           "[{uri: {prefix: /b}}], route: [{destination: {host: "
                           "b}}]}]}"));
  const Table table = istio_table(loaded->mesh);
  Request request = get("a.com", "/b/x");
  request.gateway = "n/gw";
  CHECK(where_to(table, request) == "b.n.svc.cluster.local");
  request.path = "/x";
  CHECK(where_to(table, request) == "all.n.svc.cluster.local");
  request.authority = "b.org";
  CHECK(explain(table, request).route == nullptr);
  request.authority = "a.com";
  request.port = 81;
  CHECK(explain(table, request).lost == "no listener `n/gw` on port 81");
}

TEST_CASE("a gateway host can be bound to a namespace", "[routing]") {
  const std::string gateway = R"(
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: n}
spec: {servers: [{port: {number: 80, protocol: HTTP}, hosts: ['./*']}]}
)";
  const std::string rule =
      "{hosts: [a.com], gateways: [n/gw], http: [{route: [{destination: {host: a}}]}]}";
  Request request = get("a.com");
  request.gateway = "n/gw";
  const auto same = load(gateway + virtual_service("a", rule));
  CHECK(where_to(istio_table(same->mesh), request) == "a.n.svc.cluster.local");
  const auto other = load(gateway + virtual_service("a", rule, "m"));
  const Table table = istio_table(other->mesh);
  CHECK(explain(table, request).route == nullptr);
  CHECK(table.notes.size() == 1);
}

TEST_CASE("httpsRedirect answers before any rule", "[routing]") {
  const auto loaded = load(R"(
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: n}
spec: {servers: [{port: {number: 80, protocol: HTTP}, hosts: ['*'], tls: {httpsRedirect: true}}]}
)" + virtual_service("a",
                     "{hosts: [a.com], gateways: [gw], http: [{route: [{destination: {host: "
                     "a}}]}]}"));
  Request request = get("a.com", "/x");
  request.gateway = "n/gw";
  const Table table = istio_table(loaded->mesh);
  const Answer answer = explain(table, request);
  REQUIRE(answer.route != nullptr);
  CHECK(redirect_location(*answer.route->redirect, *answer.match, request) == "https://a.com/x");
  CHECK(answer.route->redirect->code == 301);
}

TEST_CASE("gateways of a match outweigh its source conditions", "[routing]") {
  const auto loaded = load(
      virtual_service("a",
                      "{hosts: [a.com], gateways: [mesh, gw], http: [{match: [{gateways: [gw], "
                      "sourceLabels: {app: x}}], route: [{destination: {host: gw}}]}, {route: "
                      "[{destination: {host: rest}}]}]}"));
  const Table table = istio_table(loaded->mesh);
  CHECK(where_to(table, get("a.com")) == "rest.n.svc.cluster.local");
  Request request = get("a.com");
  request.gateway = "n/gw";
  CHECK(where_to(table, request) == "gw.n.svc.cluster.local");
}

TEST_CASE("callers are told apart by labels and namespace", "[routing]") {
  const auto loaded = load(virtual_service(
      "a",
      "{hosts: [a.com], http: [{match: [{sourceLabels: {app: x}, sourceNamespace: m}], route: "
      "[{destination: {host: x}}]}, {route: [{destination: {host: rest}}]}]}"));
  const Table table = istio_table(loaded->mesh);
  Request request = get("a.com");
  request.source_labels["app"] = "x";
  CHECK(where_to(table, request) == "rest.n.svc.cluster.local");
  request.source_namespace = "m";
  CHECK(where_to(table, request) == "x.n.svc.cluster.local");
}

TEST_CASE("a delegate's rules are merged under the root's", "[routing]") {
  const std::string root =
      virtual_service("root",
                      "{hosts: [a.com], http: [{match: [{uri: {prefix: /a}}], timeout: 2s, "
                      "delegate: {name: d}}, {match: [{uri: {prefix: /m}}], delegate: "
                      "{name: missing}}]}");
  const auto loaded =
      load(root + virtual_service("d",
                                  "{http: [{match: [{uri: {prefix: /a/x}}], route: [{destination: "
                                  "{host: x}}]}, {match: [{uri: {prefix: /b}}], route: "
                                  "[{destination: {host: b}}]}, {route: [{destination: {host: "
                                  "rest}}]}]}"));
  const Table table = istio_table(loaded->mesh);
  CHECK(where_to(table, get("a.com", "/a/x")) == "x.n.svc.cluster.local");
  CHECK(where_to(table, get("a.com", "/a/y")) == "rest.n.svc.cluster.local");
  CHECK(explain(table, get("a.com", "/b")).route == nullptr);
  REQUIRE(table.notes.size() == 2);
  CHECK(table.notes[0].message ==
        "http[1] of VirtualService n/d is dropped by Istio: path prefix `/b` does not fit into "
        "path prefix `/a`");
  CHECK(table.notes[1].message ==
        "http[1] of VirtualService n/root is dropped by Istio: delegate `n/missing`: there is no "
        "such VirtualService");
  const Route* route = find_route(table, get("a.com", "/a/y"));
  CHECK(route->timeout.value == std::chrono::seconds(2));
  CHECK(route->delegate == "n/d");
}

TEST_CASE("rewrites follow the kind of the path condition", "[routing]") {
  struct Case {
    const char* match;
    const char* rewrite;
    const char* path;
    const char* result;
  };

  const Case cases[] = {
      {"{prefix: /api/}", "uri: /", "/api/x", "/x"},
      {"{prefix: /api}", "uri: /", "/api/x", "//x"},
      {"{prefix: /api/}", "uri: /v2", "/api/x", "/v2x"},
      {"{exact: /api}", "uri: /v2", "/api", "/v2"},
      {"{regex: '/api(/.*)?'}", "uri: /v2", "/api/x", "/v2"},
      {"{prefix: /}", "uriRegexRewrite: {match: '^/a/([^/]+)', rewrite: '/\\1/a'}", "/a/b/c",
       "/b/a/c"},
  };
  for (const Case& c : cases) {
    INFO(c.match << " " << c.rewrite);
    const auto loaded = load(virtual_service(
        "a", std::string("{hosts: [a.com], http: [{match: [{uri: ") + c.match + "}], rewrite: {" +
                 c.rewrite + "}, route: [{destination: {host: a}}]}]}"));
    const Table table = istio_table(loaded->mesh);
    const Request request = get("a.com", c.path);
    const Answer answer = explain(table, request);
    REQUIRE(answer.route != nullptr);
    CHECK(rewritten_path(*answer.route, *answer.match, request) == c.result);
  }
}

TEST_CASE("one destination takes all, several what their weights say", "[routing]") {
  const auto loaded = load(virtual_service(
      "a",
      "{hosts: [a.com], http: [{match: [{uri: {exact: /1}}], route: [{destination: {host: a}, "
      "weight: 5}]}, {route: [{destination: {host: a}}, {destination: {host: b}, weight: "
      "10}]}]}"));
  const Table table = istio_table(loaded->mesh);
  CHECK(find_route(table, get("a.com", "/1"))->destinations[0].weight == 100);
  const Route* several = find_route(table, get("a.com"));
  CHECK(several->destinations[0].weight == 0);
  CHECK(several->destinations[1].weight == 10);
}

TEST_CASE("TLS routes go by server name", "[routing]") {
  const auto loaded = load(virtual_service(
      "a",
      "{hosts: ['*.a.com'], tls: [{match: [{sniHosts: [x.a.com]}], route: [{destination: "
      "{host: x}}]}, {match: [{sniHosts: ['*.a.com']}], route: [{destination: {host: "
      "rest}}]}]}"));
  const Table table = istio_table(loaded->mesh);
  Request request;
  request.protocol = Protocol::tls;
  request.sni = "x.a.com";
  CHECK(where_to(table, request) == "x.n.svc.cluster.local");
  request.sni = "y.a.com";
  CHECK(where_to(table, request) == "rest.n.svc.cluster.local");
}

TEST_CASE("every public file with routes gives a table", "[routing][corpus]") {
  const auto corpus = shared() / "corpus";
  if (!std::filesystem::exists(corpus)) {
    WARN("no shared corpus here; set MESHFN_SHARED to its directory");
    return;
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".yaml" && entry.path().extension() != ".yml") continue;
    auto loaded = std::make_unique<Loaded>();
    std::vector<diagnostic::Diagnostic> problems;
    const auto& file = loaded->store.add(entry.path().string(), contents(entry.path()));
    loaded->trees.push_back(yaml::read(file, problems));
    loaded->mesh.load(*loaded->trees.back());
    const Table table = istio_table(loaded->mesh);
    for (const Listener& listener : table.listeners) {
      for (const VirtualHost& host : listener.virtual_hosts) {
        for (const Route& route : host.routes) CHECK(route.where.file != nullptr);
      }
    }
    ++files;
  }
  CHECK(files > 50);
}

}  // namespace meshfn::routing
