#include "routing/sample.h"

#include <set>

#include "routing/loaded.h"

namespace meshfn::routing {

TEST_CASE("a regex gives a text that it matches", "[routing]") {
  for (const char* regex :
       {"/users(/.*)?", "(GET|OPTIONS)", "/catalog[0-9]+", "^/v[12]/x$", "a{3}b{2,}", "[^/]+",
        "(?i)abc", "(?P<n>x)(?:y|z)", "\\d+\\.\\w*", ".*", "x|y", "[]x]", "a\\/b", "a+?b*?"}) {
    const auto text = regex_sample(regex);
    INFO(regex);
    REQUIRE(text);
    CHECK(StringMatch(StringMatch::Kind::regex, regex).matches(*text));
  }
  CHECK_FALSE(regex_sample("("));
}

TEST_CASE("border texts lie on both sides of a pattern", "[routing]") {
  for (const auto kind :
       {StringMatch::Kind::exact, StringMatch::Kind::prefix, StringMatch::Kind::path_prefix}) {
    const StringMatch pattern(kind, "/ab");
    std::size_t inside = 0;
    const auto texts = border_texts(pattern);
    for (const std::string& text : texts) inside += pattern.matches(text) ? 1U : 0U;
    CHECK(inside > 0);
    CHECK(inside < texts.size());
  }
}

TEST_CASE("probing reaches every rule that can be reached", "[routing]") {
  const auto loaded = load(R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: n}
spec:
  hosts: ['*.a.com']
  http:
  - match: [{uri: {regex: '/x[0-9]+'}, method: {exact: PUT}}, {queryParams: {q: {exact: '1'}}}]
    route: [{destination: {host: one}}]
  - match: [{headers: {h: {}}, withoutHeaders: {k: {exact: v}}}]
    route: [{destination: {host: two}}]
  - match: [{sourceLabels: {app: x}, port: 81}]
    route: [{destination: {host: three}}]
  - route: [{destination: {host: four}}]
)");
  const Table table = istio_table(loaded->mesh);
  std::set<const Route*> reached;
  for (const Request& request : probe(table, 1000)) reached.insert(find_route(table, request));
  for (const Route& route : table.listeners[0].virtual_hosts[0].routes) {
    INFO(route.name);
    CHECK(reached.contains(&route));
  }
  CHECK(probe(table, 3).size() == 3);
}

}  // namespace meshfn::routing
