#include "routing/envoy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/units.h"
#include "resource/located.h"
#include "routing/regex_prefix.h"
#include "yaml/scalar.h"

namespace meshfn::routing {

namespace {

using yaml::Node;
using Kind = StringMatch::Kind;

/// A field by Envoy's name or by that of its JSON: `virtual_hosts` is also `virtualHosts`.
Node field(Node node, std::string_view name) {
  if (const Node own = node.find(name)) return own;
  std::string camel;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '_' || i + 1 == name.size()) {
      camel += name[i];
    } else {
      camel += str::upper(name.substr(++i, 1));
    }
  }
  return node.find(camel);
}

std::uint32_t number(Node node, std::uint32_t fallback) {
  const auto read = yaml::to_int(node.text());
  return read && *read >= 0 ? static_cast<std::uint32_t>(*read) : fallback;
}

std::string regex_of(Node node) { return std::string(field(node, "regex").text()); }

/// A StringMatcher; nothing when it says nothing.
std::optional<StringMatch> string_match(Node node) {
  const bool any_case = field(node, "ignore_case").text() == "true";
  const auto text = [&](const char* name) { return std::string(field(node, name).text()); };
  if (field(node, "exact")) return StringMatch(Kind::exact, text("exact"), any_case);
  if (field(node, "prefix")) return StringMatch(Kind::prefix, text("prefix"), any_case);
  if (field(node, "suffix")) return StringMatch(Kind::suffix, text("suffix"), any_case);
  if (field(node, "contains")) {
    return StringMatch(Kind::regex, "(?s).*" + literal_regex(text("contains")) + ".*");
  }
  if (const Node regex = field(node, "safe_regex")) {
    return StringMatch(Kind::regex, regex_of(regex));
  }
  return std::nullopt;
}

/// How headers were matched before Envoy had `string_match`.
std::optional<StringMatch> old_match(Node node) {
  const auto text = [&](const char* name) { return std::string(field(node, name).text()); };
  if (field(node, "exact_match")) return StringMatch(Kind::exact, text("exact_match"));
  if (field(node, "prefix_match")) return StringMatch(Kind::prefix, text("prefix_match"));
  if (field(node, "suffix_match")) return StringMatch(Kind::suffix, text("suffix_match"));
  if (const Node regex = field(node, "safe_regex_match")) {
    return StringMatch(Kind::regex, regex_of(regex));
  }
  return std::nullopt;
}

Condition value_condition(Node node, Subject subject) {
  Condition out;
  out.subject = subject;
  out.name = std::string(field(node, "name").text());
  out.where = node.where();
  if (subject == Subject::header) {
    out.name = str::lower(out.name);
    if (out.name == ":method") out.subject = Subject::method;
    if (out.name == ":authority") out.subject = Subject::authority;
    if (out.name == ":path") out.subject = Subject::path;
    if (out.name == ":scheme") out.subject = Subject::scheme;
    if (out.subject != Subject::header) out.name.clear();
  }
  auto pattern = string_match(field(node, "string_match"));
  if (!pattern) pattern = old_match(node);
  out.any_of.push_back(pattern.value_or(StringMatch(Kind::present, "")));
  const bool absent = field(node, "present_match").text() == "false";
  out.negated = (field(node, "invert_match").text() == "true") != absent;
  return out;
}

void add_path(Match& match, Node node) {
  const bool any_case = field(node, "case_sensitive").text() == "false";
  const auto add = [&](const char* name, Kind kind) {
    const Node value = field(node, name);
    if (!value) return;
    const std::string text = kind == Kind::regex ? regex_of(value) : std::string(value.text());
    match.conditions.push_back(
        {Subject::path, {}, {StringMatch(kind, text, any_case)}, false, value.where()});
  };
  add("prefix", Kind::prefix);
  add("path", Kind::exact);
  add("path_separated_prefix", Kind::path_prefix);
  add("safe_regex", Kind::regex);
}

Match match_of(Node node) {
  Match out;
  out.where = node.where();
  add_path(out, node);
  for (const Node header : field(node, "headers").items()) {
    out.conditions.push_back(value_condition(header, Subject::header));
  }
  for (const Node parameter : field(node, "query_parameters").items()) {
    out.conditions.push_back(value_condition(parameter, Subject::query));
  }
  return out;
}

Destination cluster(Node name, std::uint32_t weight) {
  Destination out;
  out.host = std::string(name.text());
  out.weight = weight;
  out.where = name.where();
  return out;
}

void add_destinations(Route& route, Node action) {
  if (const Node name = field(action, "cluster")) {
    route.destinations.push_back(cluster(name, 100));
  }
  for (const Node one : field(field(action, "weighted_clusters"), "clusters").items()) {
    route.destinations.push_back(cluster(field(one, "name"), number(field(one, "weight"), 0)));
  }
  for (const Node mirror : field(action, "request_mirror_policies").items()) {
    route.mirrors.push_back({cluster(field(mirror, "cluster"), 100), 100, mirror.where()});
  }
}

