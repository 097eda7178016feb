// What routing costs on 10 000 routes (DESIGN section 6): one `route explain` from the text on, and
// `route test` in requests a second on one thread. Once with the routes spread over 1 000 hosts,
// once with all of them behind one host, where the proxy's own order leaves nothing to look up.

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/heap.h"
#include "render/explanation.h"
#include "render/input.h"
#include "render/route_test.h"
#include "routing/router.h"
#include "yaml/reader.h"

namespace {

using Clock = std::chrono::steady_clock;
using namespace meshfn;

constexpr int kRoutes = 10'000;
constexpr int kTests = 20'000;  // in one run

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// `hosts` VirtualServices with all routes between them; every fifth route has a regex.
std::string mesh_text(int hosts) {
  std::string out;
  for (int host = 0; host < hosts; ++host) {
    out += fmt::format(
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: s{0}, "
        "namespace: shop}}\nspec:\n  hosts: [s{0}]\n  http:\n",
        host);
    for (int route = 0; route < kRoutes / hosts; ++route) {
      const char* kind = route % 5 == 0 ? "regex" : "prefix";
      const char* end = route % 5 == 0 ? "/[a-z]+/.*" : "/";
      out += fmt::format(
          "  - match: [{{uri: {{{}: '/p{}{}'}}}}]\n    route: [{{destination: {{host: s{}, port: "
          "{{number: 80}}}}}}]\n",
          kind, route, end, host);
    }
  }
  return out;
}

std::string tests_text(int hosts) {
  std::string out = "apiVersion: meshfn.dev/v1\nkind: RouteTest\ntests:\n";
  const int each = kRoutes / hosts;
  for (int i = 0; i < kTests; ++i) {
    out += fmt::format(
        "- {{name: t{0}, request: {{host: s{1}, path: /p{2}/ab/c}}, expect: {{to: "
        "'s{1}:80'}}}}\n",
        i, i % hosts, (i * 7) % each);
  }
  return out;
}

std::unique_ptr<render::Input> read(const std::string& text) {
  auto input = render::Input::read({{"mesh.yaml", text}}, {}, {});
  if (!input) {
    fmt::print(stderr, "{}\n", input.error().message);
    std::exit(1);
  }
  return std::move(*input);
}

void explain(int hosts) {
  const std::string text = mesh_text(hosts);
  const auto start = Clock::now();
  const auto input = read(text);
  routing::Request request;
  request.authority = fmt::format("s{}", hosts - 1);
  request.path = fmt::format("/p{}/ab/c", kRoutes / hosts - 1);
  const routing::Answer answer = routing::explain(input->table(), request);
  const std::string words = render::explanation_text({*input, request, answer, {}, std::nullopt});
  fmt::print(
      "explain, {:>5} routes, {:>4} hosts: {:6.1f} ms in all, {:.1f} MB of YAML, {} bytes "
      "of answer\n",
      kRoutes, hosts, since(start) * 1e3, static_cast<double>(text.size()) / 1e6, words.size());
}

void test(int hosts, int rounds) {
  const auto input = read(mesh_text(hosts));
  source::Store store;
  std::vector<diagnostic::Diagnostic> problems;
  const auto tree = yaml::read(store.add("tests.yaml", tests_text(hosts)), problems);
  const auto tests = render::read_route_tests(*tree);
  if (!tests) {
    fmt::print(stderr, "{}\n", tests.error().message);
    std::exit(1);
  }
  std::size_t asked = 0;
  std::size_t failed = 0;
  const auto start = Clock::now();
  for (int round = 0; round < rounds; ++round) {
    for (const auto& result : render::run_route_tests(input->mesh(), input->table(), *tests)) {
      ++asked;
      if (!result.failure.empty()) ++failed;
    }
  }
  fmt::print("test,    {:>5} routes, {:>4} hosts: {:9.0f} requests/s on one core ({} failed)\n",
             kRoutes, hosts, static_cast<double>(asked) / since(start), failed);
}

}  // namespace

int main() {
  meshfn::prepare_heap();
  explain(1000);
  explain(1);
  test(1000, 10);
  test(1, 10);
  return 0;
}
