// The tests of Envoy's router_check tool: each validates what the router does with one request.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "render/route_expect.h"
#include "render/words.h"
#include "routing/authorization/access.h"
#include "routing/envoy.h"

namespace meshfn::render {

namespace {

using yaml::Node;

/// The cluster that the test's random value chooses: Envoy takes it modulo the sum of the weights.
const routing::Destination* chosen(const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  if (route == nullptr || route->redirect || route->destinations.empty()) return nullptr;
  const std::uint64_t total = route->total_weight();
  std::uint64_t rest = total == 0 ? 0 : judged.random % total;
  for (const routing::Destination& to : route->destinations) {
    if (rest < to.weight) return &to;
    rest -= to.weight;
  }
  return &route->destinations.front();
}

std::string check_cluster(Node wanted, const Judged& judged) {
  const routing::Destination* to = chosen(judged);
  if (to == nullptr) return differs("", wanted.text());
  routing::Destination called = *to;
  if (!called.port) called.port = judged.request.effective_port();
  if (routing::cluster_name(called) == wanted.text()) return {};
  return differs(to->host, wanted.text());
}

std::string check_virtual_host(Node wanted, const Judged& judged) {
  const auto* host = judged.answer.virtual_host;
  if (host == nullptr) return differs("", wanted.text());
  const bool with_port = wanted.text().starts_with(host->host + ":");
  return with_port ? std::string() : differs(host->host, wanted.text());
}

/// The tool compares with the path as sent, query and all, when nothing rewrites it.
std::string check_path_rewrite(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return differs("", wanted.text());
  const std::string_view path = wanted.text();
  return differs(
      routing::rewritten_path(*judged.answer.route, *judged.answer.match, judged.request),
      path.substr(0, path.find('?')));
}

std::string check_host_rewrite(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return differs("", wanted.text());
  return differs(
      routing::forwarded(*judged.answer.route, *judged.answer.match, judged.request).authority,
      wanted.text());
}

std::string check_path_redirect(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  if (route == nullptr || !route->redirect) return differs("", wanted.text());
  const std::string_view location = wanted.text();
  return differs(routing::redirect_location(*route->redirect, *judged.answer.match, judged.request),
                 location.substr(0, location.find('?')));
}

/// Whether one HeaderMatcher holds for `headers`.
std::string check_header(Node matcher, const routing::Texts& headers) {
  const std::string name = str::lower(first_of(matcher, {"name"}).text());
  const auto found = headers.find(name);
  const Node text = first_of(matcher, {"string_match", "stringMatch"});
  const Node exact = text ? text.find("exact") : first_of(matcher, {"exact_match", "exactMatch"});
  const Node present = first_of(matcher, {"present_match", "presentMatch"});
  bool holds = found != headers.end();
  if (exact) holds = holds && found->second == exact.text();
  if (text.find("prefix")) holds = holds && found->second.starts_with(text.find("prefix").text());
  if (text.find("suffix")) holds = holds && found->second.ends_with(text.find("suffix").text());
  if (present.text() == "false") holds = !holds;
  if (first_of(matcher, {"invert_match", "invertMatch"}).text() == "true") holds = !holds;
  if (holds) return {};
  return fmt::format("of `{}` is {}", name,
                     found == headers.end() ? "absent" : "`" + found->second + "`");
}

std::string check_headers(Node wanted, const routing::Texts& headers) {
  for (const Node matcher : wanted.items()) {
    std::string bad = check_header(matcher, headers);
    if (!bad.empty()) return bad;
  }
  return {};
}

std::string check_request_headers(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return "is absent: nothing takes the request";
  const auto sent = routing::forwarded(*judged.answer.route, *judged.answer.match, judged.request);
  routing::Texts headers = sent.headers;
  headers[":authority"] = sent.authority;
  headers[":path"] = sent.path;
  headers[":method"] = sent.method;
  return check_headers(wanted, headers);
}

std::string check_response_headers(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return "is absent: nothing takes the request";
  routing::Texts headers;
  for (const routing::HeaderChange& change : judged.answer.route->headers) {
    if (!change.response) continue;
    if (change.op == routing::HeaderChange::Op::remove) {
      headers.erase(change.name);
    } else {
      headers[change.name] = change.value;
    }
  }
  return check_headers(wanted, headers);
}

constexpr std::array kKinds = std::to_array<ExpectationKind>({
    {"cluster_name", "the cluster chosen", check_cluster},
    {"virtual_host_name", "the virtual host", check_virtual_host},
    {"path_rewrite", "path that the cluster sees", check_path_rewrite},
    {"host_rewrite", "host that the cluster sees", check_host_rewrite},
    {"path_redirect", "where the client is sent", check_path_redirect},
    {"request_header_matches", "headers that the cluster sees", check_request_headers},
    {"response_header_matches", "headers that the client sees", check_response_headers},
});

}  // namespace

std::span<const ExpectationKind> router_check_kinds() { return kKinds; }

}  // namespace meshfn::render