void add_rewrite(Route& route, Node action) {
  const Node prefix = field(action, "prefix_rewrite");
  const Node regex = field(action, "regex_rewrite");
  const Node host = field(action, "host_rewrite_literal");
  if (!prefix && !regex && !host) return;
  Rewrite rewrite;
  rewrite.where = action.where();
  rewrite.authority = std::string(host.text());
  if (prefix) rewrite.path = std::string(prefix.text());
  rewrite.replaces_prefix = true;
  if (regex) {
    rewrite.regex = regex_of(field(regex, "pattern"));
    rewrite.substitution = std::string(field(regex, "substitution").text());
  }
  route.rewrite = std::move(rewrite);
}

void add_forwarding(Route& route, Node action) {
  add_destinations(route, action);
  add_rewrite(route, action);
  if (const auto timeout = resource::duration(field(action, "timeout"))) {
    route.timeout = {*timeout, timeout.where()};
  }
  const Node retry = field(action, "retry_policy");
  if (!retry) return;
  Retries& retries = route.retries.edit();
  retries.attempts = {number(field(retry, "num_retries"), 1), retry.where()};
  retries.on = {std::string(field(retry, "retry_on").text()), retry.where()};
  if (const auto per_try = resource::duration(field(retry, "per_try_timeout"))) {
    retries.per_try = {*per_try, per_try.where()};
  }
}

/// The codes by their names in Envoy's API.
std::uint32_t redirect_code(std::string_view name) {
  if (name == "FOUND") return 302;
  if (name == "SEE_OTHER") return 303;
  if (name == "TEMPORARY_REDIRECT") return 307;
  return name == "PERMANENT_REDIRECT" ? 308 : 301;
}

Redirect redirect_of(Node node) {
  Redirect out;
  out.where = node.where();
  out.authority = std::string(field(node, "host_redirect").text());
  out.scheme = std::string(field(node, "scheme_redirect").text());
  if (field(node, "https_redirect").text() == "true") out.scheme = "https";
  out.path = std::string(field(node, "path_redirect").text());
  if (const Node prefix = field(node, "prefix_rewrite")) {
    out.path = std::string(prefix.text());
    out.replaces_prefix = true;
  }
  if (const Node port = field(node, "port_redirect")) out.port = number(port, 80);
  out.code = redirect_code(field(node, "response_code").text());
  return out;
}

void add_headers(Route& route, Node node) {
  using Op = HeaderChange::Op;
  for (const bool response : {false, true}) {
    const std::string side = response ? "response" : "request";
    for (const Node added : field(node, side + "_headers_to_add").items()) {
      const Node header = field(added, "header");
      const std::string_view action = field(added, "append_action").text();
      const bool keeps = action.empty() || action == "APPEND_IF_EXISTS_OR_ADD";
      route.headers.push_back({keeps ? Op::add : Op::set, response,
                               str::lower(field(header, "key").text()),
                               std::string(field(header, "value").text()), added.where()});
    }
    for (const Node removed : field(node, side + "_headers_to_remove").items()) {
      route.headers.push_back(
          {Op::remove, response, str::lower(removed.text()), {}, removed.where()});
    }
  }
}

Route route_of(Node node, std::size_t index, const std::string& host) {
  Route out;
  out.resource = "virtual host " + host;
  out.where = node.where();
  out.name = std::string(field(node, "name").text());
  if (out.name.empty()) out.name = fmt::format("routes[{}]", index);
  out.matches.push_back(match_of(field(node, "match")));
  if (const Node redirect = field(node, "redirect")) out.redirect = redirect_of(redirect);
  if (const Node own = field(node, "direct_response")) {
    out.direct_response =
        DirectResponse{number(field(own, "status"), 200),
                       std::string(field(field(own, "body"), "inline_string").text()), own.where()};
  }
  add_forwarding(out, field(node, "route"));
  add_headers(out, node);
  return out;
}

}  // namespace

bool is_route_configuration(Node root) { return field(root, "virtual_hosts").is_sequence(); }

std::vector<VirtualHost> envoy_virtual_hosts(Node root) {
  std::vector<VirtualHost> out;
  for (const Node node : field(root, "virtual_hosts").items()) {
    VirtualHost host;
    host.where = node.where();
    host.host = std::string(field(node, "name").text());
    for (const Node domain : field(node, "domains").items())
      host.domains.emplace_back(domain.text());
    std::size_t index = 0;
    for (const Node route : field(node, "routes").items()) {
      host.routes.push_back(route_of(route, index++, host.host));
      add_headers(host.routes.back(), node);
    }
    out.push_back(std::move(host));
  }
  return out;
}

std::string cluster_name(const Destination& to) {
  return fmt::format("outbound|{}|{}|{}", to.port.value_or(0), to.subset, to.host);
}

}  // namespace meshfn::routing
