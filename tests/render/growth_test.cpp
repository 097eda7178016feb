// Four times as many rules of one host take about four times as long to render.

#include "support/growth.h"

#include <fmt/format.h>

#include "render/rendering.h"

namespace meshfn::render {

namespace {

/// Rules of one host with paths of their own: exact, prefixes and regexes in turn.
std::string rules(std::size_t count) {
  constexpr const char* kKinds[] = {"exact: /path/{}", "prefix: /path/{}/", "prefix: /path/{}",
                                    "regex: '/path/{}/[a-z]+'"};
  std::string text =
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {name: web, namespace: shop}\nspec:\n  hosts: [web]\n  http:\n";
  for (std::size_t i = 0; i < count; ++i) {
    text +=
        fmt::format("  - match: [{{uri: {{{}}}}}]\n    route: [{{destination: {{host: web}}}}]\n",
                    fmt::format(fmt::runtime(kKinds[i % 4]), i));
  }
  return text;
}

}  // namespace

TEST_CASE("rendering grows with the rules of a host, not with their square", "[render][growth]") {
  for (const char* target :
       {"table", "json", "yaml", "istio", "gateway-api", "linkerd", "envoy", "mermaid", "svg"}) {
    const double times = test::growth(100, [&](std::size_t n) {
      static_cast<void>(rendered(*read_texts({{"in.yaml", rules(n)}}), target));
    });
    INFO(target << ": four times as much takes " << times << " times as long");
    CHECK(times < 8);
  }
}

}  // namespace meshfn::render
