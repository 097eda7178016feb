#include <algorithm>

#include "catch.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

/// A VirtualService with two missing subsets, at lines 17 and 20, and room for comments.
std::string routes(const std::string& top, const std::string& above, const std::string& trailing,
                   const std::string& annotation = "") {
  return top + R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: r, namespace: shop}
spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
  namespace: shop
  annotations: {)" +
         annotation + R"(}
spec:
  hosts: [reviews]
  http:
)" + above +
         R"(  - match: [{uri: {prefix: /new}}]
    route:
    - destination: {host: reviews, subset: v8})" +
         trailing + R"(
    timeout: 1s
  - route:
    - destination: {host: reviews, subset: v9}
)";
}

/// The lines of MF1104 findings, negative when silenced, and the names of other findings.
std::vector<std::string> result(const std::string& text, const Options& options = {}) {
  std::vector<std::string> list;
  const auto linted = lint_text(text, options);
  for (const auto& finding : linted->outcome.findings) {
    if (finding.rule->id == "MF1109") continue;
    const std::string subset = finding.message.find("v8") != std::string::npos ? "v8" : "v9";
    if (finding.rule->id != "MF1104") {
      list.emplace_back(finding.rule->name);
    } else {
      list.push_back(finding.suppressed ? "silenced " + subset : subset);
    }
  }
  std::sort(list.begin(), list.end());
  return list;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("nothing is silenced without a reason to", "[silencers]") {
  CHECK(result(routes("", "", "")) == List{"v8", "v9"});
}

TEST_CASE("a trailing comment silences its line", "[silencers]") {
  CHECK(result(routes("", "", "  # meshfn: ignore[MF1104] soon")) == List{"silenced v8", "v9"});
  CHECK(result(routes("", "", "  # meshfn: ignore[destination-subset-missing]")) ==
        List{"silenced v8", "v9"});
  CHECK(result(routes("", "", "  # meshfn: ignore[KIA1107]")) == List{"silenced v8", "v9"});
}

TEST_CASE("a comment on its own line silences the next node", "[silencers]") {
  CHECK(result(routes("", "  # meshfn: ignore[MF1104] soon\n", "")) == List{"silenced v8", "v9"});
}

TEST_CASE("a comment above a document silences the document", "[silencers]") {
  const std::string text = routes("", "", "");
  const std::size_t second = text.find("---\n") + 4;
  std::string above = text;
  above.insert(second, "# meshfn: ignore[istio] generated\n");
  CHECK(result(above) == List{"silenced v8", "silenced v9"});
}

TEST_CASE("disable silences until enable", "[silencers]") {
  CHECK(result(routes("", "  # meshfn: disable[MF1104]\n", "")) ==
        List{"silenced v8", "silenced v9"});
  CHECK(result(routes("", "  # meshfn: disable[MF1104]\n", "\n    # meshfn: enable[MF1104]")) ==
        List{"silenced v8", "v9"});
}

TEST_CASE("ignore-file silences the file", "[silencers]") {
  CHECK(result(routes("# meshfn: ignore-file[MF1104] vendored\n", "", "")) ==
        List{"silenced v8", "silenced v9"});
}

TEST_CASE("an annotation silences its object", "[silencers]") {
  CHECK(result(routes("", "", "", "meshfn.dev/ignore: 'MF1104, MF1101'")) ==
        List{"silenced v8", "silenced v9", "suppression-unused"});
  CHECK(result(routes("", "", "", "galley.istio.io/analyze-suppress: IST0101")) ==
        List{"silenced v8", "silenced v9"});
}

TEST_CASE("what silences nothing is a finding", "[silencers]") {
  CHECK(result(routes("", "", "  # meshfn: ignore[MF1101]")) ==
        List{"suppression-unused", "v8", "v9"});
  CHECK(result(routes("", "", "  # meshfn: ignore[MF9999]")) ==
        List{"suppression-unknown-code", "v8", "v9"});
  CHECK(result(routes("", "", "  # meshfn: ignore MF1104")) ==
        List{"suppression-malformed", "v8", "v9"});
}

TEST_CASE("a suppression of a rule that is off is not called unused", "[silencers]") {
  config::Config config;
  config.ignore.value = {{"MF1101", {}}};
  Options options;
  options.selection = Selection(config);
  CHECK(result(routes("", "", "  # meshfn: ignore[MF1101]"), options) == List{"v8", "v9"});
}

TEST_CASE("the configuration silences files and resources", "[silencers]") {
  const source::File file("/repo/meshfn.yaml", "");
  Options options;
  options.working_directory = "/repo/mesh";
  options.config.path = "../meshfn.yaml";
  config::Ignore ignore;
  ignore.codes = {{"MF1104", {}}};
  ignore.where = {&file, {}};
  SECTION("by path, relative to the configuration") {
    ignore.of_files = true;
    ignore.paths = {"mesh/*.yaml"};
    options.config.ignores = {ignore};
    CHECK(result(routes("", "", ""), options) == List{"silenced v8", "silenced v9"});
  }
  SECTION("by kind, namespace and name") {
    ignore.kind = "VirtualService";
    ignore.name_space = "sho*";
    options.config.ignores = {ignore};
    CHECK(result(routes("", "", ""), options) == List{"silenced v8", "silenced v9"});
  }
  SECTION("not elsewhere") {
    ignore.name = "other";
    options.config.ignores = {ignore};
    CHECK(result(routes("", "", ""), options) == List{"v8", "v9"});
  }
}

}  // namespace meshfn::lint
