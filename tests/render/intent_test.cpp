#include "render/intent.h"

#include "render/rendering.h"
#include "routing/table.h"

namespace meshfn::render {

namespace {

std::string routes(const std::string& rest) {
  return "apiVersion: meshfn.dev/v1\nkind: Routes\nname: shop\nnamespace: prod\n" + rest;
}

constexpr const char* kVersions = "versions: {v1: 90, v2: 10}\n";

std::string where_to(const std::string& text, routing::Request request) {
  const auto input = read_texts({{"routes.yaml", text}});
  if (request.authority.empty()) request.authority = "shop";
  const routing::Answer answer = routing::explain(input->table(), request);
  if (answer.route == nullptr) return answer.lost;
  if (answer.route->redirect) {
    return routing::redirect_location(*answer.route->redirect, *answer.match, request);
  }
  std::string words;
  for (const routing::Destination& to : answer.route->destinations) {
    words += to.host + "/" + to.subset + " " + std::to_string(to.weight) + " ";
  }
  return words + routing::rewritten_path(*answer.route, *answer.match, request);
}

routing::Request path(std::string text) {
  routing::Request request;
  request.path = std::move(text);
  return request;
}

}  // namespace

TEST_CASE("an intent without rules splits by the weights of its versions", "[render]") {
  CHECK(where_to(routes(kVersions), path("/")) ==
        "shop.prod.svc.cluster.local/v1 90 shop.prod.svc.cluster.local/v2 10 /");
  CHECK(where_to(routes(""), path("/")) == "shop.prod.svc.cluster.local/ 100 /");
}

TEST_CASE("a path pattern with a star means the path and all below it", "[render]") {
  const std::string text =
      routes(std::string(kVersions) +
             "rules: [{match: {path: /api/*}, to: v2, rewrite: /v2}, {to: v1}]\n");
  CHECK(where_to(text, path("/api")) == "shop.prod.svc.cluster.local/v2 100 /v2");
  CHECK(where_to(text, path("/api/x")) == "shop.prod.svc.cluster.local/v2 100 /v2/x");
  CHECK(where_to(text, path("/apis")) == "shop.prod.svc.cluster.local/v1 100 /apis");
}

TEST_CASE("header patterns can be negated", "[render]") {
  const std::string text =
      routes(std::string(kVersions) +
             "rules: [{match: {headers: {x-user: 'j*', x-old: '!*'}}, to: v2}, {to: v1}]\n");
  routing::Request request;
  request.headers["x-user"] = "jason";
  CHECK(where_to(text, request) == "shop.prod.svc.cluster.local/v2 100 /");
  request.headers["x-old"] = "1";
  CHECK(where_to(text, request) == "shop.prod.svc.cluster.local/v1 100 /");
}

TEST_CASE("a rule's own settings win over the common ones", "[render]") {
  const auto input =
      read_texts({{"routes.yaml",
                   routes(std::string(kVersions) +
                          "timeout: 5s\nrules: [{match: {path: /a}, timeout: 1s, to: v1}]\n")}});
  const auto& rules = input->table().listeners[0].virtual_hosts[0].routes;
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].timeout.value == std::chrono::seconds(1));
  CHECK(rules[1].timeout.value == std::chrono::seconds(5));
}

TEST_CASE("mistakes in an intent are told with their place", "[render]") {
  CHECK(failure(routes("tiemout: 5s\n")).starts_with("in.yaml:5:1: "));
  CHECK(failure(routes("rules: [{match: {path: api}, to: x}]\n")) ==
        "in.yaml:5:24: path `api` does not begin with `/`");
  CHECK(failure(routes("versions: {stable: 1}\nrules: [{to: stabel}]\n")) ==
        "in.yaml:6:14: there is no version `stabel`");
  CHECK(failure(routes("rules: [{to: 'b:http'}]\n")) == "in.yaml:5:14: `http` is no port");
  CHECK(failure(routes("rules: [{match: {method: '!GET'}, to: x}]\n")) ==
        "in.yaml:5:26: only header conditions can be negated");
  CHECK(failure(routes("inside: false\n")) ==
        "in.yaml:5:9: neither inside the mesh nor through a gateway: nothing reaches these routes");
  CHECK(failure("apiVersion: meshfn.dev/v1\nkind: Routes\n").find("`name`") != std::string::npos);
}

