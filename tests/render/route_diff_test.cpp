#include "render/route_diff.h"

#include "render/rendering.h"
#include "render/route_requests.h"
#include "routing/loaded.h"

namespace meshfn::render {

namespace {

std::string rules(const std::string& http) {
  return "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a, "
         "namespace: n}, spec: {hosts: [a], http: " +
         http + "}}";
}

/// "before -> after" of every difference.
std::vector<std::string> changes(const std::string& before, const std::string& after) {
  const auto old_input = read_texts({{"old.yaml", before}});
  const auto new_input = read_texts({{"new.yaml", after}});
  const auto requests = requests_of(old_input->table(), new_input->table());
  std::vector<std::string> out;
  for (const Difference& difference :
       diff(old_input->table(), new_input->table(), requests).differences) {
    out.push_back(difference.example.path + ": " +
                  difference.before.substr(0, difference.before.find(',')) + " -> " +
                  difference.after.substr(0, difference.after.find(',')));
  }
  return out;
}

const std::string kTo = "route: [{destination: {host: b}}]";

}  // namespace

TEST_CASE("a prefix that lost its slash is found by an example", "[render]") {
  const std::string rest = ", {route: [{destination: {host: c}}]}]";
  const auto found = changes(rules("[{match: [{uri: {prefix: /api/}}], " + kTo + "}" + rest),
                             rules("[{match: [{uri: {prefix: /api}}], " + kTo + "}" + rest));
  CHECK(found == std::vector<std::string>{"/api: c.n 100% -> b.n 100%"});
}

TEST_CASE("the same meaning written otherwise is no difference", "[render]") {
  CHECK(changes(rules("[{" + kTo + "}]"),
                rules("[{match: [{uri: {prefix: /}}], timeout: 0s, " + kTo + "}]"))
            .empty());
}

TEST_CASE("changed settings and lost requests are differences", "[render]") {
  CHECK(changes(rules("[{" + kTo + "}]"), rules("[{timeout: 1s, " + kTo + "}]")).size() == 1);
  CHECK(changes(rules("[{" + kTo + "}]"), rules("[{match: [{uri: {exact: /a}}], " + kTo + "}]")) ==
        std::vector<std::string>{"/: b.n 100% -> nothing takes it"});
}

TEST_CASE("requests are read line by line", "[render]") {
  const auto requests = read_requests("r.txt", R"(# comment
http://a/x?q=1

curl -X PUT http://a/y
{"url": "http://a/z", "method": "POST", "headers": {"X-A": "1"}, "port": 80}
)");
  REQUIRE(requests);
  REQUIRE(requests->size() == 3);
  CHECK(requests->at(1).method == "PUT");
  CHECK(requests->at(2).headers.at("x-a") == "1");
  CHECK(read_requests("r.txt", "http://a\n{bad\n").error().message ==
        "r.txt:2:1: the line is no JSON object");
  CHECK_FALSE(read_requests("r.txt", "\n"));
}

TEST_CASE("normalised files of the public corpus treat every request alike", "[render][corpus]") {
  const auto directory = routing::shared() / "corpus" / "bookinfo" / "networking";
  if (!std::filesystem::exists(directory)) {
    WARN("no shared corpus here; set MESHFN_SHARED to its directory");
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    INFO(entry.path().string());
    const std::string text = routing::contents(entry.path());
    CHECK(changes(text, render_text(text, "yaml")).empty());
    CHECK(changes(text, render_text(text, "yaml", {.defaults = true})).empty());
  }
}

}  // namespace meshfn::render
