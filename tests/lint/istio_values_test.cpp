// The grammars of istio_values.h, one line a value.

#include "lint/rules/istio_values.h"

#include "catch.h"
#include "yaml/reader.h"

namespace meshfn::lint::istio {

namespace {

using Texts = std::vector<std::string>;

template <class Problem>
void all_taken(Problem problem, const Texts& texts) {
  for (const std::string& text : texts) {
    INFO(text);
    CHECK(problem(text).empty());
  }
}

template <class Problem>
void all_refused(Problem problem, const Texts& texts) {
  for (const std::string& text : texts) {
    INFO(text);
    CHECK(!problem(text).empty());
  }
}

/// Labels as a selector or a subset writes them.
struct Read {
  explicit Read(const std::string& text) {
    file = &store.add("a.yaml", text);
    tree = yaml::read(*file, diagnostics);
  }

  yaml::Node root() const { return tree->documents().front().root; }

  source::Store store;
  const source::File* file = nullptr;
  std::vector<diagnostic::Diagnostic> diagnostics;
  std::unique_ptr<yaml::Tree> tree;
};

}  // namespace

TEST_CASE("istio's names and hosts", "[istio-values]") {
  all_taken(label_problem, {"a", "A-9", "0", std::string(63, 'x')});
  all_refused(label_problem, {"", "-a", "a-", "a_b", "a.b", "*", std::string(64, 'x')});
  all_taken(name_problem, {"a", "a.b", "a.b.", "1.b"});
  all_refused(name_problem, {"", ".", "a..b", "a.1", "*.b", "a b", std::string(256, 'x')});
  all_taken(domain_problem, {"*", "*.b", "*foo.com", "*-foo.com", "a", "a.b."});
  CHECK(is_generated_name("outbound_.80_._.a.b"));
  CHECK(is_generated_name("outbound_.80_.v1_.a.b"));
  CHECK(!is_generated_name("outbound_.80.a.b"));
  all_refused(domain_problem, {"", "a*.b", "b.*", "**.b", "-a.b", "a.80", "a_b.c"});
}

TEST_CASE("istio's addresses", "[istio-values]") {
  all_taken(ip_range_problem, {"10.0.0.1", "10.0.0.0/8", "::1", "fe80::1%eth0", "2001:db8::/32"});
  all_refused(ip_range_problem,
              {"", "10.0.0", "10.0.0.0/33", "1.2.3.4/8/8", "1.2.3.4%eth0", "host", "10.0.0.01"});
  all_taken(unix_path_problem, {"/a/b", "@a", "@"});
  all_refused(unix_path_problem, {"", "a", "/a/"});
  CHECK(port_problem(65535).empty());
  CHECK(!port_problem(0).empty());
  CHECK(!port_problem(65536).empty());
}

TEST_CASE("istio's numbers", "[istio-values]") {
  using std::chrono::microseconds;
  CHECK(duration_problem(microseconds(1000)).empty());
  CHECK(!duration_problem(microseconds(0)).empty());
  CHECK(!duration_problem(microseconds(999)).empty());
  CHECK(!duration_problem(microseconds(1001)).empty());
  CHECK(percentage_problem(0).empty());
  CHECK(percentage_problem(0.0001).empty());
  CHECK(!percentage_problem(0.00001).empty());
  CHECK(!percentage_problem(100.5).empty());
  CHECK(!percentage_problem(-1).empty());
}

TEST_CASE("istio's expressions", "[istio-values]") {
  all_taken(regex_problem, {"a", ".*", "(?i)x", "[a-z]+\\d{2,3}", std::string(1024, 'a')});
  all_refused(regex_problem, {"", "(", "*", "[a", "(?=x)", "a{2,1}", std::string(1025, 'a')});
}

TEST_CASE("istio's hosts of gateways and sidecars", "[istio-values]") {
  all_taken(gateway_name_problem, {"mesh", "a/b", "a.b", "a.b.svc.cluster.local"});
  all_refused(gateway_name_problem, {"", "/a", "a/", "a/b/c", "a/b.c", "*", "a_b"});
  all_taken(server_host_problem, {"*", "*.b", "a.b", "ns/*", "*/a.b", "./a.b", "10.0.0.1"});
  all_refused(server_host_problem, {"", "a", "*a.b", "/a.b", "~/a.b", "a.b/", "ns/a", "a_b/c.d"});
  all_taken(sidecar_host_problem, {"*/*", "./*", "~/*", "ns/a.b", "~ns/a.b", "~*/*.b"});
  all_refused(sidecar_host_problem, {"", "*", "a.b", "/a.b", "ns/", "ns/a", "ns/*a.b", "n_s/*"});
}

TEST_CASE("istio's protocols", "[istio-values]") {
  CHECK(protocol("GRPC-Web") == Protocol::grpc_web);
  CHECK(protocol("MySQL") == Protocol::mysql);
  CHECK(protocol("hbone") == Protocol::unknown);
  CHECK(speaks_http(protocol("HTTP2")));
  CHECK(!speaks_http(protocol("HTTPS")));
  CHECK(speaks_tls(protocol("TLS")));
  CHECK(speaks_tcp(protocol("HTTPS")));
  CHECK(!speaks_tcp(protocol("UDP")));
}

TEST_CASE("istio's names of headers", "[istio-values]") {
  const auto use = [](HeaderUse where) {
    return [where](std::string_view name) { return header_name_problem(name, where); };
  };
  all_taken(use(HeaderUse::match),
            {"x-user", ":path", "@request.auth.claims.sub", "@Request.Auth.Claims[a][b]"});
  all_refused(use(HeaderUse::match), {"", ":other", "a b", "@request.auth.claims"});
  all_taken(use(HeaderUse::set), {"x", "Host", ":authority"});
  all_refused(use(HeaderUse::set), {"", ":path"});
  all_refused(use(HeaderUse::remove), {"", ":authority", "HOST"});
  all_taken(use(HeaderUse::cors), {"*", "x-user"});
  all_refused(use(HeaderUse::cors), {"", "a:b"});
  all_refused(use(HeaderUse::strict), {"a.b"});
  all_refused(use(HeaderUse::probe), {"a_b"});
}

TEST_CASE("istio's values of headers", "[istio-values]") {
  all_taken(header_value_problem, {"", "plain", "100%%", "%A%", "a%A(b)%c", "%A([\"x\", \"y\"])%",
                                   "%A( [ \"\\\"\" ] ) %"});
  all_refused(header_value_problem, {"%", "100%", "% a", "%A(b", "%A(b)c%", "%A([x])%",
                                     "%A([\"x\" \"y\"])%", "%A([\"x\"]%", "a\nb"});
}

TEST_CASE("istio's labels", "[istio-values]") {
  all_taken(label_key_problem, {"a", "a.b_c-d", "example.com/a"});
  all_refused(label_key_problem, {"", "/a", "a/", "a_b/c", "-a", std::string(64, 'a')});
  all_taken(label_value_problem, {"", "a", "a.b_c-d", std::string(99, 'a')});
  all_refused(label_value_problem, {"-a", "a b", "*"});
}

TEST_CASE("istio's lists and references", "[istio-values]") {
  const auto exported = [](const std::string& text, bool nobody = false) {
    const Read list(text);
    return export_problems(resource::texts(list.root()), "shop", nobody).size();
  };
  CHECK(exported("['*']") == 0);
  CHECK(exported("[., other]") == 0);
  CHECK(exported("[., shop]") == 1);
  CHECK(exported("['*', other]") == 1);
  CHECK(exported("['~']") == 1);
  CHECK(exported("['~']", true) == 0);
  CHECK(exported("['~', a]", true) == 1);
  CHECK(exported("[a_b]") == 1);

  const Read labels("{app: a*, 'b*': c}");
  CHECK(selector_problems(resource::labels(labels.root())).size() == 2);
  CHECK(label_problems(resource::labels(labels.root())).size() == 2);

  const Read good("{group: gateway.networking.k8s.io, kind: Gateway, name: a}");
  CHECK(target_problems(good.root()).empty());
  const Read bad("{group: apps, kind: Deployment, namespace: b}");
  CHECK(target_problems(bad.root()).size() == 3);
}

}  // namespace meshfn::lint::istio
