#include "routing/linkerd_route.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/str.h"
#include "base/units.h"
#include "resource/linkerd/values.h"
#include "routing/gateway_api_route.h"
#include "routing/host.h"
#include "routing/istio_route.h"
#include "routing/regex_prefix.h"

namespace meshfn::routing {

namespace {

namespace api = resource::gateway_api;
namespace linkerd = resource::linkerd;

constexpr std::uint32_t kDefaultRetries = 1;

/// Reads the values of one group of annotations; one that is wrong voids them all.
class Group {
 public:
  Group(const resource::Object& object, std::string_view domain) : object_(object) {
    for (const yaml::Entry entry : object.metadata.find("annotations").entries()) {
      if (entry.key.text().starts_with(domain)) ++present_;
    }
  }

  bool present() const { return present_ > 0; }

  bool failed() const { return failed_; }

  resource::Text text(std::string_view key) const { return object_.annotation(key); }

  /// Zero is none.
  Sourced<std::optional<Duration>> duration(std::string_view key, std::vector<Note>& notes) {
    const resource::Text value = text(key);
    if (!value) return {};
    const auto read = linkerd::annotation_duration(*value);
    if (!read) {
      fail(key, value, notes);
      return {};
    }
    if (*read == 0) return {std::nullopt, value.where()};
    return {std::chrono::milliseconds(*read), value.where()};
  }

  void fail(std::string_view key, const resource::Text& value, std::vector<Note>& notes) {
    failed_ = true;
    notes.push_back({fmt::format("Linkerd cannot read `{}` in `{}` of {} and ignores all of its "
                                 "kind there",
                                 *value, key, resource_name(object_)),
                     value.where()});
  }

