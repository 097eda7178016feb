#include "render/target.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "render/rendering.h"
#include "routing/loaded.h"

namespace meshfn::render {

namespace {

constexpr const char* kRatings = R"(# who gets what
apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata:
  name: ratings
  creationTimestamp: "2024-01-01T00:00:00Z"
spec:
  http:
  - match: [{headers: {end-user: {exact: jason}}}]
    fault: {abort: {httpStatus: 500, percentage: {value: 12.5}}}
    route: [{destination: {host: ratings, subset: v1}}]
  - route:
    - {destination: {host: ratings, subset: v1}, weight: 1}
    - {destination: {host: ratings, subset: v2}, weight: 2}
    timeout: 1.5s
  - match: [{uri: {prefix: /late}}]
    redirect: {uri: /x, redirectCode: 302}
  hosts: [ratings]
status: {}
)";

std::vector<std::filesystem::path> files_of(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::exists(directory)) {
    WARN("no shared corpus here; set MESHFN_SHARED to its directory");
    return files;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("targets have distinct names and a summary of one line", "[render]") {
  std::set<std::string_view> names;
  for (const Target& target : targets()) {
    CHECK(names.insert(target.name).second);
    CHECK(target.summary.size() <= 72);
    CHECK(target.run != nullptr);
  }
  CHECK(find_target("nothing") == nullptr);
}

TEST_CASE("the table shows rules, shares, settings and what is never reached", "[render]") {
  CHECK(render_text(kRatings, "table") == R"(mesh (sidecars)
  host ratings
    ROUTE    MATCH                    TO                 SETTINGS         ORIGIN
    http[0]  header end-user = jason  ratings/v1 100%    abort 500 12.5%  in.yaml:9
    http[1]  everything               ratings/v1 33.33%  timeout 1.5s     in.yaml:12
                                      ratings/v2 66.67%
    http[2]  path = /late*            redirect 302 /x                     in.yaml:16
             ^ never reached: http[1] (in.yaml:12) takes all of it
)");
}

TEST_CASE("normalised YAML has one order and no field of the server", "[render]") {
  CHECK(render_text(kRatings, "yaml") == R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ratings
spec:
  hosts:
    - ratings
  http:
    - match:
        - headers:
            end-user:
              exact: jason
      route:
        - destination:
            host: ratings
            subset: v1
      fault:
        abort:
          httpStatus: 500
          percentage:
            value: 12.5
    - route:
        - destination:
            host: ratings
            subset: v1
          weight: 1
        - destination:
            host: ratings
            subset: v2
          weight: 2
      timeout: 1.5s
    - match:
        - uri:
            prefix: /late
      redirect:
        uri: /x
        redirectCode: 302
)");
}

TEST_CASE("comments that are left behind are listed", "[render]") {
  const auto input = read_texts({{"in.yaml", kRatings}});
  const auto rendered = to_yaml(input->source(), {});
  REQUIRE(rendered->losses.size() == 1);
  CHECK(rendered->losses[0].message == "1 comment left behind");
  CHECK(source::to_string(rendered->losses[0].where) == "in.yaml:1:1");
}

TEST_CASE("defaults are written and marked on request", "[render]") {
  const std::string text = render_text(R"(
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a}
spec: {host: a, trafficPolicy: {outlierDetection: {interval: 5s}}}
)",
                                       "yaml", {.defaults = true});
  CHECK(text.find("simple: LEAST_REQUEST") != text.npos);
  CHECK(text.find("interval: 5s\n") != text.npos);
  CHECK(text.find("maxEjectionPercent: 10  # default") != text.npos);
  CHECK(render_text(text, "yaml") == render_text(render_text(text, "yaml"), "yaml"));
}

TEST_CASE("what is no Istio resource is listed when Istio is asked for", "[render]") {
  const auto input = read_texts({{"in.yaml", std::string(kRatings) + R"(---
apiVersion: v1
kind: Service
metadata: {name: ratings}
)"}});
  const auto rendered = to_istio(input->source(), {});
  CHECK(rendered->documents.size() == 1);
  CHECK(rendered->documents[0].name == "virtualservice-ratings.yaml");
  CHECK(rendered->losses[0].message == "Service `ratings` is no Istio resource");
}

TEST_CASE("diagrams name nodes once and escape what would break them", "[render]") {
  const std::string text = render_text(R"(
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec:
  hosts: [a]
  http:
  - match: [{uri: {regex: '/"<#>"'}}]
    route: [{destination: {host: a}}]
    mirror: {host: b}
  - route: [{destination: {host: a}}]
)",
                                       "mermaid");
  CHECK(text == R"(flowchart LR
  n0(["mesh"])
  n1{{"a"}}
  n2["http[0]<br/>path ~ /#quot;#lt;#35;#gt;#quot;<br/>mirror b 100%"]
  n3[("a")]
  n4[("b")]
  n5["http[1]"]
  n0 --> n1
  n1 --> n2
  n2 --> n3
  n2 -.->|"mirror 100%"| n4
  n1 --> n5
  n5 --> n3
)");
}

TEST_CASE("the JSON is stable and tells places and defaults", "[render]") {
  const auto json = nlohmann::json::parse(render_text(kRatings, "json"));
  CHECK(json["schema"] == 1);
  const auto& routes = json["listeners"][0]["virtualHosts"][0]["routes"];
  CHECK(routes[0]["fault"]["abort"]["percent"] == 12.5);
  CHECK(routes[0]["retries"]["attempts"]["default"] == true);
  CHECK(routes[1]["timeout"]["value"] == "1.5s");
  CHECK(routes[1]["timeout"]["line"] == 15);
  CHECK(routes[2]["neverReached"][0]["match"] == 0);
}

TEST_CASE("bad input is one error with its place", "[render]") {
  CHECK(failure("a: [1\n").starts_with("in.yaml:"));
  CHECK(failure("x: 1\n") ==
        "the file holds no Kubernetes resource, no Routes document and no RouteConfiguration");
  const MemoryFiles files(std::map<std::string, std::string>{{"d/readme.md", "x"}});
  CHECK(read_paths(files, {"d"}).error().message == "no .yaml, .yml or .json file in `d`");
  CHECK_FALSE(read_paths(files, {"missing.yaml"}));
}

TEST_CASE("rendering public files again changes nothing, and both libraries read it",
          "[render][corpus]") {
  for (const auto& path : files_of(routing::shared() / "corpus" / "bookinfo")) {
    INFO(path.string());
    const std::string text = routing::contents(path);
    for (const bool defaults : {false, true}) {
      const std::string once = render_text(text, "yaml", {.defaults = defaults});
      const std::string twice = render_text(once, "yaml");
      CHECK(twice == render_text(twice, "yaml"));
      if (!defaults) CHECK(once == twice);
      CHECK_FALSE(YAML::LoadAll(once).empty());
    }
    for (const char* target : {"table", "json", "mermaid", "dot"}) {
      CHECK_FALSE(render_text(text, target).empty());
    }
  }
}

TEST_CASE("normalising does not change where requests go", "[render][corpus]") {
  for (const auto& path : files_of(routing::shared() / "corpus" / "bookinfo" / "networking")) {
    INFO(path.string());
    const std::string text = routing::contents(path);
    // The same name, so that only line numbers may differ.
    CHECK(render_text(text, "mermaid") == render_text(render_text(text, "yaml"), "mermaid"));
  }
}

}  // namespace meshfn::render
