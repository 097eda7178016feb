// routes.yaml in every mesh: each target answers as the intent means it, apart from what is listed,
// and rendering again changes nothing.

#include "render/rendering.h"

namespace meshfn::render {

namespace {

constexpr const char* kIntents[] = {
    // versions and weights
    "versions: {v1: 90, v2: 10}\n",
    // headers, paths, methods and query
    "versions: {v1: 1, v2: 0}\nrules:\n- {match: {headers: {x-user: 'j*', x-old: '!*'}}, to: v2}\n"
    "- {match: [{path: /api/*}, {path: '~/b[0-9]+', query: {q: '*'}}], to: v2}\n"
    "- {match: {method: POST, path: /exact}, to: v1}\n",
    // what is done on the way
    "versions: {v1: 1, v2: 0}\nrules:\n- {match: {path: /slow}, timeout: 10s, to: v1}\n"
    "- {match: {path: /f}, fault: {delay: 2s, delay-percent: 10%, abort: 503}}\n"
    "- {match: {path: /m}, mirror: {to: v2, percent: 5%}}\n"
    "- {match: {path: /r/*}, rewrite: /z}\n"
    "- {match: {path: /old}, redirect: {path: /new, code: 302}}\n"
    "timeout: 2s\nretries: {attempts: 2, per-try: 500ms, on: [connect-failure, refused-stream]}\n",
    // policies, a budget, failover, mTLS
    "versions: {v1: 1}\nretries: {attempts: 3, on: [5xx], budget: {percent: 25%, at-least: 5}}\n"
    "failover: {after: 3, regions: {eu: us}}\nlimits: {connections: 10}\nmtls: off\n",
    // a canary on its way
    "versions: {v1: 1, v2: 0}\ncanary: {version: v2, steps: [10, 50, 100], now: 2}\n",
    // outside, too
    "gateways: [istio-system/public]\nhosts: [shop.example.com]\nversions: {v1: 90, v2: 10}\n",
};

/// The Services that the intent speaks of, with one selector for every version.
constexpr const char* kServices = R"(
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: prod}
spec: {selector: {app: shop}, ports: [{name: http, port: 80}]}
)";

std::string document(const std::string& rest) {
  return "apiVersion: meshfn.dev/v1\nkind: Routes\nname: shop\nnamespace: prod\nport: 80\n" + rest;
}

}  // namespace

TEST_CASE("an intent means the same in every mesh, and what cannot be said is listed",
          "[render][intent]") {
  for (const char* intent : kIntents) {
    const auto input =
        read_texts({{"services.yaml", kServices}, {"routes.yaml", document(intent)}});
    for (const char* target : {"istio", "gateway-api", "linkerd"}) {
      INFO(target << " of\n" << intent);
      const Rendered out = rendered(*input, target);
      // What is for gateways alone is not for Linkerd.
      CHECK((!out.documents.empty() || !messages(out, Severity::error).empty()));
      if (out.documents.empty()) continue;
      check_proven(*input, out);
      check_stable(out, target);
    }
  }
}

TEST_CASE("what Linkerd lacks of an intent is told", "[render][intent]") {
  const auto input = read_texts(
      {{"services.yaml", kServices},
       {"routes.yaml", document("versions: {v1: 1}\nrules: [{fault: {abort: 503}, to: v1}]\n")}});
  const auto errors = messages(rendered(*input, "linkerd"), Severity::error);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0] == "Linkerd has no fault injection");
}

}  // namespace meshfn::render
