// The dates of a token, which are judged when somebody says what time it is.

#include "catch.h"
#include "routing/authorization_cases.h"

namespace meshfn::routing {

namespace {

constexpr const char* kPods = R"(
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: shop}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews, namespace: shop}
spec:
  selector: {matchLabels: {app: reviews}}
  template: {metadata: {labels: {app: reviews}}, spec: {containers: [{name: a, image: a}]}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: jwt, namespace: shop}
spec: {jwtRules: [{issuer: me}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: signed, namespace: shop}
spec: {rules: [{from: [{source: {requestPrincipals: ['me/ann']}}]}]}
)";

Verdict at(std::int64_t now, const std::string& dates) {
  const auto loaded = load(kPods);
  AccessCase one{.name = "token", .yaml = ""};
  const std::string claims = R"({"iss": "me", "sub": "ann")" + dates + "}";
  one.jwt = claims.c_str();
  Caller caller = caller_of(one);
  if (now > 0) caller.now = now;
  Destination to;
  to.host = "reviews.shop.svc.cluster.local";
  const Request request = request_of(one);
  const auto targets = targets_of(loaded->mesh, to, one.port, request);
  REQUIRE(targets.size() == 1);
  Verdict verdict = judge(loaded->mesh, caller, request, targets.front());
  verdict.where = {};  // its file dies here
  return verdict;
}

}  // namespace

TEST_CASE("an expired token is refused, with a minute's grace", "[routing][authorization]") {
  const std::string until = R"(, "exp": 1000000)";
  CHECK(at(999'999, until).allowed);
  CHECK(at(1'000'060, until).allowed);
  const Verdict late = at(1'000'061, until);
  CHECK_FALSE(late.allowed);
  CHECK(late.status == 401);
  CHECK(late.by == "RequestAuthentication shop/jwt");
  CHECK(late.why == "the token expired 61 s ago");
}

TEST_CASE("a token is refused before its time", "[routing][authorization]") {
  const std::string from = R"(, "nbf": 1000000.5)";
  CHECK(at(999'940, from).allowed);
  const Verdict early = at(999'900, from);
  CHECK_FALSE(early.allowed);
  CHECK(early.status == 401);
  CHECK(early.why == "the token is not valid for another 100 s");
}

TEST_CASE("without a time, and without dates, a token holds", "[routing][authorization]") {
  CHECK(at(0, R"(, "exp": 1)").allowed);
  CHECK(at(1'000'000, "").allowed);
  CHECK(at(1'000'000, R"(, "exp": "tomorrow")").allowed);
}

TEST_CASE("that no signature is checked is said", "[routing][authorization]") {
  const Verdict verdict = at(1, R"(, "exp": 2)");
  REQUIRE(verdict.notes.size() == 1);
  CHECK(verdict.notes[0].message.find("signature is not checked") != std::string::npos);
}

}  // namespace meshfn::routing
