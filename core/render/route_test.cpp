#include "render/route_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/str.h"
#include "render/route_expect.h"
#include "routing/request_text.h"
#include "routing/router.h"
#include "yaml/map_reader.h"

namespace meshfn::render {

namespace {

using yaml::MapReader;
using yaml::Node;

/// A request with several hosts, paths and methods is as many requests.
template <class Set>
std::vector<routing::Request> multiply(const std::vector<routing::Request>& requests,
                                       const std::vector<std::string>& values, Set set) {
  if (values.empty()) return requests;
  std::vector<routing::Request> out;
  for (const routing::Request& request : requests) {
    for (const std::string& value : values) {
      out.push_back(request);
      set(out.back(), value);
    }
  }
  return out;
}

void set_path(routing::Request& request, const std::string& text) {
  const auto parsed = routing::request_from_url(text);
  if (!parsed || !text.starts_with('/')) {
    request.path = text;
    return;
  }
  request.path = parsed->path;
  for (const auto& [name, value] : parsed->query) request.query[name] = value;
}

/// `{shop: {roles: [a, b]}}` as the claims of a token.
void read_claims(Node node, routing::Claims::Path& path, routing::Claims& out) {
  if (node.is_mapping()) {
    for (const yaml::Entry entry : node.entries()) {
      path.emplace_back(entry.key.text());
      read_claims(entry.value, path, out);
      path.pop_back();
    }
    return;
  }
  std::vector<std::string>& values = out.values[path];
  if (node.is_scalar()) values.emplace_back(node.text());
  for (const Node item : node.items()) values.emplace_back(item.text());
}

/// `from`: who calls.
void read_caller(Node request, routing::Caller& caller, yaml::Problems& problems) {
  const Node node = request.find("from");
  if (!node) return;
  MapReader from(node, "from", problems);
  caller.name_space = from.string("namespace").value_or("");
  caller.account = from.string("account").value_or("");
  caller.ip = from.string("ip").value_or("");
  caller.plain = from.boolean("plain").value_or(false);
  if (const Node claims = from.find("claims")) {
    routing::Claims::Path path;
    read_claims(claims, path, caller.token.emplace());
  }
  from.find("labels");
  from.done();
}

void read_source(MapReader& reader, routing::Request& request) {
  const Node node = reader.find("from");
  request.source_namespace = std::string(node.find("namespace").text());
  for (const yaml::Entry entry : node.find("labels").entries()) {
    request.source_labels[std::string(entry.key.text())] = std::string(entry.value.text());
  }
}

void read_texts(MapReader& reader, std::string_view key, bool lower, routing::Texts& out) {
  for (const yaml::Entry entry : reader.entries(key)) {
    const std::string name(entry.key.text());
    out[lower ? str::lower(name) : name] = std::string(entry.value.text());
  }
}

/// `host` or `authority`, `path` or `uri`: ours and istio-config-validator's words.
std::vector<routing::Request> read_requests(Node node, yaml::Problems& problems) {
  MapReader reader(node, "request", problems);
  routing::Request base;
  base.scheme = reader.string("scheme").value_or("http");
  base.gateway = reader.string("gateway").value_or("mesh");
  base.sni = str::lower(reader.string("sni").value_or(""));
  if (!base.sni.empty()) base.protocol = routing::Protocol::tls;
  if (const auto port = reader.integer("port", 1, 65535)) {
    base.port = static_cast<std::uint32_t>(*port);
  }
  read_source(reader, base);
  read_texts(reader, "headers", true, base.headers);
  read_texts(reader, "query", false, base.query);
  std::vector<routing::Request> out = {base};
  const auto set_authority = [](routing::Request& request, const std::string& value) {
    request.authority = value;
  };
  const auto set_url = [](routing::Request& request, const std::string& value) {
    if (const auto parsed = routing::request_from_url(value)) {
      request.scheme = parsed->scheme;
      request.authority = parsed->authority;
      request.path = parsed->path;
      for (const auto& [name, text] : parsed->query) request.query[name] = text;
    }
  };
  out = multiply(out, reader.strings("url"), set_url);
  out = multiply(out, reader.strings("host"), set_authority);
  out = multiply(out, reader.strings("authority"), set_authority);
  out = multiply(out, reader.strings("path"), set_path);
  out = multiply(out, reader.strings("uri"), set_path);
  out =
      multiply(out, reader.strings("method"),
               [](routing::Request& request, const std::string& value) { request.method = value; });
  reader.done();
  return out;
}

RouteTest read_own(Node node, yaml::Problems& problems) {
  MapReader reader(node, "test", problems);
  RouteTest out;
  out.where = node.where();
  out.name = reader.string("name").value_or("");
  if (const Node request = reader.require("request")) {
    out.requests = read_requests(request, problems);
    read_caller(request, out.caller, problems);
  }
  const Node expect = reader.require("expect");
  if (expect) {
    MapReader wanted(expect, "expect", problems);
    for (const ExpectationKind& kind : expectation_kinds()) {
      if (const Node value = wanted.find(kind.name)) {
        out.expectations.push_back({std::string(kind.name), value});
      }
    }
    wanted.done();
    if (out.expectations.empty() && expect.is_mapping() && expect.size() == 0) {
      yaml::bad_value(problems, expect.where(), "nothing is expected", "add `to: host/subset`");
    }
  }
  reader.done();
  return out;
}

/// Unknown fields are passed over: the format is another tool's.
RouteTest read_validator(Node node, yaml::Problems& problems) {
  RouteTest out;
  out.where = node.where();
  out.form = RouteTest::Form::validator;
  out.name = std::string(node.find("description").text());
  out.wanted = node.find("wantMatch").text() != "false";
  if (const Node request = node.find("request")) out.requests = read_requests(request, problems);
  for (const ExpectationKind& kind : validator_kinds()) {
    if (const Node value = node.find(kind.name)) {
      out.expectations.push_back({std::string(kind.name), value});
    }
  }
  return out;
}

/// Whether the document is Envoy's: `tests`, or a bare list, of items with `input` and `validate`.
Node router_check_tests(Node root) {
  const Node tests = root.is_sequence() ? root : root.find("tests");
  const Node first = tests.item(0);
  return first.find("input") && first.find("validate") ? tests : Node();
}

/// `authority` and `path`, or `:authority` and `:path` in older files.
routing::Request router_check_request(Node input) {
  routing::Request out;
  out.authority = std::string(first_of(input, {"authority", ":authority"}).text());
  set_path(out, std::string(first_of(input, {"path", ":path"}).text()));
  const Node method = first_of(input, {"method", ":method"});
  if (method) out.method = std::string(method.text());
  if (input.find("ssl").text() == "true") out.scheme = "https";
  if (input.find("internal").text() == "true") out.headers["x-envoy-internal"] = "true";
  const Node added = first_of(input, {"additional_request_headers", "additionalRequestHeaders"});
  for (const Node header : added.items()) {
    const Node name = first_of(header, {"key", "field"});
    out.headers[str::lower(name.text())] = std::string(header.find("value").text());
  }
  return out;
}

RouteTest read_router_check(Node node) {
  RouteTest out;
  out.where = node.where();
  out.form = RouteTest::Form::router_check;
  out.name = std::string(first_of(node, {"test_name", "testName"}).text());
  const Node input = node.find("input");
  out.requests.push_back(router_check_request(input));
  const auto random = yaml::to_int(first_of(input, {"random_value", "randomValue"}).text());
  out.random = random && *random > 0 ? static_cast<std::uint64_t>(*random) : 0;
  for (const yaml::Entry entry : node.find("validate").entries()) {
    // Both spellings of the API's names; what is left over is told, not passed over.
    std::string name;
    for (const char c : entry.key.text()) {
      const bool upper = c >= 'A' && c <= 'Z';
      if (upper) name += '_';
      name += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (name == "header_fields" || name == "request_header_fields") {
      name = "request_header_matches";
    }
    out.expectations.push_back({std::move(name), entry.value});
  }
  return out;
}

std::string judge(const RouteTest& test, const Judged& judged) {
  const auto kinds = kinds_of(test.form);
  for (const Expectation& expectation : test.expectations) {
    const ExpectationKind* kind = find_kind(kinds, expectation.what);
    if (kind == nullptr) return fmt::format("`{}` cannot be judged here", expectation.what);
    const std::string bad = kind->check(expectation.wanted, judged);
    if (test.wanted && !bad.empty()) return fmt::format("{} {}", expectation.what, bad);
    if (!test.wanted && bad.empty()) {
      return fmt::format("{} is as described, and should not be", expectation.what);
    }
  }
  return {};
}

}  // namespace

bool is_route_test(Node root) {
  return root.find("testCases").is_sequence() || root.find("kind").text() == "RouteTest" ||
         static_cast<bool>(router_check_tests(root));
}

Result<std::vector<RouteTest>> read_route_tests(const yaml::Tree& tree) {
  yaml::Problems problems;
  std::vector<RouteTest> out;
  for (const yaml::Document& document : tree.documents()) {
    const Node root = document.root;
    if (!is_route_test(root)) continue;
    for (const Node node : root.find("testCases").items()) {
      out.push_back(read_validator(node, problems));
    }
    if (root.find("kind").text() != "RouteTest") {
      for (const Node node : router_check_tests(root).items()) {
        out.push_back(read_router_check(node));
      }
      continue;
    }
    MapReader reader(root, "route test", problems);
    reader.require("apiVersion");
    reader.find("kind");
    reader.strings("mesh");
    for (const Node node : reader.list("tests")) out.push_back(read_own(node, problems));
    reader.done();
  }
  if (!problems.empty()) return tl::unexpected(yaml::to_error(problems));
  return out;
}

std::vector<RouteTestResult> run_route_tests(const resource::Mesh& mesh,
                                             const routing::Table& table,
                                             const std::vector<RouteTest>& tests) {
  const routing::Router router(table);
  std::vector<RouteTestResult> out;
  for (const RouteTest& test : tests) {
    for (const routing::Request& request : test.requests) {
      RouteTestResult result{&test, &request, {}, router.answer(request)};
      result.failure = judge(test, {result.answer, request, mesh, test.caller, test.random});
      // Only who fails wants to know what was tried.
      if (!result.failure.empty()) result.answer = router.explain(request);
      out.push_back(std::move(result));
    }
  }
  return out;
}

Coverage coverage(const routing::Table& table, const std::vector<RouteTestResult>& results) {
  // The same rule stands in the table once for each host it serves.
  std::map<std::tuple<const source::File*, std::uint32_t, std::string>, const routing::Route*>
      rules;
  const auto key = [](const routing::Route& route) {
    return std::tuple(route.where.file, route.where.span.begin, route.name);
  };
  std::vector<const routing::Route*> order;
  for (const routing::Listener& listener : table.listeners) {
    for (const routing::VirtualHost& host : listener.virtual_hosts) {
      for (const routing::Route& route : host.routes) {
        if (route.resource.starts_with("Service ")) continue;
        if (rules.try_emplace(key(route), &route).second) order.push_back(&route);
      }
    }
  }
  Coverage out;
  out.rules = rules.size();
  for (const RouteTestResult& result : results) {
    if (result.answer.route != nullptr) out.hit += rules.erase(key(*result.answer.route));
  }
  for (const routing::Route* route : order) {
    if (rules.contains(key(*route))) out.missed.push_back(route);
  }
  return out;
}

}  // namespace meshfn::render