TEST_CASE("a whole intent becomes Istio resources that render as themselves", "[render]") {
  const std::string text = routes(
      std::string(kVersions) +
      "port: 80\ngateways: [istio-system/public]\nhosts: [shop.example.com]\n"
      "rules:\n"
      "- {match: [{path: /a/*}, {path: '~/b.*', query: {q: '*'}, from: {app: web}}], to: {v1: 1, "
      "'other:8080': 3}, rewrite: /z, mirror: {to: v2, percent: 5%}, fault: {delay: 2s, "
      "delay-percent: 10%, abort: 503}}\n"
      "- {match: {path: /old}, redirect: {path: /new, code: 308}}\n"
      "timeout: 5s\nretries: {attempts: 3, per-try: 250ms, on: [5xx]}\n"
      "failover: {after: 3, regions: {eu: us}}\nlimits: {connections: 10, pending: 5, requests: 7, "
      "connect-timeout: 2s}\nbalance: {hash-cookie: user}\nmtls: off\n");
  const std::string istio = render_text(text, "istio");
  CHECK(render_text(istio, "istio") == istio);
  CHECK(istio.find("- istio-system/public\n    - mesh\n") != istio.npos);
  CHECK(istio.find("subset: v2") != istio.npos);
  CHECK(istio.find("mode: DISABLE") != istio.npos);
}

TEST_CASE("a file may hold intents beside resources", "[render]") {
  const std::string text = routes("") + R"(---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: prod}
)";
  const std::string yaml = render_text(text, "yaml");
  CHECK(yaml.find("kind: VirtualService") != yaml.npos);
  CHECK(yaml.find("kind: Service") != yaml.npos);
  CHECK(yaml.find("kind: Routes") == yaml.npos);
}

TEST_CASE("a canary takes the part of its step, the others share the rest", "[render]") {
  const auto at = [](int step) {
    return where_to(routes("versions: {v1: 60, v2: 0, v3: 30}\ncanary: {version: v2, steps: [10, "
                           "50, 100], now: " +
                           std::to_string(step) + "}\n"),
                    path("/"));
  };
  const std::string shop = "shop.prod.svc.cluster.local";
  CHECK(at(0) == shop + "/v1 2 " + shop + "/v3 1 /");
  CHECK(at(1) == shop + "/v1 6 " + shop + "/v2 1 " + shop + "/v3 3 /");
  CHECK(at(2) == shop + "/v1 2 " + shop + "/v2 3 " + shop + "/v3 1 /");
  CHECK(at(3) == shop + "/v2 100 /");
}

TEST_CASE("a retry budget belongs to the service", "[render]") {
  const std::string text = render_texts(
      {{"routes.yaml", routes("retries: {attempts: 3, budget: {percent: 25%, at-least: 5}}\n")}},
      "istio");
  CHECK(text.find("retryBudget:\n      minRetryConcurrency: 5\n      percent: 25") != text.npos);
  const auto wrong = Input::read(
      {{"routes.yaml", routes("rules: [{retries: {budget: {percent: 10%}}}]\n")}}, {}, {});
  REQUIRE(!wrong);
  CHECK(wrong.error().message.find("a rule has no retry budget of its own") != std::string::npos);
}

TEST_CASE("a canary of no version is told with its place", "[render]") {
  const auto wrong = Input::read(
      {{"routes.yaml", routes("versions: {v1: 1}\ncanary: {version: v9, steps: [5]}\n")}}, {}, {});
  REQUIRE(!wrong);
  CHECK(wrong.error().message.find("there is no version `v9`") != std::string::npos);
}

}  // namespace meshfn::render
