// Conversions between meshes on public files: what is printed answers as its input does, is stable,
// is read by both YAML libraries, and lints clean.

#include <yaml-cpp/yaml.h>

#include <filesystem>

#include "lint/support.h"
#include "render/rendering.h"
#include "routing/loaded.h"

namespace meshfn::render {

namespace {

namespace fs = std::filesystem;

std::vector<NamedText> corpus(const std::vector<std::string>& names) {
  std::vector<NamedText> texts;
  for (const std::string& name : names) {
    const fs::path path = routing::shared() / "corpus" / name;
    if (!fs::exists(path)) {
      WARN("no shared corpus here; set MESHFN_SHARED to its directory");
      return {};
    }
    texts.push_back({name, routing::contents(path)});
  }
  return texts;
}

std::vector<NamedText> converter_input() {
  const std::string folder = "istio-to-gateway/input/";
  return corpus({folder + "1-gateway.yaml", folder + "2-virtualservice-http.yaml",
                 folder + "3-virtualservice-tls.yaml"});
}

std::vector<NamedText> bookinfo(const std::string& routes) {
  return corpus({"bookinfo/platform/kube/bookinfo.yaml",
                 "bookinfo/networking/destination-rule-all.yaml", "bookinfo/networking/" + routes});
}

constexpr const char* kBookinfo[] = {
    "virtual-service-all-v1.yaml",          "virtual-service-details-v2.yaml",
    "virtual-service-ratings-db.yaml",      "virtual-service-ratings-mysql.yaml",
    "virtual-service-reviews-50-v3.yaml",   "virtual-service-reviews-80-20.yaml",
    "virtual-service-reviews-90-10.yaml",   "virtual-service-reviews-jason-v2-v3.yaml",
    "virtual-service-reviews-test-v2.yaml", "virtual-service-reviews-v2-v3.yaml",
    "virtual-service-reviews-v3.yaml"};

/// The Services that `texts` bring along and the output refers to.
std::vector<NamedText> with_output(std::vector<NamedText> texts, const Rendered& out) {
  std::vector<NamedText> kept;
  for (NamedText& text : texts) {
    if (text.path.find("platform") != std::string::npos) kept.push_back(std::move(text));
  }
  kept.push_back({"out.yaml", joined(out)});
  return kept;
}

}  // namespace

TEST_CASE("the public converter's input keeps its answers as HTTPRoutes", "[render][corpus]") {
  const auto texts = converter_input();
  if (texts.empty()) return;
  const auto input = read_texts(texts);
  const Rendered out = rendered(*input, "gateway-api");
  check_proven(*input, out);
  // What that converter's own notes say is ignored is told here.
  const auto errors = messages(out, Severity::error);
  const auto has = [&](std::string_view part) {
    return std::any_of(errors.begin(), errors.end(),
                       [&](const std::string& one) { return one.find(part) != std::string::npos; });
  };
  CHECK(has("mirrors-match sends requests nowhere"));
  CHECK(has("a TLSRoute is for listeners of protocol TLS"));
  CHECK(has("no `credentialName`"));
  CHECK_FALSE(YAML::LoadAll(joined(out)).empty());
}

TEST_CASE("bookinfo keeps its answers in every mesh, and on the way back", "[render][corpus]") {
  for (const char* routes : kBookinfo) {
    INFO(routes);
    const auto texts = bookinfo(routes);
    if (texts.empty()) return;
    const auto input = read_texts(texts);
    for (const char* target : {"gateway-api", "linkerd"}) {
      INFO(target);
      const Rendered there = rendered(*input, target);
      check_proven(*input, there);
      CHECK(messages(there, Severity::error).empty());
      const auto middle = read_texts(with_output(texts, there));
      const Rendered back = rendered(*middle, "istio");
      check_proven(*middle, back);
    }
  }
}

TEST_CASE("a second conversion changes nothing", "[render][corpus]") {
  for (const char* routes : kBookinfo) {
    const auto texts = bookinfo(routes);
    if (texts.empty()) return;
    const auto input = read_texts(texts);
    for (const char* target : {"gateway-api", "linkerd", "istio"}) {
      INFO(target << " " << routes);
      const Rendered once = rendered(*input, target);
      const auto again = read_texts({{"out.yaml", joined(once)}});
      const Rendered twice = rendered(*again, target);
      const auto third = read_texts({{"out.yaml", joined(twice)}});
      CHECK(joined(twice) == joined(rendered(*third, target)));
      CHECK_FALSE(YAML::LoadAll(joined(once)).empty());
    }
  }
}

TEST_CASE("what is rendered lints without an error", "[render][corpus]") {
  for (const char* routes : kBookinfo) {
    // Without the pods of these versions a selector selects nothing, which is an error by itself.
    const std::string_view name = routes;
    if (name.find("ratings") != name.npos || name.find("details") != name.npos) continue;
    const auto texts = bookinfo(routes);
    if (texts.empty()) return;
    const auto input = read_texts(texts);
    for (const char* target : {"gateway-api", "linkerd"}) {
      INFO(target << " " << routes);
      std::vector<std::pair<std::string, std::string>> files;
      for (const NamedText& text : with_output(texts, rendered(*input, target))) {
        files.emplace_back(text.path, text.text);
      }
      const auto linted = lint::lint_texts(files);
      std::vector<std::string> errors;
      const auto lines = linted->lines();
      for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& finding = linted->outcome.findings[i];
        if (finding.severity == diagnostic::Severity::error) errors.push_back(lines[i]);
      }
      CHECK(errors == std::vector<std::string>());
    }
  }
}

