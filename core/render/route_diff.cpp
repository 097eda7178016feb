#include "render/route_diff.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "base/units.h"
#include "render/words.h"
#include "routing/request_text.h"
#include "routing/router.h"
#include "routing/sample.h"

namespace meshfn::render {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostRequests = 50'000;  // of each side

void add_headers(std::vector<std::string>& words, const std::vector<routing::HeaderChange>& changes,
                 const std::string& of = {}) {
  using Op = routing::HeaderChange::Op;
  for (const routing::HeaderChange& change : changes) {
    const char* op = change.op == Op::set ? "sets" : change.op == Op::add ? "adds" : "removes";
    words.push_back(fmt::format("{} {} header {} {}{}", op,
                                change.response ? "response" : "request", change.name, change.value,
                                of));
  }
}

std::string header_words(const routing::Route& route) {
  std::vector<std::string> words;
  add_headers(words, route.headers);
  for (const routing::Destination& to : route.destinations) {
    add_headers(words, to.headers, " for " + brief(to));
  }
  return str::join(words, ", ");
}

std::string timeout_words(const routing::Route& route) {
  return "timeout " + (route.timeout.value ? format_duration(*route.timeout.value) : "none");
}

std::string retry_words(const routing::Retries& retries) {
  std::string text = fmt::format("retries {}", retries.attempts.value);
  if (retries.attempts.value == 0) return text;
  text += " on " + retries.on.value;
  if (retries.per_try.value) text += " per try " + format_duration(*retries.per_try.value);
  return text;
}

/// A destination without a port is asked at the one that the request came to.
routing::Route with_ports(const routing::Route& route, const routing::Request& request) {
  routing::Route out;
  out.destinations = route.destinations;
  out.mirrors = route.mirrors;
  const auto port = request.effective_port();
  for (routing::Destination& to : out.destinations) to.port = to.port ? to.port : port;
  for (routing::Mirror& mirror : out.mirrors)
    mirror.to.port = mirror.to.port ? mirror.to.port : port;
  return out;
}

std::string mirror_words(const routing::Route& route) {
  std::vector<std::string> words;
  for (const routing::Mirror& mirror : route.mirrors) {
    words.push_back(fmt::format("mirror {} {}%", brief(mirror.to), percent(mirror.percent)));
  }
  return str::join(words, ", ");
}

std::string rewrite_words(const routing::Answer& answer, const routing::Request& request) {
  std::vector<std::string> words;
  const routing::Route& route = *answer.route;
  const std::string path = routing::rewritten_path(route, *answer.match, request);
  if (path != request.path) words.push_back("path " + path);
  if (route.rewrite && !route.rewrite->authority.empty()) {
    words.push_back("host " + route.rewrite->authority);
  }
  return str::join(words, ", ");
}

std::string origin_of(const routing::Answer& answer) {
  if (answer.route == nullptr) return {};
  return fmt::format("{} at {}", answer.route->name, origin(answer.route->where));
}

/// The request with what a URL cannot show.
std::string request_words(const routing::Request& request) {
  std::string text = routing::to_string(request);
  if (request.protocol != routing::Protocol::http) {
    text = fmt::format("{} {}", routing::to_string(request.protocol), request.sni);
  }
  for (const auto& [name, value] : request.headers)
    text += fmt::format(" -H '{}: {}'", name, value);
  for (const auto& [name, value] : request.source_labels) {
    text += fmt::format(" --from-label {}={}", name, value);
  }
  if (!request.source_namespace.empty()) text += " --from " + request.source_namespace;
  if (request.gateway != "mesh") text += " --gateway " + request.gateway;
  if (request.port) text += fmt::format(" --port {}", *request.port);
  return text;
}

}  // namespace

Outcome outcome_of(const routing::Answer& answer, const routing::Request& request) {
  Outcome out;
  out.target = "nothing takes it";
  if (answer.route == nullptr) return out;
  const routing::Route& route = *answer.route;
  if (route.redirect) {
    out.target = fmt::format("redirect {} to {}", route.redirect->code,
                             routing::redirect_location(*route.redirect, *answer.match, request));
    return out;
  }
  if (route.direct_response) {
    out.target =
        fmt::format("answer {} {}", route.direct_response->status, route.direct_response->body);
  } else {
    const routing::Route seen = with_ports(route, request);
    out.target = str::join(targets(seen), " + ");
    out.rewrite = rewrite_words(answer, request);
    out.timeout = timeout_words(route);
    out.retries = retry_words(*route.retries);
    out.mirror = mirror_words(seen);
  }
  if (route.fault) {
    routing::Route only;
    only.fault = route.fault;
    out.fault = str::join(settings(only), ", ");
  }
  out.headers = header_words(route);
  return out;
}

std::string outcome(const routing::Answer& answer, const routing::Request& request) {
  return outcome_words(outcome_of(answer, request));
}

std::string outcome_words(const Outcome& outcome) {
  std::vector<std::string> words;
  for (const std::string* part :
       {&outcome.target, &outcome.rewrite, &outcome.timeout, &outcome.retries, &outcome.mirror,
        &outcome.fault, &outcome.headers}) {
    if (!part->empty()) words.push_back(*part);
  }
  return str::join(words, ", ");
}

RouteDiff diff(const routing::Table& before, const routing::Table& after,
               const std::vector<routing::Request>& requests) {
  RouteDiff out;
  out.asked = requests.size();
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  const routing::Router old_router(before);
  const routing::Router new_router(after);
  for (const routing::Request& request : requests) {
    const routing::Answer old_answer = old_router.answer(request);
    const routing::Answer new_answer = new_router.answer(request);
    std::string was = outcome(old_answer, request);
    std::string is = outcome(new_answer, request);
    if (was == is) continue;
    const auto [place, added] = known.try_emplace({was, is}, out.differences.size());
    if (added) {
      out.differences.push_back({request, std::move(was), std::move(is), origin_of(old_answer),
                                 origin_of(new_answer), 0});
    }
    ++out.differences[place->second].requests;
  }
  return out;
}

std::vector<routing::Request> requests_of(const routing::Table& before,
                                          const routing::Table& after) {
  std::vector<routing::Request> out = routing::probe(before, kMostRequests);
  std::vector<routing::Request> more = routing::probe(after, kMostRequests);
  std::move(more.begin(), more.end(), std::back_inserter(out));
  return out;
}

std::string diff_text(const RouteDiff& diff) {
  std::string text;
  for (const Difference& difference : diff.differences) {
    if (!text.empty()) text += "\n";
    text += fmt::format("{}\n  before  {}  {}\n  after   {}  {}\n",
                        request_words(difference.example), difference.before,
                        difference.before_origin, difference.after, difference.after_origin);
    if (difference.requests > 1) {
      text += fmt::format("  and {} like it\n", str::count(difference.requests - 1, "request"));
    }
  }
  return text;
}

std::string diff_json(const RouteDiff& diff) {
  Json out = {{"schema", 1}, {"requests", diff.asked}, {"differences", Json::array()}};
  for (const Difference& difference : diff.differences) {
    out["differences"].push_back({{"example", request_words(difference.example)},
                                  {"before", difference.before},
                                  {"after", difference.after},
                                  {"beforeOrigin", difference.before_origin},
                                  {"afterOrigin", difference.after_origin},
                                  {"requests", difference.requests}});
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace meshfn::render
