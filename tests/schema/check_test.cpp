#include "schema/check.h"

#include <fmt/format.h>

#include "catch.h"
#include "support/tree.h"

namespace meshfn::schema {

namespace {

/// The findings about `text` as "RULE line:column message".
std::vector<std::string> found(const std::string& text, Channel channel = Channel::experimental,
                               const CheckOptions& options = {}) {
  test::ReadText read(text);
  REQUIRE(read.problems.empty());
  Catalogue catalogue(channel);
  std::vector<diagnostic::Diagnostic> problems;
  for (const yaml::Document& document : read.tree->documents()) {
    if (document.root.find("kind").text() == "CustomResourceDefinition") {
      learn_crd(document.root, catalogue, problems);
    }
    check_document(document.root, catalogue, problems, options);
  }
  std::vector<std::string> lines;
  const auto places = test::places(problems);
  for (std::size_t i = 0; i < problems.size(); ++i)
    lines.push_back(places[i] + " " + problems[i].message);
  return lines;
}

std::vector<std::string> in_route(const std::string& lines) {
  return found(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec:\n  "
      "hosts: [a]\n  http:\n" +
      lines);
}

std::vector<std::string> in_service(const std::string& spec) {
  return found("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: " + spec);
}

using Lines = std::vector<std::string>;

/// The findings in an example of a rule, whose first line may give the cluster's Istio.
Lines in_example(std::string_view yaml) {
  constexpr std::string_view kIstio = "# meshfn lint --istio ";
  const std::string_view first = yaml.substr(0, yaml.find('\n'));
  CheckOptions options;
  if (first.starts_with(kIstio)) {
    options.istio = config::istio_release_of(first.substr(kIstio.size()));
  }
  return found(std::string(yaml), Channel::experimental, options);
}

diagnostic::Diagnostic first(const std::string& text) {
  test::ReadText read(text);
  Catalogue catalogue;
  std::vector<diagnostic::Diagnostic> problems;
  check_document(read.root(), catalogue, problems);
  REQUIRE_FALSE(problems.empty());
  diagnostic::Diagnostic problem = problems.front();
  problem.where = {};
  return problem;
}

}  // namespace

TEST_CASE("an unknown field is pointed at by its key, with what was meant", "[schema]") {
  CHECK(in_route("  - rotue: []\n") == Lines{"MF0101 7:5 `spec.http[]` has no field `rotue`"});
  const auto problem = first(
      "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: [{port: 1}], clusterIP: "
      "None}");
  CHECK(problem.help == "did you mean `ports`?");
  REQUIRE(problem.fix);
  CHECK(problem.fix->edits[0].text == "ports");
  CHECK(problem.fix->safe);
}

TEST_CASE("another spelling of a field is recognised", "[schema]") {
  const auto problem =
      first("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {cluster_ip: None}");
  CHECK(problem.help == "did you mean `clusterIP`?");
}

TEST_CASE("a field in the wrong place is told where it belongs", "[schema]") {
  CHECK(in_route("  - route:\n    - destination: {host: a}\n      retries: {attempts: 1}\n") ==
        Lines{"MF0115 9:7 `retries` does not belong in `spec.http[].route[]`"});
  const auto problem = first(
      "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nports: [{port: 80}]\nspec: {clusterIP: "
      "None}");
  CHECK(problem.message == "`ports` does not belong in Service");
  CHECK(problem.help == "it is a field of `spec`: move or indent it accordingly");
}

TEST_CASE("a missing field is pointed at by the key that lacks it", "[schema]") {
  CHECK(in_route("  - route:\n    - weight: 1\n") ==
        Lines{"MF0102 8:7 the field `destination` is missing"});
  CHECK(in_route("  - mirror:\n      subset: a\n") ==
        Lines{"MF0102 7:5 the field `host` is missing"});
  CHECK(found("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n") ==
        Lines{"MF0102 2:1 Deployment needs `spec`"});
}

TEST_CASE("null counts as absent where null is not allowed", "[schema]") {
  CHECK(
      in_route("  - timeout: null\n    mirror: ~\n    corsPolicy:\n      allowCredentials: null\n")
          .empty());
  CHECK(in_route("  - mirror:\n      host: null\n") ==
        Lines{"MF0102 7:5 the field `host` is missing"});
  CHECK(in_route("  - route:\n    - null\n").size() == 1);  // but not in lists
}

TEST_CASE("types are those that Kubernetes reads", "[schema]") {
  CHECK(in_route("  - name: on\n") ==
        Lines{"MF0103 7:11 a string is needed here, and `on` is read as a Boolean"});
  CHECK(in_route("  - name: 1.10\n") ==
        Lines{"MF0103 7:11 a string is needed here, and `1.10` is a number"});
  CHECK(in_route("  - name: \"on\"\n").empty());
  CHECK(in_route("  - route: {}\n") ==
        Lines{"MF0103 7:12 a list is needed here, and this is an object"});
  CHECK(in_route("  - match: [{ignoreUriCase: yes}]\n").empty());
  CHECK(in_route("  - match: [{ignoreUriCase: \"yes\"}]\n").size() == 1);
  CHECK(in_service("{ports: [{port: \"80\"}]}") ==
        Lines{"MF0103 4:23 a whole number is needed here, and `80` is a string"});
  CHECK(in_service("{ports: [{port: 80.0}]}").empty());
  CHECK(in_service("{ports: [{port: 80.5}]}").size() == 1);
  CHECK(in_service("{ports: [{port: 80, targetPort: web}]}").empty());
  CHECK(in_service("{ports: [{port: 80, targetPort: true}]}").size() == 1);
}

TEST_CASE("numbers, sizes and forms have limits", "[schema]") {
  CHECK(in_service("{ports: [{port: 0}]}") == Lines{"MF0106 4:23 `0` is out of range: 1 to 65535"});
  CHECK(in_service("{ports: [{port: 99999999999}]}") ==
        Lines{"MF0106 4:23 `99999999999` does not fit in 32 bits"});
  CHECK(in_route("  - retries: {attempts: 3000000000}\n").size() == 1);
  CHECK(found("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {\"a b\": c, d: \"e "
              "f\"}}\n") == Lines{"MF0105 3:30 `a b` is not a key that is allowed here",
                                  "MF0105 3:43 `e f` does not have the form that is needed here"});
  CHECK(found("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: a}\n"
              "spec: {gatewayClassName: a, listeners: []}\n") ==
        Lines{"MF0107 4:40 at least 1 item must be here, not 0"});
}

TEST_CASE("durations and quantities are read as their systems read them", "[schema]") {
  CHECK(in_route("  - timeout: 5\n").size() == 1);
  CHECK(in_route("  - timeout: 5s\n").empty());
  CHECK(in_route("  - timeout: 1h2m3.5s\n").empty());
  CHECK(in_route("  - timeout: 0s\n") ==
        Lines{"MF0111 7:14 `0s` is not a duration of at least `1ms`, such as `1.5s`"});
  const auto pod = [](const std::string& cpu) {
    return found(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    "
        "resources: {limits: {cpu: " +
        cpu + "}}\n");
  };
  CHECK(pod("500m").empty());
  CHECK(pod("0.5").empty());
  CHECK(pod("2").empty());
  CHECK(pod("2GB").size() == 1);
}

TEST_CASE("a word outside a fixed set is pointed at, with the nearest one", "[schema]") {
  const std::string text =
      "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}\nspec: "
      "{mtls: {mode: strict}}\n";
  CHECK(found(text) ==
        Lines{"MF0104 4:21 `strict` is not one of `UNSET`, `DISABLE`, `PERMISSIVE`, `STRICT`"});
  CHECK(first(text).help == "did you mean `STRICT`?");
}

TEST_CASE("lists with keys refuse the same key twice, defaults included", "[schema]") {
  CHECK(in_service("{ports: [{name: a, port: 80}, {name: b, port: 80, protocol: TCP}]}") ==
        Lines{"MF0108 4:53 port `80`, protocol `TCP` appears twice in this list"});
  CHECK(in_service("{ports: [{name: a, port: 80}, {name: b, port: 80, protocol: UDP}]}").empty());
  CHECK(in_service("{ports: [{name: a, port: 80}, {name: a, port: 81}]}") ==
        Lines{"MF0108 4:44 name `a` appears twice in this list"});
}

TEST_CASE("conditions see defaults and are not evaluated over broken values", "[schema]") {
  const auto route = [](const std::string& rule) {
    return found(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec:\n  "
        "rules:\n  - " +
        rule + "\n");
  };
  CHECK(route("backendRefs: [{name: a}]") ==
        Lines{"MF0110 6:20 a Service as backend needs its `port`"});
  CHECK(route("backendRefs: [{name: a, kind: Other, group: example.com}]").empty());
  CHECK(route("backendRefs: [{name: true}]").size() == 1);
  CHECK(route("matches: [{path: {value: abc}}]") == Lines{"MF0110 6:30 a path begins with `/`"});
  CHECK(route("matches: [{path: {type: RegularExpression, value: abc}}]").empty());
  CHECK(route("timeouts: {request: 1s, backendRequest: 2s}").size() == 1);
  CHECK(route("filters: [{type: URLRewrite}]") ==
        Lines{"MF0109 6:22 type `URLRewrite` needs the field `urlRewrite`"});
  CHECK(route("filters: [{type: URLRewrite, urlRewrite: {}, cors: {}}]").size() == 1);
}

TEST_CASE("versions and kinds that do not exist are reported where they are written", "[schema]") {
  CHECK(found("apiVersion: networking.istio.io/v2\nkind: Gateway\nmetadata: {name: a}\n") ==
        Lines{"MF0112 1:13 Gateway has no version `v2`"});
  CHECK(found("apiVersion: networking.istio.io/v1\nkind: Gatway\nmetadata: {name: a}\n") ==
        Lines{"MF0114 2:7 there is no kind `Gatway` in `networking.istio.io`"});
  CHECK(found("apiVersion: apps/v1\nkind: Deploymnet\n") ==
        Lines{"MF0114 2:7 there is no kind `Deploymnet` in `apps`"});
  CHECK(found("apiVersion: networking.isto.io/v1\nkind: Gateway\n") ==
        Lines{"MF0114 1:13 there is no API group `networking.isto.io`"});
  CHECK(found("apiVersion: rbac.istio.io/v1alpha1\nkind: ServiceRole\n") ==
        Lines{"MF0114 1:13 Istio no longer has the API group `rbac.istio.io`"});
  CHECK(found("apiVersion: v1\nkind: PersistentVolume\n").empty());
  CHECK(found("apiVersion: example.com/v1\nkind: Anything\n").empty());
  CHECK(found("a: 1\n").empty());
  const std::string route =
      "apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: TCPRoute\nmetadata: {name: a}\n"
      "spec: {rules: [{backendRefs: [{name: a, port: 1}]}]}\n";
  CHECK(found(route, Channel::standard) ==
        Lines{"MF0112 1:13 TCPRoute is not served in version `v1alpha2`"});
  CHECK(found(route) == Lines{"MF0113 1:13 version `v1alpha2` of TCPRoute is deprecated"});
}

TEST_CASE("status is passed over when something is applied, and checked on demand", "[schema]") {
  test::ReadText read(
      "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec: "
      "{}\nstatus: {parents: 5}\n");
  Catalogue catalogue;
  std::vector<diagnostic::Diagnostic> problems;
  check_document(read.root(), catalogue, problems);
  CHECK(problems.empty());
  CheckOptions options;
  options.status = true;
  check_document(read.root(), catalogue, problems, options);
  CHECK(problems.size() == 1);
}

TEST_CASE("rules about changes need the object as it was", "[schema]") {
  const auto gateway_class = [](const std::string& controller) {
    return "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: "
           "a}\nspec: {controllerName: " +
           controller + "}\n";
  };
  test::ReadText before(gateway_class("example.com/a"));
  test::ReadText after(gateway_class("example.com/b"));
  Catalogue catalogue;
  std::vector<diagnostic::Diagnostic> problems;
  check_document(after.root(), catalogue, problems);
  CHECK(problems.empty());
  CheckOptions options;
  options.old = before.root();
  check_document(after.root(), catalogue, problems, options);
  CHECK(test::places(problems) == Lines{"MF0110 4:24"});
}

TEST_CASE("an object needs a name", "[schema]") {
  CHECK(found("apiVersion: v1\nkind: Namespace\n") ==
        Lines{"MF0102 2:1 Namespace needs a name (`metadata.name`)"});
  CHECK(found("apiVersion: v1\nkind: Namespace\nmetadata: {labels: {}}\n").size() == 1);
  CHECK(found("apiVersion: v1\nkind: Namespace\nmetadata: {generateName: a-}\n").empty());
}

TEST_CASE("an object's name is one that its kind can have", "[schema]") {
  const auto named = [](const std::string& head, const std::string& name) {
    return found(head + "\nmetadata: {name: \"" + name + "\"}\n").size();
  };
  const std::string entry = "apiVersion: networking.istio.io/v1\nkind: Gateway";
  CHECK(named(entry, "a.b-1") == 0);
  CHECK(named(entry, "A") == 1);
  CHECK(named(entry, "a_b") == 1);
  CHECK(named(entry, "-a") == 1);
  CHECK(named(entry, std::string(253, 'a')) == 0);
  CHECK(named("apiVersion: v1\nkind: Service", "a.b") == 1);
  CHECK(named("apiVersion: v1\nkind: Service", "1a") == 1);
  CHECK(named("apiVersion: v1\nkind: Namespace", "1a") == 0);
}

TEST_CASE("a mesh configuration is checked by itself", "[schema]") {
  test::ReadText read(
      "accessLogEncoding: XML\ndefaultConfig: {concurrency: two}\nsomethingNew: 1\n");
  Catalogue catalogue;
  std::vector<diagnostic::Diagnostic> problems;
  check_mesh_config(read.root(), catalogue, problems);
  CHECK(test::places(problems) == Lines{"MF0104 1:20", "MF0103 2:30"});
}

TEST_CASE("every rule's bad example breaks that rule at the marked lines and the good one none",
          "[schema]") {
  for (const diagnostic::Rule& rule : rules()) {
    INFO(rule.id);
    Lines expected;
    std::size_t line = 1;
    for (std::size_t at = 0; at < rule.bad.size(); ++line) {
      const std::size_t end = std::min(rule.bad.find('\n', at), rule.bad.size());
      if (rule.bad.substr(at, end - at).ends_with("#!"))
        expected.push_back(fmt::format("{} {}", rule.id, line));
      at = end + 1;
    }
    Lines actual;
    for (const std::string& text : in_example(rule.bad))
      actual.push_back(text.substr(0, text.find(':')));
    CHECK(actual == expected);
    CHECK(in_example(rule.good) == Lines());
  }
}

}  // namespace meshfn::schema
