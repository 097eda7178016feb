#include "render/route_expect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/str.h"
#include "base/units.h"
#include "render/access.h"
#include "render/words.h"
#include "routing/authorization/access.h"
#include "routing/host.h"

namespace meshfn::render {

namespace {

using routing::Destination;
using yaml::Node;

/// "host:port/subset" as a test names a destination; host may be short.
struct Named {
  std::string host;
  std::optional<std::uint32_t> port;
  std::string subset;
};

Named named(std::string_view text) {
  Named out;
  const std::size_t slash = text.find('/');
  if (slash != text.npos) out.subset = std::string(text.substr(slash + 1));
  const routing::Authority authority = routing::split_authority(text.substr(0, slash));
  out.host = authority.host;
  out.port = authority.port;
  return out;
}

/// Whether a test that writes `wanted` means the complete host name `host`.
bool is_host(std::string_view host, std::string_view wanted) {
  if (host == wanted) return true;
  // Nearly always a Service's name, with its namespace or without: no need to spell them all.
  constexpr std::string_view kTail = ".svc.cluster.local";
  if (host.ends_with(kTail)) {
    const std::string_view name = host.substr(0, host.size() - kTail.size());
    const std::string_view service = name.substr(0, name.rfind('.'));
    if (wanted == name || wanted == service) return true;
  }
  const auto service = routing::service_of(host);
  if (!service) return false;
  const auto names = routing::names_of(host, service->name_space);
  return std::find(names.begin(), names.end(), wanted) != names.end();
}

bool is_meant(const Destination& to, const Named& wanted) {
  const bool port = !wanted.port || to.port == wanted.port;
  const bool subset = wanted.subset.empty() || to.subset == wanted.subset;
  return port && subset && is_host(to.host, wanted.host);
}

std::string seen_targets(const routing::Answer& answer) {
  if (answer.route == nullptr) return "nothing";
  return str::join(targets(*answer.route), ", ");
}

double share(const routing::Route& route, const Named& wanted) {
  double sum = 0;
  for (const Destination& to : route.destinations) {
    if (is_meant(to, wanted)) sum += to.weight;
  }
  return 100 * sum / static_cast<double>(std::max<std::uint64_t>(route.total_weight(), 1));
}

double number_of(Node node) { return yaml::to_double(node.text()).value_or(0); }

std::string check_to(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  if (wanted.is_scalar() && wanted.text() == "nothing") {
    return route == nullptr ? "" : differs(seen_targets(judged.answer), "nothing");
  }
  const bool forwards = route != nullptr && !route->redirect && !route->direct_response;
  if (wanted.is_scalar()) {
    const bool all = forwards && std::abs(share(*route, named(wanted.text())) - 100) < 0.01;
    return all ? "" : differs(seen_targets(judged.answer), wanted.text());
  }
  double sum = 0;
  for (const yaml::Entry entry : wanted.entries()) sum += number_of(entry.value);
  for (const yaml::Entry entry : wanted.entries()) {
    const double want = 100 * number_of(entry.value) / std::max(sum, 1e-9);
    const double seen = forwards ? share(*route, named(entry.key.text())) : 0;
    if (std::abs(want - seen) < 0.01) continue;
    return differs(seen_targets(judged.answer),
                   fmt::format("{} {}%", entry.key.text(), percent(want)));
  }
  return {};
}

std::string check_rule(Node wanted, const Judged& judged) {
  return differs(judged.answer.route == nullptr ? "nothing" : judged.answer.route->name,
                 wanted.text());
}

std::string check_redirect(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  if (route == nullptr || !route->redirect)
    return differs(seen_targets(judged.answer), wanted.text());
  const std::string location =
      routing::redirect_location(*route->redirect, *judged.answer.match, judged.request);
  if (wanted.is_scalar()) return differs(location, wanted.text());
  if (const Node code = wanted.find("code")) {
    const std::string bad = differs(fmt::format("{}", route->redirect->code), code.text());
    if (!bad.empty()) return bad;
  }
  const Node to = wanted.find("location");
  return to ? differs(location, to.text()) : std::string();
}

std::string check_response(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  if (route == nullptr || !route->direct_response) {
    return differs(seen_targets(judged.answer), wanted.text());
  }
  const routing::DirectResponse& seen = *route->direct_response;
  const Node status = wanted.is_scalar() ? wanted : wanted.find("status");
  std::string bad = status ? differs(fmt::format("{}", seen.status), status.text()) : "";
  const Node body = wanted.find("body");
  return bad.empty() && body ? differs(seen.body, body.text()) : bad;
}

std::string check_path(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return differs("nothing", wanted.text());
  return differs(
      routing::rewritten_path(*judged.answer.route, *judged.answer.match, judged.request),
      wanted.text());
}

std::string duration_words(const std::optional<routing::Duration>& value) {
  return value ? format_duration(*value) : "none";
}

std::string check_timeout(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return differs("nothing", wanted.text());
  const auto written = parse_duration(wanted.text());
  return differs(duration_words(judged.answer.route->timeout.value),
                 written ? format_duration(*written) : std::string(wanted.text()));
}

std::string check_authority(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return differs("nothing", wanted.text());
  return differs(
      routing::forwarded(*judged.answer.route, *judged.answer.match, judged.request).authority,
      wanted.text());
}

/// The number of retries, or a mapping of `attempts`, `per-try` and `on`.
std::string check_retries(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return differs("nothing", wanted.text());
  const routing::Retries& seen = *judged.answer.route->retries;
  const std::string attempts = fmt::format("{}", seen.attempts.value);
  if (wanted.is_scalar()) return differs(attempts, wanted.text());
  std::string bad;
  if (const Node node = wanted.find("attempts")) bad = differs(attempts, node.text());
  if (const Node node = wanted.find("per-try"); bad.empty() && node) {
    const auto written = parse_duration(node.text());
    bad = differs(duration_words(seen.per_try.value),
                  written ? format_duration(*written) : std::string(node.text()));
  }
  if (const Node node = wanted.find("on"); bad.empty() && node) {
    bad = differs(seen.on.value, node.text());
  }
  return bad;
}

/// The destination of the copy, or a mapping of `to` and `percent`.
std::string check_mirror(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  const std::string_view to = wanted.is_scalar() ? wanted.text() : wanted.find("to").text();
  const bool none = route == nullptr || route->mirrors.empty();
  if (to == "none") return none ? "" : "is there";
  std::vector<std::string> seen;
  for (const auto& mirror : none ? std::vector<routing::Mirror>() : route->mirrors) {
    const Node part = wanted.find("percent");
    if (is_meant(mirror.to, named(to)) && !part) return {};
    if (is_meant(mirror.to, named(to))) {
      return differs(percent(mirror.percent) + "%", percent(number_of(part)) + "%");
    }
    seen.push_back(brief(mirror.to));
  }
  return differs(seen.empty() ? "nothing" : str::join(seen, ", "), to);
}

std::string check_share(Node wanted, std::string_view what, double seen) {
  if (!wanted || std::abs(number_of(wanted) - seen) < 0.01) return {};
  return fmt::format("{} {}", what, differs(percent(seen), wanted.text()));
}

/// `none`, or a mapping of `abort`, `delay` and what part of the requests each of them meets.
std::string check_fault(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  const auto* fault = route != nullptr && route->fault ? &*route->fault : nullptr;
  if (wanted.is_scalar()) return fault == nullptr ? "" : "is there";
  const auto* abort = fault != nullptr && fault->abort ? &*fault->abort : nullptr;
  const auto* delay = fault != nullptr && fault->delay ? &*fault->delay : nullptr;
  std::string bad;
  if (const Node node = wanted.find("abort")) {
    bad = differs(abort != nullptr ? fmt::format("{}", abort->http_status) : "none", node.text());
    if (!bad.empty()) return "abort " + bad;
  }
  if (const Node node = wanted.find("delay")) {
    bad = differs(delay != nullptr ? format_duration(delay->fixed) : "none", node.text());
    if (!bad.empty()) return "delay " + bad;
  }
  bad = check_share(wanted.find("abort-percent"), "abort-percent",
                    abort != nullptr ? abort->percent : 0);
  if (!bad.empty()) return bad;
  return check_share(wanted.find("delay-percent"), "delay-percent",
                     delay != nullptr ? delay->percent : 0);
}

/// `{x-user: ann}`: headers that the rule sets or adds; `x-user: null` for removed ones.
std::string check_changes(Node wanted, const Judged& judged, bool response) {
  const routing::Route* route = judged.answer.route;
  for (const yaml::Entry entry : wanted.entries()) {
    const bool removed = entry.value.is_null();
    const bool found =
        route != nullptr &&
        std::any_of(route->headers.begin(), route->headers.end(), [&](const auto& change) {
          const bool removes = change.op == routing::HeaderChange::Op::remove;
          return change.response == response && change.name == str::lower(entry.key.text()) &&
                 removes == removed && (removed || change.value == entry.value.text());
        });
    if (!found)
      return fmt::format("`{}` is not {}", entry.key.text(), removed ? "removed" : "set so");
  }
  return {};
}

std::string check_headers(Node wanted, const Judged& judged) {
  return check_changes(wanted, judged, false);
}

std::string check_response_headers(Node wanted, const Judged& judged) {
  return check_changes(wanted, judged, true);
}

std::vector<routing::Access> stops_of(const Judged& judged) {
  return routing::access_of(judged.mesh, judged.caller, judged.request, judged.answer);
}

std::string stop_words(const routing::Access& stop) {
  return fmt::format("{} by {}: {}", stop.target.describe(), decider(stop.verdict),
                     stop.verdict.why);
}

/// Every workload that the request may reach has to answer alike.
std::string check_allowed(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return "cannot be told: nothing takes the request";
  const bool want = wanted.text() == "true";
  const auto stops = stops_of(judged);
  const auto refuses = [](const routing::Access& stop) { return !stop.verdict.allowed; };
  const auto refusing = std::find_if(stops.begin(), stops.end(), refuses);
  if (want) {
    return refusing == stops.end() ? "" : "is `false` at " + stop_words(*refusing);
  }
  // A gateway that refuses, refuses for all.
  const bool at_gateway = refusing != stops.end() && !refusing->target.gateway.empty();
  const auto allowing = std::find_if_not(stops.begin(), stops.end(), refuses);
  if (at_gateway || (allowing == stops.end() && !stops.empty())) return {};
  if (refusing == stops.end() && stops.empty()) return "is `true`: no pods are asked";
  const auto last = std::find_if(allowing, stops.end(), [&](const routing::Access& stop) {
    return stop.verdict.allowed && stop.target.gateway.empty();
  });
  return last == stops.end() ? "" : "is `true` at " + stop_words(*last);
}

/// Whether a test that writes `wanted` means the policy `by` ("AuthorizationPolicy shop/a").
bool is_policy(std::string_view by, std::string_view wanted) {
  if (by == wanted) return true;
  const std::string_view name = by.substr(std::min(by.rfind(' ') + 1, by.size()));
  const std::size_t slash = name.find('/');
  return name == wanted || (slash != name.npos && name.substr(slash + 1) == wanted);
}

std::string check_denied_by(Node wanted, const Judged& judged) {
  std::string seen = "nothing";
  for (const routing::Access& stop : stops_of(judged)) {
    if (stop.verdict.allowed) continue;
    if (is_policy(stop.verdict.by, wanted.text())) return {};
    seen = decider(stop.verdict);
  }
  return differs(seen, wanted.text());
}

constexpr std::array kKinds = std::to_array<ExpectationKind>({
    {"to", "destination `host:port/subset`, shares of several, or `nothing`", check_to},
    {"rule", "name of the rule that takes the request", check_rule},
    {"redirect", "the Location answered, or its `code` and `location`", check_redirect},
    {"response", "status of the rule's own answer, or its `status` and `body`", check_response},
    {"path", "path that the destination sees", check_path},
    {"authority", "host that the destination sees", check_authority},
    {"timeout", "duration, or `none`", check_timeout},
    {"retries", "number of retries, or `attempts`, `per-try` and `on`", check_retries},
    {"mirror", "destination of the copy, or `to` and `percent`, or `none`", check_mirror},
    {"fault", "`abort` status and `delay` with `abort-percent` and `delay-percent`, or `none`",
     check_fault},
    {"headers", "request headers set, or null for removed ones", check_headers},
    {"response-headers", "response headers set, or null for removed ones", check_response_headers},
    {"allowed", "whether the pods let the request through: true or false", check_allowed},
    {"denied by", "the policy that refuses it: `name` or `namespace/name`", check_denied_by},
});

}  // namespace

std::string differs(std::string_view seen, std::string_view wanted) {
  return seen == wanted ? std::string() : fmt::format("is `{}`, not `{}`", seen, wanted);
}

yaml::Node first_of(yaml::Node node, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const yaml::Node found = node.find(name)) return found;
  }
  return {};
}

std::span<const ExpectationKind> expectation_kinds() { return kKinds; }

std::span<const ExpectationKind> kinds_of(RouteTest::Form form) {
  switch (form) {
    case RouteTest::Form::own:
      return expectation_kinds();
    case RouteTest::Form::validator:
      return validator_kinds();
    case RouteTest::Form::router_check:
      return router_check_kinds();
  }
  return {};
}

const ExpectationKind* find_kind(std::span<const ExpectationKind> kinds, std::string_view name) {
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const ExpectationKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace meshfn::render
