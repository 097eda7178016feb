#include "render/explanation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/units.h"
#include "render/access.h"
#include "render/route_json.h"
#include "render/words.h"
#include "routing/candidates.h"
#include "routing/policy.h"
#include "routing/request_text.h"

namespace meshfn::render {

namespace {

/// The port the destination is called on: its own, else that of the request.
std::optional<std::uint32_t> port_of(const routing::Destination& to,
                                     const routing::Request& request,
                                     const routing::Answer& answer) {
  if (to.port) return to.port;
  if (const auto port = request.effective_port()) return port;
  const auto& ports = answer.virtual_host->ports;
  return ports.size() == 1 ? std::optional(ports.front()) : std::nullopt;
}

routing::Policy policy_of(const Input& input, const routing::Destination& to,
                          const routing::Request& request, const routing::Answer& answer) {
  return routing::effective_policy(input.mesh(), to.host, to.subset, port_of(to, request, answer),
                                   request.source_namespace);
}

/// Two columns and a place, aligned by the widest name.
std::string setting_lines(const std::vector<routing::Setting>& settings, std::size_t indent) {
  std::size_t name = 0;
  std::size_t value = 0;
  for (const routing::Setting& setting : settings) {
    name = std::max(name, setting.name.size());
    value = std::max(value, setting.value.size());
  }
  std::string text;
  for (const routing::Setting& setting : settings) {
    text += fmt::format("{:{}}{:<{}}  {:<{}}  {}\n", "", indent, setting.name, name, setting.value,
                        value, origin(setting.where));
  }
  return text;
}

routing::Candidates candidates(const Explained& explained, const routing::Destination& to) {
  if (explained.zone.empty()) return {};
  return routing::candidates_of(explained.input.mesh(), to,
                                port_of(to, explained.request, explained.answer),
                                explained.request.source_namespace, explained.zone);
}

void add_candidates(std::string& text, const routing::Candidates& candidates) {
  if (candidates.endpoints.empty()) return;
  if (!candidates.by_locality) {
    text += "               endpoints, all alike (no outlier detection, so places do not count)\n";
  }
  for (const routing::Candidate& one : candidates.endpoints) {
    text += fmt::format("               priority {}  {}  {}  {}\n", one.priority, one.locality,
                        one.name, origin(one.where));
  }
}

void add_destinations(std::string& text, const Explained& explained) {
  const routing::Route& route = *explained.answer.route;
  const double total = static_cast<double>(std::max<std::uint64_t>(route.total_weight(), 1));
  for (const routing::Destination& to : route.destinations) {
    text += fmt::format("      {:>6}%  {}  {}\n", percent(100 * to.weight / total), brief(to),
                        origin(to.where));
    const routing::Policy policy =
        policy_of(explained.input, to, explained.request, explained.answer);
    if (policy.subset_missing) {
      text += fmt::format("               no DestinationRule defines subset `{}`: answers 503\n",
                          to.subset);
    }
    text += setting_lines(routing::settings_of(policy), 15);
    add_candidates(text, candidates(explained, to));
  }
}

void add_route_settings(std::string& text, const routing::Route& route) {
  const routing::Retries& retries = *route.retries;
  std::vector<routing::Setting> lines;
  lines.push_back({"timeout", route.timeout.value ? format_duration(*route.timeout.value) : "none",
                   route.timeout.where});
  lines.push_back({"retries", fmt::format("{} on {}", retries.attempts.value, retries.on.value),
                   retries.attempts.where});
  if (retries.per_try.value) {
    lines.push_back({"per try", format_duration(*retries.per_try.value), retries.per_try.where});
  }
  text += setting_lines(lines, 6);
}

void add_taken(std::string& text, const Explained& explained) {
  const routing::Request& request = explained.request;
  const routing::Answer& answer = explained.answer;
  const routing::Route& route = *answer.route;
  text +=
      fmt::format("    yes  {}: {}  {}\n", route.name, brief(*answer.match),
                  origin(answer.match->where.file == nullptr ? route.where : answer.match->where));
  if (route.redirect) {
    text += fmt::format("      redirect {} to {}\n", route.redirect->code,
                        routing::redirect_location(*route.redirect, *answer.match, request));
    return;
  }
  if (route.direct_response) {
    text += fmt::format("      answers {} itself\n", route.direct_response->status);
    return;
  }
  add_destinations(text, explained);
  const std::string path = routing::rewritten_path(route, *answer.match, request);
  if (path != request.path) text += fmt::format("      path becomes {}\n", path);
  for (const std::string& setting : settings(route)) {
    if (setting.starts_with("timeout") || setting.starts_with("retries")) continue;
    text += fmt::format("      {}\n", setting);
  }
  add_route_settings(text, route);
}

Json request_json(const routing::Request& request) {
  return {{"method", request.method},
          {"scheme", request.scheme},
          {"authority", request.authority},
          {"path", request.path},
          {"query", request.query},
          {"headers", request.headers},
          {"gateway", request.gateway},
          {"sourceNamespace", request.source_namespace},
          {"sourceLabels", request.source_labels},
          {"port", request.port ? Json(*request.port) : Json()}};
}

Json policy_json(const Explained& explained, const routing::Destination& to) {
  Json out = Json::array();
  const auto policy = policy_of(explained.input, to, explained.request, explained.answer);
  for (const auto& setting : routing::settings_of(policy)) {
    Json one = {{"name", setting.name}, {"value", setting.value}};
    add_place(one, setting.where);
    out.push_back(std::move(one));
  }
  return out;
}

Json candidates_json(const routing::Candidates& candidates) {
  Json out = Json::array();
  for (const routing::Candidate& candidate : candidates.endpoints) {
    Json one = {{"name", candidate.name},
                {"locality", candidate.locality},
                {"priority", candidate.priority}};
    add_place(one, candidate.where);
    out.push_back(std::move(one));
  }
  return out;
}

void add_matched(Json& out, const Explained& explained) {
  const routing::Answer& answer = explained.answer;
  Json matched = {{"resource", answer.route->resource},
                  {"route", answer.route->name},
                  {"name", answer.match->name}};
  add_place(matched,
            answer.match->where.file == nullptr ? answer.route->where : answer.match->where);
  out["matched"] = std::move(matched);
  add_actions(out, *answer.route);
  out["rewrittenPath"] = routing::rewritten_path(*answer.route, *answer.match, explained.request);
  for (std::size_t i = 0; i < answer.route->destinations.size(); ++i) {
    const auto& to = answer.route->destinations[i];
    out["destinations"][i]["policy"] = policy_json(explained, to);
    if (!explained.zone.empty()) {
      out["destinations"][i]["endpoints"] = candidates_json(candidates(explained, to));
    }
  }
}

}  // namespace

std::string explanation_text(const Explained& explained) {
  const routing::Answer& answer = explained.answer;
  std::string text = routing::to_string(explained.request) + "\n";
  if (answer.listener != nullptr) {
    text += answer.listener->gateway == "mesh"
                ? "mesh (sidecars)\n"
                : fmt::format("gateway {}  {}\n", answer.listener->gateway,
                              origin(answer.listener->where));
  }
  if (answer.virtual_host != nullptr) {
    text += fmt::format("  host {}  {}\n", answer.virtual_host->host,
                        origin(answer.virtual_host->where));
  }
  for (const routing::Attempt& attempt : answer.tried) {
    text += fmt::format("    no   {}: {}  {}\n", attempt.route->name, attempt.why,
                        origin(attempt.where));
  }
  if (answer.route != nullptr) {
    add_taken(text, explained);
  } else {
    text += fmt::format("  lost: {}\n", answer.lost);
  }
  if (explained.access) text += access_text(*explained.access);
  return text;
}

std::string explanation_json(const Explained& explained) {
  const routing::Answer& answer = explained.answer;
  Json out = {{"schema", 1}, {"request", request_json(explained.request)}};
  if (!explained.zone.empty()) out["request"]["zone"] = explained.zone;
  out["matched"] = Json();
  out["lost"] = answer.lost.empty() ? Json() : Json(answer.lost);
  if (answer.route != nullptr) add_matched(out, explained);
  out["tried"] = Json::array();
  for (const routing::Attempt& attempt : answer.tried) {
    Json one = {{"resource", attempt.route->resource}, {"route", attempt.route->name}};
    add_place(one, attempt.where);
    one["why"] = attempt.why;
    out["tried"].push_back(std::move(one));
  }
  if (explained.access) out["access"] = access_json(*explained.access);
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace meshfn::render
