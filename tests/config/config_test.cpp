#include "config/config.h"

#include "catch.h"

namespace meshfn::config {

namespace {

struct Read {
  source::Store store;
  Loaded loaded;
};

std::unique_ptr<Read> read(std::string text, const std::string& path = "meshfn.yaml") {
  auto result = std::make_unique<Read>();
  const MemoryFiles files(std::map<std::string, std::string>{{path, std::move(text)}});
  auto loaded = load(files, path, result->store);
  REQUIRE(loaded);
  result->loaded = std::move(*loaded);
  return result;
}

constexpr const char* kWhole = R"(
paths: [mesh, k8s]
context: ../shared
rules: {MF1101: warning, KIA1104: "off"}
select: [istio, MF4001]
ignore: MF4002
per-file-ignores:
- {paths: ["charts/**"], rules: [istio], reason: vendored}
per-resource-ignores:
- {kind: VirtualService, namespace: shop, name: "legacy-*", rules: [MF1101], reason: goes in May}
assume:
  hosts: ["*.example.com", api.test]
  gateways: [istio-system/public]
  namespaces: [billing]
fail-on: warning
max-warnings: 3
namespace: shop
istio-namespace: istio-control
mesh-config: mesh.yaml
mesh-networks: networks.yaml
remote-clusters: [west=clusters/west]
baseline: .meshfn-baseline.json
functions: {hello: {runtime: python}}
)";

}  // namespace

TEST_CASE("every key of the configuration is read", "[config]") {
  const auto all = read(kWhole, "../repo/meshfn.yaml");
  CHECK(all->loaded.problems.empty());
  const Config& config = all->loaded.config;
  CHECK(config.paths.value == std::vector<std::string>{"../repo/mesh", "../repo/k8s"});
  REQUIRE(config.rules.size() == 2);
  CHECK(config.rules[0].code.text == "MF1101");
  CHECK(config.rules[0].level == Level::warning);
  CHECK(config.rules[1].level == Level::off);
  CHECK(config.select.value.size() == 2);
  CHECK(config.ignore.value.size() == 1);
  REQUIRE(config.ignores.size() == 2);
  CHECK(config.ignores[0].of_files);
  CHECK(config.ignores[1].name == "legacy-*");
  CHECK(config.ignores[1].reason == "goes in May");
  CHECK(config.assume.value.hosts.size() == 2);
  CHECK(config.assume.value.gateways == std::vector<std::string>{"istio-system/public"});
  CHECK(config.fail_on.value == FailOn::warning);
  CHECK(config.max_warnings.value == 3U);
  CHECK(config.name_space.value == "shop");
  CHECK(config.mesh_config.value == "../repo/mesh.yaml");
  CHECK(config.mesh_networks.value == "../repo/networks.yaml");
  CHECK(config.remote_clusters.value == std::vector<std::string>{"west=../repo/clusters/west"});
  CHECK(config.functions.find("hello"));
}

TEST_CASE("inputs, CRDs and an assumed mesh configuration are read", "[config]") {
  const auto result = read(
      "exclude: [gen/**, \"*.skip.yaml\"]\ncrds: crds\nchannel: standard\n"
      "assume: {mesh-config: {rootNamespace: mesh}}\n",
      "../meshfn.yaml");
  const Config& config = result->loaded.config;
  REQUIRE(result->loaded.problems.empty());
  CHECK(config.exclude.value == std::vector<std::string>{"../gen/**", "*.skip.yaml"});
  CHECK(config.crds.value == std::vector<std::string>{"../crds"});
  CHECK(config.channel.value == Channel::standard);
  CHECK(config.assume.value.mesh_config.find("rootNamespace").text() == "mesh");
  CHECK(read("assume: {mesh-config: mesh.yaml}")->loaded.problems.size() == 1);
  CHECK(read("channel: stable")->loaded.problems.size() == 1);
}

