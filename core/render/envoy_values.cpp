// Values of Envoy's route configuration: patterns, header operations, redirects, retries, and the
// filters that are configured for one route.

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "render/envoy.h"
#include "resource/istio/grpc_status.h"
#include "resource/linkerd/values.h"
#include "routing/regex_prefix.h"

namespace meshfn::render::envoy {

namespace {

using routing::HeaderChange;
using routing::StringMatch;
using Kind = StringMatch::Kind;

constexpr const char* kFaultType =
    "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";
constexpr const char* kCorsType =
    "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy";

/// The number of a gRPC status, given by name or as a number; unknown is 2.
std::uint32_t grpc_code(std::string_view status) {
  if (const auto number = resource::linkerd::unsigned_number(status)) {
    return static_cast<std::uint32_t>(*number);
  }
  constexpr auto kNames = resource::istio::kGrpcStatuses;
  const auto found = std::find(kNames.begin(), kNames.end(), status);
  return found == kNames.end() ? 2 : static_cast<std::uint32_t>(found - kNames.begin());
}

std::string as_regex(const StringMatch& from) {
  const std::string quoted =
      from.kind() == Kind::regex ? from.text() : routing::literal_regex(from.text());
  const std::string text = from.ignore_case() ? "(?i:" + quoted + ")" : quoted;
  switch (from.kind()) {
    case Kind::exact:
    case Kind::regex:
      return text;
    case Kind::prefix:
      return text + ".*";
    case Kind::path_prefix:
      return from.text() == "/" ? "/.*" : text + "(/.*)?";
    case Kind::suffix:
      return ".*" + text;
    case Kind::present:
      break;
  }
  return ".*";
}

Json header_values(const std::vector<HeaderChange>& changes, bool response) {
  Json out = Json::array();
  for (const HeaderChange& change : changes) {
    if (change.response != response || change.op == HeaderChange::Op::remove) continue;
    out.push_back(
        {{"header", {{"key", change.name}, {"value", change.value}}},
         {"append_action", change.op == HeaderChange::Op::set ? "OVERWRITE_IF_EXISTS_OR_ADD"
                                                              : "APPEND_IF_EXISTS_OR_ADD"}});
  }
  return out;
}

std::string_view redirect_code(std::uint32_t code) {
  switch (code) {
    case 302:
      return "FOUND";
    case 303:
      return "SEE_OTHER";
    case 307:
      return "TEMPORARY_REDIRECT";
    case 308:
      return "PERMANENT_REDIRECT";
    default:
      return "MOVED_PERMANENTLY";
  }
}

}  // namespace

StringMatch joined(const std::vector<StringMatch>& any_of) {
  if (any_of.size() == 1) return any_of.front();
  std::vector<std::string> parts;
  for (const StringMatch& one : any_of) parts.push_back(as_regex(one));
  return {Kind::regex, str::join(parts, "|")};
}

Json string_match(const StringMatch& from) {
  Json out = Json::object();
  switch (from.kind()) {
    case Kind::exact:
      out["exact"] = from.text();
      break;
    case Kind::prefix:
      out["prefix"] = from.text();
      break;
    case Kind::suffix:
      out["suffix"] = from.text();
      break;
    case Kind::regex:
    case Kind::path_prefix:
    case Kind::present:
      out["safe_regex"] = {{"regex", as_regex(from)}};
      break;
  }
  if (from.ignore_case() && from.kind() != Kind::regex) out["ignore_case"] = true;
  return out;
}

Json header_match(const std::string& name, const routing::Condition& condition) {
  Json out = {{"name", name}};
  const StringMatch pattern = joined(condition.any_of);
  if (pattern.kind() == Kind::present) {
    out["present_match"] = true;
  } else {
    out["string_match"] = string_match(pattern);
  }
  // An absent header is no match, which the opposite of a match takes.
  if (condition.negated) out["invert_match"] = true;
  if (condition.negated && pattern.kind() != Kind::present) {
    out["treat_missing_header_as_empty"] = true;
  }
  return out;
}

void set_path(Json& out, const StringMatch& pattern) {
  for (const char* field : {"prefix", "path", "path_separated_prefix", "safe_regex"}) {
    out.erase(field);
  }
  if (pattern.ignore_case()) out["case_sensitive"] = false;
  switch (pattern.kind()) {
    case Kind::exact:
      out["path"] = pattern.text();
      break;
    case Kind::prefix:
      out["prefix"] = pattern.text();
      break;
    case Kind::path_prefix:
      out[pattern.text() == "/" ? "prefix" : "path_separated_prefix"] = pattern.text();
      break;
    case Kind::regex:
    case Kind::suffix:
    case Kind::present:
      out["safe_regex"] = {{"regex", as_regex(pattern)}};
      break;
  }
}

void add_headers(Json& out, const std::vector<HeaderChange>& changes) {
  for (const bool response : {false, true}) {
    const std::string side = response ? "response" : "request";
    Json values = header_values(changes, response);
    if (!values.empty()) out[side + "_headers_to_add"] = std::move(values);
    Json removed = Json::array();
    for (const HeaderChange& change : changes) {
      if (change.response == response && change.op == HeaderChange::Op::remove) {
        removed.push_back(change.name);
      }
    }
    if (!removed.empty()) out[side + "_headers_to_remove"] = std::move(removed);
  }
}

Json redirect(const routing::Redirect& from) {
  Json out = Json::object();
  if (!from.authority.empty()) out["host_redirect"] = from.authority;
  if (from.port) out["port_redirect"] = *from.port;
  if (!from.scheme.empty()) out["scheme_redirect"] = from.scheme;
  if (!from.path.empty())
    out[from.replaces_prefix ? "prefix_rewrite" : "path_redirect"] = from.path;
  out["response_code"] = redirect_code(from.code);
  return out;
}

Json retry_policy(const routing::Retries& from) {
  std::vector<std::string> classes;
  Json codes = Json::array();
  for (const std::string_view part : str::split(from.on.value, ',')) {
    const std::string word(str::trim(part));
    if (const auto code = resource::linkerd::unsigned_number(word)) {
      codes.push_back(*code);
    } else if (!word.empty()) {
      classes.push_back(word);
    }
  }
  if (!codes.empty()) classes.emplace_back("retriable-status-codes");
  Json out = {{"retry_on", str::join(classes, ",")}, {"num_retries", from.attempts.value}};
  if (!codes.empty()) out["retriable_status_codes"] = std::move(codes);
  if (from.per_try.value) out["per_try_timeout"] = duration(*from.per_try.value);
  if (from.backoff.value) {
    out["retry_back_off"] = {{"base_interval", duration(*from.backoff.value)}};
  }
  if (from.remote_localities.value) {
    constexpr const char* kPriority = "envoy.retry_priorities.previous_priorities";
    constexpr const char* kPriorityType =
        "type.googleapis.com/"
        "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig";
    out["retry_priority"] = {{"name", kPriority},
                             {"typed_config", {{"@type", kPriorityType}, {"update_frequency", 2}}}};
  }
  if (!from.ignore_previous_hosts.value) return out;
  constexpr const char* kPrevious = "envoy.retry_host_predicates.previous_hosts";
  constexpr const char* kPreviousType =
      "type.googleapis.com/"
      "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate";
  out["retry_host_predicate"] =
      Json::array({{{"name", kPrevious}, {"typed_config", {{"@type", kPreviousType}}}}});
  out["host_selection_retry_max_attempts"] = 5;
  return out;
}

Json fault(const routing::Fault& from) {
  Json out = {{"@type", kFaultType}};
  if (from.delay) {
    out["delay"] = {{"fixed_delay", duration(from.delay->fixed)},
                    {"percentage", fraction(from.delay->percent)}};
  }
  if (from.abort) {
    out["abort"] = Json::object();
    if (from.abort->grpc_status.empty()) {
      out["abort"]["http_status"] = from.abort->http_status;
    } else {
      out["abort"]["grpc_status"] = grpc_code(from.abort->grpc_status);
    }
    out["abort"]["percentage"] = fraction(from.abort->percent);
  }
  return out;
}

Json cors(const routing::Cors& from) {
  Json out = {{"@type", kCorsType}};
  for (const std::string& origin : from.allow_origins) {
    // "exact `https://a`": the kind and the text.
    const std::size_t tick = origin.find('`');
    const std::string text =
        tick == origin.npos ? origin : origin.substr(tick + 1, origin.size() - tick - 2);
    Json match = Json::object();
    if (origin.starts_with("regex")) {
      match["safe_regex"] = {{"regex", text}};
    } else {
      match[origin.starts_with("prefix") ? "prefix" : "exact"] = text;
    }
    out["allow_origin_string_match"].push_back(std::move(match));
  }
  if (!from.allow_methods.empty()) out["allow_methods"] = str::join(from.allow_methods, ",");
  if (!from.allow_headers.empty()) out["allow_headers"] = str::join(from.allow_headers, ",");
  if (!from.expose_headers.empty()) out["expose_headers"] = str::join(from.expose_headers, ",");
  if (from.max_age) {
    out["max_age"] =
        fmt::format("{}", std::chrono::duration_cast<std::chrono::seconds>(*from.max_age).count());
  }
  if (from.allow_credentials) out["allow_credentials"] = *from.allow_credentials;
  return out;
}

}  // namespace meshfn::render::envoy