 private:
  const resource::Object& object_;
  int present_ = 0;
  bool failed_ = false;
};

void read_timeouts(OutboundPolicy& out, const resource::Object& object, std::vector<Note>& notes) {
  Group group(object, "timeout.linkerd.io/");
  if (!group.present()) return;
  auto request = group.duration("timeout.linkerd.io/request", notes);
  group.duration("timeout.linkerd.io/response", notes);
  group.duration("timeout.linkerd.io/idle", notes);
  if (group.failed()) return;
  out.has_timeouts = true;
  out.timeout = std::move(request);
}

/// `5xx`, `gateway-error`, a code or a range of codes.
bool is_status_class(std::string_view item) {
  if (item == "5xx" || item == "gateway-error") return true;
  const std::size_t dash = item.find('-');
  const auto first = linkerd::unsigned_number(item.substr(0, dash));
  const auto last = dash == item.npos ? first : linkerd::unsigned_number(item.substr(dash + 1));
  return first && last && *first >= 100 && *last <= 599 && *first <= *last;
}

void add_classes(std::string& on, const resource::Text& value) {
  if (!value) return;
  if (!on.empty()) on += ",";
  on += str::lower(*value);
}

void read_retries(OutboundPolicy& out, const resource::Object& object, std::vector<Note>& notes) {
  Group group(object, "retry.linkerd.io/");
  if (!group.present()) return;
  Retries retries;
  const resource::Text http = group.text("retry.linkerd.io/http");
  const auto items = str::split(*http, ',');
  if (http && !std::all_of(items.begin(), items.end(), is_status_class)) {
    group.fail("retry.linkerd.io/http", http, notes);
  }
  const resource::Text grpc = group.text("retry.linkerd.io/grpc");
  add_classes(retries.on.value, http);
  add_classes(retries.on.value, grpc);
  retries.on.where = http ? http.where() : grpc.where();
  const resource::Text limit = group.text("retry.linkerd.io/limit");
  const auto number = linkerd::unsigned_number(*limit);
  if (limit && (!number || *number > 65535)) group.fail("retry.linkerd.io/limit", limit, notes);
  const bool given = number && *number > 0;
  retries.attempts.value = given ? static_cast<std::uint32_t>(*number) : kDefaultRetries;
  retries.attempts.where = limit ? limit.where() : retries.on.where;
  retries.per_try = group.duration("retry.linkerd.io/timeout", notes);
  if (group.failed()) return;
  if (retries.on.value.empty()) {
    notes.push_back({fmt::format("{} retries nothing that was answered: no `retry.linkerd.io/http` "
                                 "or `grpc` names a status",
                                 resource_name(object)),
                     object.where()});
  }
  out.has_retries = true;
  out.retries = std::move(retries);
}

/// `timeouts.request` counts where no annotation does. Linkerd reads the Gateway API's durations
/// by its own grammar, which has no compounds.
Sourced<std::optional<Duration>> rule_timeout(const api::Route& route, const api::Rule& rule,
                                              std::vector<Note>& notes) {
  const resource::Duration& from = rule.request_timeout;
  if (!from || from->count() == 0) return {};
  const std::string_view text = rule.node.at("timeouts", "request").text();
  if (route.group() == api::kGroup && !linkerd::annotation_duration(text)) {
    notes.push_back({fmt::format("Linkerd ignores the timeout `{}` of {}: it reads one number and "
                                 "one unit",
                                 text, resource_name(route)),
                     from.where()});
    return {};
  }
  return {*from, from.where()};
}

void tell_unused(const api::Route& route, const api::Rule& rule, std::vector<Note>& notes) {
  const auto tell = [&](std::string_view field, source::Location where) {
    notes.push_back(
        {fmt::format("Linkerd never uses `{}` of {}", field, resource_name(route)), where});
  };
  if (rule.backend_timeout) tell("timeouts.backendRequest", rule.backend_timeout.where());
  if (rule.retry) tell("retry", rule.retry.where());
}

std::string problem(const resource::Mesh& mesh, const api::Backend& backend) {
  if (!str::equals_ignore_case(backend.kind, "Service")) {
    return fmt::format("a {} is no backend", backend.kind);
  }
  const auto* service = mesh.service(backend.scope, backend.name);
  if (service != nullptr || !mesh.has_services_in(backend.scope)) return {};
  return fmt::format("Service `{}` does not exist", backend.name);
}

void add_backends(Route& route, const resource::Mesh& mesh, const api::Rule& rule,
                  const std::string& host, std::vector<Note>& notes) {
  if (rule.backends.empty() && !route.redirect) {
    route.destinations.push_back({host, {}, std::nullopt, 100, rule.node.where()});
  }
  for (const api::Backend& backend : rule.backends) {
    Destination one;
    one.host = fqdn(backend.name, backend.scope);
    if (backend.port) one.port = static_cast<std::uint32_t>(*backend.port);
    one.where = backend.where();
    one.weight = static_cast<std::uint32_t>(std::max<std::int64_t>(backend.share(), 0));
    // The weight of a single backend counts for nothing, not even when it is 0.
    if (rule.backends.size() == 1) one.weight = 100;
    one.broken = problem(mesh, backend);
    for (const api::Filter& filter : backend.filters) add_header_filter(one.headers, filter);
    if (!one.broken.empty()) {
      notes.push_back({fmt::format("{} of {}: {}, so its share is answered with 500", route.name,
                                   route.resource, one.broken),
                       one.where});
    }
    route.destinations.push_back(std::move(one));
  }
  if (rule.backends.size() > 1 && route.total_weight() == 0) {
    notes.push_back({fmt::format("{} of {}: all weights are 0, which the proxy cannot handle",
                                 route.name, route.resource),
                     rule.node.where()});
  }
}

/// A route that names hosts takes requests to them only; one of TLS sees no more than the name in
/// the handshake.
void add_hostnames(Route& route, const api::Route& from) {
  if (from.hostnames.empty()) return;
  const bool tls = route.protocol == Protocol::tls;
  Condition condition{
      tls ? Subject::sni : Subject::authority, {}, {}, false, from.hostnames.front().where()};
  for (const resource::Text& name : from.hostnames) {
    const bool wild = is_wildcard(*name);
    const std::string text(wild ? name->substr(1) : *name);
    condition.any_of.emplace_back(wild ? StringMatch::Kind::suffix : StringMatch::Kind::exact, text,
                                  true);
    // The port that a client sends does not count.
    if (tls) continue;
    condition.any_of.emplace_back(
        StringMatch::Kind::regex,
        fmt::format("(?i){}{}:[0-9]+", wild ? ".*" : "", literal_regex(text)));
  }
  if (route.matches.empty()) route.matches.push_back({{}, {}, route.where});
  for (Match& match : route.matches) match.conditions.push_back(condition);
}

}  // namespace

OutboundPolicy outbound_policy(const resource::Object& object, std::vector<Note>& notes) {
  OutboundPolicy out;
  read_timeouts(out, object, notes);
  read_retries(out, object, notes);
  return out;
}

bool is_dropped(const api::Route& route, std::vector<Note>& notes) {
  constexpr std::array<std::string_view, 3> kKnown = {"RequestHeaderModifier",
                                                      "ResponseHeaderModifier", "RequestRedirect"};
  for (const api::Rule& rule : route.rules) {
    for (const api::Filter& filter : rule.filters) {
      if (std::find(kKnown.begin(), kKnown.end(), *filter.type) != kKnown.end()) continue;
      notes.push_back({fmt::format("Linkerd drops the whole {}: it has no filter {}",
                                   resource_name(route), *filter.type),
                       filter.node.where()});
      return true;
    }
  }
  return false;
}

std::vector<Route> linkerd_routes(const resource::Mesh& mesh, const api::Route& from,
                                  const std::string& host, const OutboundPolicy& service,
                                  std::vector<Note>& notes) {
  const OutboundPolicy own = outbound_policy(from, notes);
  std::vector<Route> out;
  for (std::size_t i = 0; i < from.rules.size(); ++i) {
    const api::Rule& rule = from.rules[i];
    Route route;
    route.dialect = Dialect::linkerd;
    if (from.route_kind == api::RouteKind::tls) route.protocol = Protocol::tls;
    if (from.route_kind == api::RouteKind::tcp) route.protocol = Protocol::tcp;
    route.resource = resource_name(from);
    route.name = rule.name ? std::string(*rule.name) : fmt::format("rules[{}]", i);
    route.where = rule.node.where();
    add_filters(route, rule.filters);
    add_backends(route, mesh, rule, host, notes);
    route.timeout = own.has_timeouts ? own.timeout : rule_timeout(from, rule, notes);
    if (!own.has_timeouts && route.timeout.is_default()) route.timeout = service.timeout;
    route.retries = own.has_retries ? own.retries : service.retries;
    tell_unused(from, rule, notes);
    const std::size_t first = out.size();
    for (const api::RouteMatch& match : rule.matches) {
      out.emplace_back(route).matches.push_back(gateway_api_match(match, from.route_kind));
    }
    if (rule.matches.empty()) out.push_back(std::move(route));
    for (std::size_t j = first; j < out.size(); ++j) add_hostnames(out[j], from);
  }
  return out;
}

}  // namespace meshfn::routing
