#include "routing/host.h"

#include "catch.h"

namespace meshfn::routing {

using Names = std::vector<std::string>;

TEST_CASE("a host without a dot is completed with the namespace", "[routing]") {
  CHECK(fqdn("reviews", "prod") == "reviews.prod.svc.cluster.local");
  CHECK(fqdn("reviews", "") == "reviews");
  CHECK(fqdn("reviews.prod", "test") == "reviews.prod");
  CHECK(fqdn("*", "prod") == "*");
  CHECK(fqdn("api.example.com", "prod") == "api.example.com");
}

TEST_CASE("a service name is taken apart from the right", "[routing]") {
  CHECK(service_of("reviews.prod.svc.cluster.local") == ServiceName{"reviews", "prod"});
  CHECK(service_of("a.b.prod.svc.cluster.local") == ServiceName{"a.b", "prod"});
  CHECK(service_of("reviews.prod.svc") == ServiceName{"reviews", "prod"});
  CHECK_FALSE(service_of("api.example.com"));
  CHECK_FALSE(service_of("prod.svc.cluster.local"));
}

TEST_CASE("wildcards match both ways", "[routing]") {
  CHECK(overlaps("*.example.com", "a.example.com"));
  CHECK(overlaps("a.example.com", "*.example.com"));
  CHECK(overlaps("*", "x"));
  CHECK(overlaps("*foo.com", "barfoo.com"));
  CHECK(overlaps("*.a.example.com", "*.example.com"));
  CHECK_FALSE(overlaps("*.example.com", "example.com"));
  CHECK_FALSE(overlaps("*.example.org", "*.example.com"));
  CHECK(overlaps("A.example.com", "a.Example.com"));
}

TEST_CASE("a wide name covers a narrow one and not the reverse", "[routing]") {
  CHECK(covers_host("*", "*.example.com"));
  CHECK(covers_host("*.example.com", "a.example.com"));
  CHECK(covers_host("*.example.com", "*.a.example.com"));
  CHECK_FALSE(covers_host("*.a.example.com", "*.example.com"));
  CHECK_FALSE(covers_host("a.example.com", "*.example.com"));
  CHECK(covers_host("a.example.com", "a.example.com"));
}

TEST_CASE("the most specific domain takes the request", "[routing]") {
  const Names domains = {"*", "*.example.com", "*.a.example.com", "x.a.example.com", "foo.*"};
  CHECK(best_domain(domains, "x.a.example.com") == 3);
  CHECK(best_domain(domains, "y.a.example.com") == 2);
  CHECK(best_domain(domains, "y.example.com") == 1);
  CHECK(best_domain(domains, "foo.org") == 4);
  CHECK(best_domain(domains, "example.com") == 0);
  CHECK_FALSE(best_domain(Names{"a"}, "b"));
  CHECK_FALSE(domain_matches("*-bar.com", "-bar.com"));
}

TEST_CASE("Gateway API wildcards stand for whole labels", "[routing]") {
  CHECK(hostname_matches("*.x.com", "a.b.x.com"));
  CHECK_FALSE(hostname_matches("*.x.com", "x.com"));
  CHECK_FALSE(hostname_matches("*.x.com", "ax.com"));
  CHECK(intersect("", "a.x.com") == "a.x.com");
  CHECK(intersect("*.x.com", "") == "*.x.com");
  CHECK(intersect("*.x.com", "*.a.x.com") == "*.a.x.com");
  CHECK(intersect("a.x.com", "*.x.com") == "a.x.com");
  CHECK_FALSE(intersect("*.x.com", "x.com"));
}

TEST_CASE("ports are taken off host names and IPv6 literals", "[routing]") {
  CHECK(split_authority("a.com:8080").host == "a.com");
  CHECK(split_authority("a.com:8080").port == 8080U);
  CHECK_FALSE(split_authority("a.com").port);
  CHECK(split_authority("[::1]:80").host == "::1");
  CHECK(split_authority("[::1]:80").port == 80U);
  CHECK(split_authority("::1").host == "::1");
  CHECK(split_authority("a.com:http").host == "a.com:http");
}

TEST_CASE("a service answers to its short names", "[routing]") {
  CHECK(names_of("a.n.svc.cluster.local", "n") ==
        Names{"a", "a.n", "a.n.svc", "a.n.svc.cluster.local"});
  CHECK(names_of("a.n.svc.cluster.local", "m") == Names{"a.n", "a.n.svc", "a.n.svc.cluster.local"});
  CHECK(names_of("api.example.com", "n") == Names{"api.example.com"});
}

TEST_CASE("gateway references are completed with the namespace", "[routing]") {
  CHECK(gateway_name("mesh", "n") == "mesh");
  CHECK(gateway_name("gw", "n") == "n/gw");
  CHECK(gateway_name("m/gw", "n") == "m/gw");
  CHECK(gateway_name("gw.m.svc.cluster.local", "n") == "m/gw");
  CHECK(gateway_name("gw", "") == "gw");
}

}  // namespace meshfn::routing