TEST_CASE("an earlier rule keeps what a more specific one would take", "[render]") {
  const char* text = R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: n}
spec:
  hosts: [a]
  http:
  - match: [{headers: {user: {exact: jason}}}]
    route: [{destination: {host: b, port: {number: 80}}}]
  - match: [{uri: {exact: /login}}]
    route: [{destination: {host: c, port: {number: 80}}}]
  - route: [{destination: {host: a, port: {number: 80}}}]
)";
  for (const char* target : {"gateway-api", "linkerd"}) {
    const auto input = read_texts({{"in.yaml", text}});
    const Rendered out = rendered(*input, target);
    check_proven(*input, out);
    CHECK(out.losses.empty());
  }
}

TEST_CASE("a difference that nothing was listed for is found", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: n}
spec:
  hosts: [a]
  http:
  - {match: [{uri: {exact: /x}}], route: [{destination: {host: b, port: {number: 80}}}]}
  - {route: [{destination: {host: a, port: {number: 80}}}]}
)"}});
  Rendered out = rendered(*input, "gateway-api");
  REQUIRE(out.documents.size() == 1);
  std::string& text = out.documents[0].text;
  text.replace(text.find("name: b"), 7, "name: z");
  const auto verified = verify(input->source(), out, {});
  REQUIRE(verified);
  REQUIRE(verified->unlisted.differences.size() == 1);
  CHECK(verified->unlisted.differences[0].example.path == "/x");
}

TEST_CASE("what a target cannot say is listed with its severity", "[render]") {
  const auto input = read_texts({{"in.yaml", R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: n}
spec:
  hosts: [a]
  http:
  - match: [{withoutHeaders: {x: {}}}]
    fault: {abort: {httpStatus: 500}}
    route: [{destination: {host: a, port: {number: 80}}}]
  - fault: {abort: {httpStatus: 500}}
    mirror: {host: c, port: {number: 80}}
    route: [{destination: {host: a, port: {number: 80}}}]
)"}});
  const Rendered gateway = rendered(*input, "gateway-api");
  const auto errors = messages(gateway, Severity::error);
  REQUIRE(errors.size() == 2);
  CHECK(errors[1] == "the Gateway API has no fault injection");
  check_proven(*input, gateway);
  CHECK(messages(rendered(*input, "linkerd"), Severity::error).back() == "Linkerd has no mirror");
}

TEST_CASE("a drawing is the same each time and closes what it opens", "[render]") {
  const char* text = R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: n}
spec:
  hosts: [a]
  http:
  - {match: [{uri: {regex: '/<&>"'}}], route: [{destination: {host: a}}]}
  - {route: [{destination: {host: a}, weight: 30}, {destination: {host: b}, weight: 70}]}
)";
  const std::string svg = render_text(text, "svg");
  CHECK(svg == render_text(text, "svg"));
  CHECK(svg.find("/&lt;&amp;&gt;") != svg.npos);
  CHECK(svg.find("30%") != svg.npos);
  CHECK(svg.ends_with("</svg>\n"));
}

}  // namespace meshfn::render
