// The expectations of istio-config-validator: each names a field of a VirtualService rule and
// gives its whole value, which has to be equal.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/str.h"
#include "render/route_expect.h"
#include "render/words.h"
#include "resource/located.h"

namespace meshfn::render {

namespace {

using yaml::Node;

std::string host_text(Node destination) {
  std::string text(destination.find("host").text());
  if (const Node port = destination.at("port", "number")) text += fmt::format(":{}", port.text());
  if (const Node subset = destination.find("subset")) text += fmt::format("/{}", subset.text());
  return text;
}

std::string host_text(const routing::Destination& to) {
  std::string text = to.host;
  if (to.port) text += fmt::format(":{}", *to.port);
  return to.subset.empty() ? text : text + "/" + to.subset;
}

/// Weights are compared when there are several destinations; one takes everything anyhow.
std::string check_route(Node wanted, const Judged& judged) {
  std::vector<std::string> seen;
  if (judged.answer.route != nullptr) {
    const auto& destinations = judged.answer.route->destinations;
    for (const routing::Destination& to : destinations) {
      seen.push_back(destinations.size() == 1 ? host_text(to)
                                              : fmt::format("{} {}", host_text(to), to.weight));
    }
  }
  std::vector<std::string> asked;
  for (const Node one : wanted.items()) {
    const std::string host = host_text(one.find("destination"));
    const Node weight = one.find("weight");
    asked.push_back(wanted.size() == 1 ? host
                                       : fmt::format("{} {}", host, weight ? weight.text() : "0"));
  }
  return differs(str::join(seen, ", "), str::join(asked, ", "));
}

std::string check_redirect(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  if (route == nullptr || !route->redirect) return "is absent";
  const routing::Redirect& seen = *route->redirect;
  std::string bad = differs(seen.path, wanted.find("uri").text());
  if (bad.empty()) bad = differs(seen.authority, wanted.find("authority").text());
  if (bad.empty()) bad = differs(seen.scheme, wanted.find("scheme").text());
  const Node code = wanted.find("redirectCode");
  if (bad.empty() && code) bad = differs(fmt::format("{}", seen.code), code.text());
  return bad;
}

std::string check_rewrite(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  if (route == nullptr || !route->rewrite) return "is absent";
  const routing::Rewrite& seen = *route->rewrite;
  const std::string bad = differs(seen.path.value_or(""), wanted.find("uri").text());
  return bad.empty() ? differs(seen.authority, wanted.find("authority").text()) : bad;
}

std::string check_fault(Node wanted, const Judged& judged) {
  const routing::Route* route = judged.answer.route;
  if (route == nullptr || !route->fault) return "is absent";
  const routing::Fault& seen = *route->fault;
  const Node abort = wanted.find("abort");
  const Node delay = wanted.find("delay");
  if (static_cast<bool>(abort) != seen.abort.has_value()) return "abort differs";
  if (static_cast<bool>(delay) != seen.delay.has_value()) return "delay differs";
  const auto percentage = [](Node fault) {
    return yaml::to_double(fault.at("percentage", "value").text()).value_or(100);
  };
  if (abort) {
    if (std::abs(percentage(abort) - seen.abort->percent) > 1e-9) return "abort percentage differs";
    return differs(fmt::format("{}", seen.abort->http_status), abort.find("httpStatus").text());
  }
  if (!delay) return {};
  if (std::abs(percentage(delay) - seen.delay->percent) > 1e-9) return "delay percentage differs";
  const auto fixed = resource::duration(delay.find("fixedDelay"));
  return fixed && *fixed == seen.delay->fixed ? "" : "fixedDelay differs";
}

/// `header: value` of one operation, in one line for each.
std::vector<std::string> operations(Node headers) {
  std::vector<std::string> out;
  for (const char* direction : {"request", "response"}) {
    for (const char* op : {"set", "add"}) {
      for (const yaml::Entry entry : headers.at(direction, op).entries()) {
        out.push_back(fmt::format("{} {} {}={}", direction, op, str::lower(entry.key.text()),
                                  entry.value.text()));
      }
    }
    for (const Node name : headers.at(direction, "remove").items()) {
      out.push_back(fmt::format("{} remove {}", direction, str::lower(name.text())));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> operations(const std::vector<routing::HeaderChange>& changes) {
  using Op = routing::HeaderChange::Op;
  std::vector<std::string> out;
  for (const routing::HeaderChange& change : changes) {
    const char* direction = change.response ? "response" : "request";
    if (change.op == Op::remove) {
      out.push_back(fmt::format("{} remove {}", direction, change.name));
    } else {
      out.push_back(fmt::format("{} {} {}={}", direction, change.op == Op::set ? "set" : "add",
                                change.name, change.value));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string check_headers(Node wanted, const Judged& judged) {
  if (judged.answer.route == nullptr) return "is absent";
  return differs(str::join(operations(judged.answer.route->headers), ", "),
                 str::join(operations(wanted), ", "));
}

std::string check_delegate(Node wanted, const Judged& judged) {
  const std::string seen = judged.answer.route == nullptr ? "" : judged.answer.route->delegate;
  const std::string_view name = wanted.find("name").text();
  const std::string_view scope = wanted.find("namespace").text();
  if (!scope.empty()) return differs(seen, fmt::format("{}/{}", scope, name));
  const std::size_t slash = seen.find('/');
  return differs(slash == seen.npos ? seen : seen.substr(slash + 1), name);
}

constexpr std::array kKinds = std::to_array<ExpectationKind>({
    {"route", "the destinations with their weights", check_route},
    {"redirect", "the redirect", check_redirect},
    {"rewrite", "the rewrite", check_rewrite},
    {"fault", "the fault", check_fault},
    {"headers", "the header operations", check_headers},
    {"delegate", "the VirtualService the rule delegates to", check_delegate},
});

}  // namespace

std::span<const ExpectationKind> validator_kinds() { return kKinds; }

}  // namespace meshfn::render
