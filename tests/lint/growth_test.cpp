// Four times the input takes about four times the work, also where things of one object are
// compared with each other. What is compared is processor time of this thread, as a ratio; work
// that grows with the square takes sixteen times as long.

#include "support/growth.h"

#include <fmt/format.h>

#include <functional>

#include "catch.h"
#include "lint/support.h"

namespace meshfn::lint {

namespace {

using Text = std::function<std::string(std::size_t)>;

std::string service(std::string_view spec) {
  return fmt::format(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
      "metadata: {{name: web, namespace: shop}}\nspec:\n{}",
      spec);
}

std::string repeat(std::size_t count, const std::function<std::string(std::size_t)>& line) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += line(i);
  return all;
}

}  // namespace

TEST_CASE("work grows with the input, not with its square", "[growth]") {
  const auto routes = [](const char* match) {
    return [match](std::size_t count) {
      return service("  hosts: [web.example.com]\n  gateways: [edge]\n  http:\n" +
                     repeat(count, [match](std::size_t i) {
                       return fmt::format("  - match: [{}]\n    redirect: {{uri: /other}}\n",
                                          fmt::format(fmt::runtime(match), i));
                     }));
    };
  };
  const std::pair<const char*, Text> cases[] = {
      {"routes with paths", routes("{{uri: {{exact: /path/{}}}}}")},
      {"routes with prefixes", routes("{{uri: {{prefix: /path/{}/}}}}")},
      {"routes with regexes", routes("{{uri: {{regex: '/path/{}/[a-z]+'}}}}")},
      {"routes with one path and a header each",
       routes("{{uri: {{prefix: /api}}, headers: {{x-tenant: {{exact: t{}}}}}}}")},
      {"routes that repeat each other", routes("{{uri: {{prefix: /api}}, name: n{}}}")},
      {"hosts of one object",
       [](std::size_t count) {
         return service(
             "  http: [{redirect: {uri: /}}]\n  gateways: [edge]\n  hosts:\n" +
             repeat(count, [](std::size_t i) { return fmt::format("  - h{}.example.com\n", i); }));
       }},
      {"EnvoyFilters of one priority",
       [](std::size_t count) {
         return repeat(count, [](std::size_t i) {
           return fmt::format(
               "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\n"
               "metadata: {{name: f{}, namespace: shop}}\nspec:\n  priority: 10\n"
               "  configPatches: [{{applyTo: HTTP_FILTER, match: {{proxy: {{proxyVersion: v{}}}}},"
               " patch: {{operation: INSERT_FIRST, value: {{name: f{}}}}}}}]\n---\n",
               i, i, i);
         });
       }},
      {"PeerAuthentications of the same pods",
       [](std::size_t count) {
         const auto pod = [](std::size_t i) {
           return fmt::format(
               "---\napiVersion: v1\nkind: Pod\n"
               "metadata: {{name: q{}, namespace: shop, labels: {{app: web}}}}\n"
               "spec: {{containers: [{{name: c, image: c}}]}}\n",
               i);
         };
         return repeat(20, pod) + repeat(count, [](std::size_t i) {
                  return fmt::format(
                      "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
                      "metadata: {{name: p{}, namespace: shop}}\n"
                      "spec: {{selector: {{matchLabels: {{app: web}}}}, mtls: {{mode: STRICT}}}}\n",
                      i);
                });
       }},
      {"ServiceEntries that select machines",
       [](std::size_t count) {
         return repeat(count, [](std::size_t i) {
           return fmt::format(
               "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\n"
               "metadata: {{name: e{0}, namespace: shop}}\n"
               "spec: {{hosts: [e{0}.example.com], location: MESH_INTERNAL, resolution: STATIC, "
               "workloadSelector: {{labels: {{app: a{0}}}}}, "
               "ports: [{{number: 80, name: http, protocol: HTTP}}]}}\n"
               "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
               "metadata: {{name: d{0}, namespace: shop}}\n"
               "spec: {{host: e{0}.example.com, subsets: [{{name: x, labels: {{v: one}}}}]}}\n"
               "---\napiVersion: networking.istio.io/v1\nkind: WorkloadEntry\n"
               "metadata: {{name: w{0}, namespace: shop}}\n"
               "spec: {{address: 10.0.0.1, labels: {{app: a{0}, v: one}}}}\n",
               i);
         });
       }},
      {"objects of unknown kinds",
       [](std::size_t count) {
         return repeat(count, [](std::size_t i) {
           return fmt::format(
               "apiVersion: networking.istio.io/v1\nkind: VirtualServise\n"
               "metadata: {{name: a{}, namespace: shop}}\n---\n",
               i);
         });
       }},
  };
  Options one_thread;
  one_thread.threads = 1;
  for (const auto& [name, text] : cases) {
    const double times = test::growth(500, [&](std::size_t n) { lint_text(text(n), one_thread); });
    INFO(name << ": four times as much takes " << times << " times as long");
    CHECK(times < 8);
  }
}

}  // namespace meshfn::lint
