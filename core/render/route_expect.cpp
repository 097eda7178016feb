#include "render/route_expect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/str.h"
#include "base/units.h"
#include "render/words.h"
#include "routing/host.h"

namespace meshfn::render {

namespace {

using routing::Destination;
using yaml::Node;

std::string differs(std::string_view seen, std::string_view wanted) {
  return seen == wanted ? std::string() : fmt::format("is `{}`, not `{}`", seen, wanted);
}

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
  return differs(fmt::format("{}", route->direct_response->status), wanted.text());
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

std::string check_retries(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return differs("nothing", wanted.text());
  return differs(fmt::format("{}", judged.answer.route->retries.attempts.value), wanted.text());
}

std::string check_mirror(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  std::vector<std::string> seen;
  if (route != nullptr) {
    for (const routing::Mirror& mirror : route->mirrors) {
      if (is_meant(mirror.to, named(wanted.text()))) return {};
      seen.push_back(brief(mirror.to));
    }
  }
  return differs(seen.empty() ? "nothing" : str::join(seen, ", "), wanted.text());
}

std::string check_fault(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  const auto* fault = route != nullptr && route->fault ? &*route->fault : nullptr;
  if (const Node abort = wanted.find("abort")) {
    const bool aborts = fault != nullptr && fault->abort;
    const std::string bad =
        differs(aborts ? fmt::format("{}", fault->abort->http_status) : "none", abort.text());
    if (!bad.empty()) return "abort " + bad;
  }
  if (const Node delay = wanted.find("delay")) {
    const bool delays = fault != nullptr && fault->delay;
    const std::string bad =
        differs(delays ? format_duration(fault->delay->fixed) : "none", delay.text());
    if (!bad.empty()) return "delay " + bad;
  }
  if (wanted.is_scalar() && wanted.text() == "none" && fault != nullptr) return "is there";
  return {};
}

/// `{x-user: ann}`: request headers that the rule sets or adds; `x-user: null` for removed ones.
std::string check_headers(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  for (const yaml::Entry entry : wanted.entries()) {
    const bool removed = entry.value.is_null();
    const bool found =
        route != nullptr &&
        std::any_of(route->headers.begin(), route->headers.end(), [&](const auto& change) {
          const bool removes = change.op == routing::HeaderChange::Op::remove;
          return !change.response && change.name == str::lower(entry.key.text()) &&
                 removes == removed && (removed || change.value == entry.value.text());
        });
    if (!found)
      return fmt::format("`{}` is not {}", entry.key.text(), removed ? "removed" : "set so");
  }
  return {};
}

constexpr std::array kKinds = std::to_array<ExpectationKind>({
    {"to", "destination `host:port/subset`, shares of several, or `nothing`", check_to},
    {"rule", "name of the rule that takes the request", check_rule},
    {"redirect", "the Location answered, or its `code` and `location`", check_redirect},
    {"response", "status of the rule's own answer", check_response},
    {"path", "path that the destination sees", check_path},
    {"timeout", "duration, or `none`", check_timeout},
    {"retries", "number of retries", check_retries},
    {"mirror", "destination of the copy", check_mirror},
    {"fault", "`abort` status and `delay`, or `none`", check_fault},
    {"headers", "request headers set, or null for removed ones", check_headers},
});

}  // namespace

std::span<const ExpectationKind> expectation_kinds() { return kKinds; }

const ExpectationKind* find_kind(std::span<const ExpectationKind> kinds, std::string_view name) {
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const ExpectationKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace meshfn::render
