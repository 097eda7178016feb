#include "routing/router.h"

#include "catch.h"

namespace meshfn::routing {

namespace {

VirtualHost host(std::string name, std::vector<std::string> domains,
                 std::vector<std::uint32_t> ports = {}) {
  VirtualHost out;
  out.host = std::move(name);
  out.domains = std::move(domains);
  out.ports = std::move(ports);
  out.routes.emplace_back();
  return out;
}

Table table_of(std::vector<VirtualHost> hosts) {
  Table table;
  table.listeners.emplace_back();
  table.listeners.back().gateway = "mesh";
  table.listeners.back().virtual_hosts = std::move(hosts);
  return table;
}

std::string host_for(const Table& table, std::string authority) {
  Request request;
  request.authority = std::move(authority);
  const Answer answer = Router(table).answer(request);
  return answer.virtual_host == nullptr ? "none" : answer.virtual_host->host;
}

}  // namespace

TEST_CASE("the most specific domain wins whatever the order", "[routing]") {
  const Table table =
      table_of({host("all", {"*"}), host("short", {"*.com"}), host("long", {"*.b.com"}),
                host("whole", {"a.b.com"}), host("front", {"a.*"}), host("longer", {"a.b.*"})});
  CHECK(host_for(table, "a.b.com") == "whole");
  CHECK(host_for(table, "A.B.COM") == "whole");
  CHECK(host_for(table, "x.b.com") == "long");
  CHECK(host_for(table, "x.com") == "short");
  CHECK(host_for(table, "a.b.org") == "longer");
  CHECK(host_for(table, "a.org") == "front");
  CHECK(host_for(table, "elsewhere") == "all");
  CHECK(host_for(table, ".com") == "all");
}

TEST_CASE("a host that does not serve the port is passed over", "[routing]") {
  const Table table =
      table_of({host("one", {"a"}, {80}), host("two", {"a"}, {81}), host("three", {"*"})});
  CHECK(host_for(table, "a:80") == "one");
  CHECK(host_for(table, "a:81") == "two");
  CHECK(host_for(table, "a:82") == "three");
  CHECK(host_for(table, "a") == "one");
}

TEST_CASE("of equal domains the first one counts", "[routing]") {
  const Table table = table_of({host("one", {"a"}), host("two", {"a"})});
  CHECK(host_for(table, "a") == "one");
  CHECK(host_for(table_of({}), "a") == "none");
}

TEST_CASE("a regex that nobody asks is not compiled and still knows its mistake", "[routing]") {
  const StringMatch wrong(StringMatch::Kind::regex, "(");
  CHECK(!wrong.error().empty());
  CHECK(!wrong.matches("x"));
  const StringMatch copy = StringMatch(StringMatch::Kind::regex, "a+");
  CHECK(copy.matches("aa"));
  CHECK(copy.error().empty());
}

}  // namespace meshfn::routing