TEST_CASE("what the cluster runs and whether the input is all there is are settings", "[config]") {
  const auto result = read("istio: 1.30\nclosed-world: true\n");
  const Config& config = result->loaded.config;
  REQUIRE(result->loaded.problems.empty());
  CHECK(config.istio.value == IstioRelease{30});
  CHECK(config.closed_world.value);
  CHECK(read("istio: 1.19")->loaded.problems.size() == 1);
  CHECK(read("istio: newest")->loaded.problems.size() == 1);
}

TEST_CASE("releases of Istio are read with and without a patch", "[config]") {
  CHECK(istio_release_of("1.27") == IstioRelease{27});
  CHECK(istio_release_of("v1.27.3") == IstioRelease{27});
  CHECK(istio_release_of("1.28.0-rc.1") == IstioRelease{28});
  for (const char* text : {"", "1", "2.0", "1.x", "1.27.", "1.2.3.4", "1.-1"}) {
    INFO(text);
    CHECK_FALSE(istio_release_of(text));
  }
  CHECK(to_string(IstioRelease{27}) == "1.27");
}

TEST_CASE("a setting remembers where it came from", "[config]") {
  auto all = read("fail-on: warning\n");
  Config& config = all->loaded.config;
  CHECK(to_string(config.fail_on.origin) == "meshfn.yaml:1:10");
  CHECK(to_string(config.istio_namespace.origin) == "default");
  config.fail_on.set_by_flag(FailOn::never);
  CHECK(to_string(config.fail_on.origin) == "flag");
  for (const SettingLine& line : settings(config)) {
    CHECK(!line.name.empty());
    CHECK(!line.origin.empty());
  }
}

TEST_CASE("mistakes in the configuration have a place and a suggestion", "[config]") {
  struct Row {
    const char* text;
    const char* place;
    const char* word;
  };

  const Row rows[] = {
      {"fail_on: error\n", "meshfn.yaml:1:1", "fail-on"},
      {"fail-on: warn\n", "meshfn.yaml:1:10", "warning"},
      {"rules: {MF1101: on}\n", "meshfn.yaml:1:17", "no severity"},
      {"max-warnings: many\n", "meshfn.yaml:1:15", ""},
      {"assume: {host: [a]}\n", "meshfn.yaml:1:10", "hosts"},
      {"per-file-ignores: [{paths: a, rules: b}]\n", "meshfn.yaml:1:20", "reason"},
      {"- a\n", "meshfn.yaml:1:1", ""},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto all = read(row.text);
    REQUIRE(!all->loaded.problems.empty());
    const auto& problem = all->loaded.problems.front();
    CHECK(source::to_string(problem.where) == row.place);
    CHECK((problem.message + problem.help).find(row.word) != std::string::npos);
  }
}

TEST_CASE("an empty configuration is one of defaults", "[config]") {
  for (const char* text : {"", "# nothing\n", "---\n"}) {
    const auto all = read(text);
    CHECK(all->loaded.problems.empty());
    CHECK(all->loaded.config.fail_on.value == FailOn::error);
  }
}

TEST_CASE("the nearest configuration up to the repository's root is found", "[config]") {
  const MemoryFiles files(std::map<std::string, std::string>{{"/home/meshfn.yaml", ""},
                                                             {"/home/repo/.git/HEAD", ""},
                                                             {"/home/repo/shop/.meshfn.yml", ""},
                                                             {"/home/repo/shop/mesh/a.yaml", ""},
                                                             {"/home/repo/other/a.yaml", ""}});
  CHECK(discover(files, "/home/repo/shop") == ".meshfn.yml");
  CHECK(discover(files, "/home/repo/shop/mesh") == "../.meshfn.yml");
  CHECK(discover(files, "/home/repo/other").empty());
  CHECK(discover(files, "/elsewhere").empty());
}

TEST_CASE("a configuration that is not there is a usage error", "[config]") {
  source::Store store;
  const auto loaded = load(MemoryFiles(), "nowhere.yaml", store);
  REQUIRE(!loaded);
  CHECK(loaded.error().kind == Failure::usage);
}

}  // namespace meshfn::config
