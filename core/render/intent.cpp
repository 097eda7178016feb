#include "render/intent.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/suggest.h"
#include "yaml/map_reader.h"

namespace meshfn::render {

namespace {

using yaml::MapReader;
using yaml::Node;
using Problems = std::vector<diagnostic::Diagnostic>;

constexpr std::array<std::string_view, 3> kPolicies = {"least-request", "round-robin", "random"};
constexpr std::array<std::string_view, 2> kMtls = {"mesh", "off"};
constexpr std::int64_t kMaxWeight = 1'000'000;

std::optional<std::uint32_t> number(MapReader& reader, std::string_view key, std::int64_t least,
                                    std::int64_t most) {
  const auto value = reader.integer(key, least, most);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

double percent(MapReader& reader, std::string_view key, double fallback) {
  const auto value = reader.percent(key);
  return value ? *value * 100 : fallback;
}

Pattern pattern(std::string_view text, bool is_path) {
  Pattern out;
  if (text.starts_with('!')) {
    out.negated = true;
    text.remove_prefix(1);
  }
  if (text == "*") {
    out.kind = Pattern::Kind::present;
    return out;
  }
  if (text.starts_with('~')) {
    out.kind = Pattern::Kind::regex;
    text.remove_prefix(1);
  } else if (is_path && text.ends_with("/*")) {
    out.kind = Pattern::Kind::path_prefix;
    text.remove_suffix(text.size() == 2 ? 1 : 2);
  } else if (text.ends_with('*')) {
    out.kind = Pattern::Kind::prefix;
    text.remove_suffix(1);
  }
  out.text = std::string(text);
  return out;
}

/// No mesh can say "every method but this one"; only headers have an opposite everywhere.
void refuse_negation(const Pattern& from, source::Location where, Problems& problems) {
  if (!from.negated) return;
  yaml::bad_value(problems, where, "only header conditions can be negated",
                  "put a rule for the excluded requests before this one");
}

NamedPatterns named_patterns(MapReader& reader, std::string_view key) {
  NamedPatterns out;
  for (const yaml::Entry entry : reader.entries(key)) {
    out.emplace_back(std::string(entry.key.text()), pattern(entry.value.text(), false));
    if (key == "query") {
      refuse_negation(out.back().second, entry.value.where(), reader.problems());
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> texts(const std::vector<yaml::Entry>& entries) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const yaml::Entry entry : entries) {
    out.emplace_back(std::string(entry.key.text()), std::string(entry.value.text()));
  }
  return out;
}

IntentMatch read_match(Node node, Problems& problems) {
  MapReader reader(node, "match", problems);
  IntentMatch out;
  if (const auto path = reader.string("path")) {
    out.path = pattern(*path, true);
    const bool absolute = out.path->kind == Pattern::Kind::regex || path->starts_with('/');
    refuse_negation(*out.path, reader.where("path"), problems);
    if (!absolute && !out.path->negated) {
      yaml::bad_value(problems, reader.where("path"),
                      fmt::format("path `{}` does not begin with `/`", *path),
                      "write `/a` for one path, `/a/*` for all below it, `~/a.*` for a regex");
    }
  }
  if (const auto method = reader.string("method")) {
    out.method = pattern(*method, false);
    refuse_negation(*out.method, reader.where("method"), problems);
  }
  out.headers = named_patterns(reader, "headers");
  out.query = named_patterns(reader, "query");
  out.from = texts(reader.entries("from"));
  reader.done();
  return out;
}

std::vector<IntentMatch> read_matches(MapReader& reader) {
  const Node node = reader.find("match");
  std::vector<IntentMatch> out;
  if (!node) return out;
  if (node.is_mapping()) return {read_match(node, reader.problems())};
  for (const Node item : reader.list("match")) out.push_back(read_match(item, reader.problems()));
  return out;
}

/// "v2" is a version, "other" or "other:8080" a service.
Share read_share(std::string_view text, source::Location where, const Intent& intent,
                 Problems& problems) {
  Share out;
  out.where = where;
  const auto is_named = [&](const Version& version) { return version.name == text; };
  if (std::any_of(intent.versions.begin(), intent.versions.end(), is_named)) {
    out.version = std::string(text);
    return out;
  }
  const std::size_t colon = text.find(':');
  out.host = std::string(text.substr(0, colon));
  if (colon == text.npos) {
    std::vector<std::string_view> names;
    for (const Version& version : intent.versions) names.push_back(version.name);
    const std::string hint = did_you_mean(text, names);
    if (!hint.empty())
      yaml::bad_value(problems, where, fmt::format("there is no version `{}`", text), hint);
    return out;
  }
  std::uint32_t port = 0;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) {
    yaml::bad_value(problems, where, fmt::format("`{}` is no port", digits),
                    "write a version or `service:port`");
  }
  out.port = port;
  return out;
}

/// `to: v2`, or `to: {v1: 80, v2: 20}`.
std::vector<Share> read_shares(MapReader& reader, const Intent& intent) {
  const Node node = reader.find("to");
  std::vector<Share> out;
  if (!node) return out;
  if (!node.is_mapping()) {
    if (const auto text = reader.string("to")) {
      out.push_back(read_share(*text, node.where(), intent, reader.problems()));
      out.back().weight = 100;
    }
    return out;
  }
  MapReader weights(node, "to", reader.problems());
  for (const yaml::Entry entry : node.entries()) {
    Share share = read_share(entry.key.text(), entry.key.where(), intent, reader.problems());
    share.weight = number(weights, entry.key.text(), 0, kMaxWeight).value_or(0);
    out.push_back(std::move(share));
  }
  return out;
}

IntentFault read_fault(Node node, Problems& problems) {
  MapReader reader(node, "fault", problems);
  IntentFault out;
  out.delay = reader.duration("delay");
  out.delay_percent = percent(reader, "delay-percent", 100);
  out.abort = number(reader, "abort", 200, 599);
  out.abort_percent = percent(reader, "abort-percent", 100);
  if (!out.delay && !out.abort) {
    yaml::bad_value(problems, node.where(), "the fault neither delays nor aborts",
                    "add `delay: 2s` or `abort: 503`");
  }
  reader.done();
  return out;
}

IntentBudget read_budget(Node node, Problems& problems) {
  MapReader reader(node, "budget", problems);
  IntentBudget out;
  out.percent = percent(reader, "percent", out.percent);
  out.at_least = number(reader, "at-least", 0, 1'000'000);
  reader.done();
  return out;
}

IntentRetries read_retries(Node node, Problems& problems) {
  MapReader reader(node, "retries", problems);
  IntentRetries out{number(reader, "attempts", 0, 100).value_or(2), reader.duration("per-try"),
                    reader.strings("on"), std::nullopt};
  if (const Node budget = reader.find("budget")) out.budget = read_budget(budget, problems);
  reader.done();
  return out;
}

IntentActions read_actions(MapReader& reader, const Intent& intent) {
  IntentActions out;
  Problems& problems = reader.problems();
  out.timeout = reader.duration("timeout");
  if (const Node node = reader.find("retries")) out.retries = read_retries(node, problems);
  if (const Node node = reader.find("fault")) out.fault = read_fault(node, problems);
  if (const Node node = reader.find("mirror")) {
    MapReader mirror(node, "mirror", problems);
    IntentMirror to;
    to.percent = percent(mirror, "percent", 100);
    if (const auto text = mirror.require("to") ? mirror.string("to") : std::nullopt) {
      to.to = read_share(*text, mirror.where("to"), intent, problems);
      out.mirror = std::move(to);
    }
    mirror.done();
  }
  return out;
}

IntentRule read_rule(Node node, const Intent& intent, Problems& problems) {
  MapReader reader(node, "rule", problems);
  IntentRule out;
  out.where = node.where();
  out.name = reader.string("name").value_or("");
  out.matches = read_matches(reader);
  out.to = read_shares(reader, intent);
  out.actions = read_actions(reader, intent);
  if (out.actions.retries && out.actions.retries->budget) {
    yaml::bad_value(problems, node.find("retries").find_key("budget").where(),
                    "a rule has no retry budget of its own",
                    "write it under the `retries` of the whole service");
  }
  out.rewrite = reader.string("rewrite").value_or("");
  if (const Node redirect = reader.find("redirect")) {
    MapReader to(redirect, "redirect", problems);
    out.redirect = IntentRedirect{to.string("path").value_or(""), to.string("host").value_or(""),
                                  to.string("scheme").value_or(""),
                                  number(to, "code", 300, 399).value_or(301)};
    to.done();
  }
  reader.done();
  return out;
}

/// `v1: {labels: {version: v1}, weight: 90}`; `v1: 90` alone labels the pods `version: v1`.
Version read_version(const yaml::Entry& entry, MapReader& versions) {
  Version out;
  out.name = std::string(entry.key.text());
  out.where = entry.key.where();
  if (entry.value.is_mapping()) {
    MapReader reader(entry.value, "version", versions.problems());
    out.labels = texts(reader.entries("labels"));
    out.weight = number(reader, "weight", 0, kMaxWeight).value_or(0);
    reader.done();
  } else {
    out.weight = number(versions, entry.key.text(), 0, kMaxWeight).value_or(0);
  }
  if (out.labels.empty()) out.labels = {{"version", out.name}};
  return out;
}

Canary read_canary(Node node, const Intent& intent, Problems& problems) {
  MapReader reader(node, "canary", problems);
  Canary out;
  if (reader.require("version")) out.version = reader.string("version").value_or("");
  const auto is_meant = [&](const Version& version) { return version.name == out.version; };
  if (std::none_of(intent.versions.begin(), intent.versions.end(), is_meant)) {
    yaml::bad_value(problems, reader.where("version"),
                    fmt::format("there is no version `{}`", out.version), "name one of `versions`");
  }
  for (const Node step : reader.list("steps")) {
    const auto read = yaml::to_int(step.text());
    if (!read || *read < 0 || *read > 100) {
      yaml::bad_value(problems, step.where(), fmt::format("`{}` is no percentage", step.text()),
                      "write a whole number from 0 to 100");
    }
    out.steps.push_back(read ? static_cast<std::uint32_t>(*read) : 0);
  }
  out.now = number(reader, "now", 0, static_cast<std::int64_t>(out.steps.size())).value_or(0);
  reader.done();
  return out;
}

Failover read_failover(Node node, Problems& problems) {
  MapReader reader(node, "failover", problems);
  Failover out;
  out.after = number(reader, "after", 1, 1'000'000).value_or(out.after);
  out.every = reader.duration("every").value_or(out.every);
  out.out_for = reader.duration("for").value_or(out.out_for);
  if (const auto most = reader.percent("at-most")) {
    out.at_most = static_cast<std::uint32_t>(*most * 100 + 0.5);
  }
  out.regions = texts(reader.entries("regions"));
  reader.done();
  return out;
}

Limits read_limits(Node node, Problems& problems) {
  MapReader reader(node, "limits", problems);
  Limits out;
  out.connections = number(reader, "connections", 1, 1'000'000'000);
  out.pending = number(reader, "pending", 1, 1'000'000'000);
  out.requests = number(reader, "requests", 1, 1'000'000'000);
  out.connect_timeout = reader.duration("connect-timeout");
  reader.done();
  return out;
}

Balance read_balance(MapReader& reader) {
  Balance out;
  const Node node = reader.find("balance");
  if (!node.is_mapping()) {
    out.policy = reader.choice("balance", kPolicies).value_or("");
    return out;
  }
  MapReader hash(node, "balance", reader.problems());
  out.hash_header = hash.string("hash-header").value_or("");
  out.hash_cookie = hash.string("hash-cookie").value_or("");
  out.hash_source = hash.boolean("hash-source").value_or(false);
  hash.done();
  return out;
}

void read_reach(MapReader& reader, Intent& out) {
  out.service = reader.string("service").value_or(out.name);
  out.hosts = reader.strings("hosts");
  if (out.hosts.empty() && !out.service.empty()) out.hosts = {out.service};
  out.gateways = reader.strings("gateways");
  out.inside = reader.boolean("inside").value_or(true);
  out.port = number(reader, "port", 1, 65535);
  if (!out.inside && out.gateways.empty()) {
    yaml::bad_value(reader.problems(), reader.where("inside"),
                    "neither inside the mesh nor through a gateway: nothing reaches these routes",
                    "name a gateway, or leave `inside` out");
  }
}

}  // namespace

bool is_intent(Node root) {
  return root.find("kind").text() == "Routes" &&
         root.find("apiVersion").text().starts_with("meshfn.dev/");
}

Intent read_intent(Node root, Problems& problems) {
  MapReader reader(root, "routes", problems);
  Intent out;
  out.where = root.where();
  constexpr std::array<std::string_view, 1> kVersions = {"meshfn.dev/v1"};
  reader.choice("apiVersion", kVersions);
  reader.find("kind");
  if (reader.require("name")) out.name = reader.string("name").value_or("");
  out.name_space = reader.string("namespace").value_or("");
  read_reach(reader, out);
  if (const Node node = reader.find("versions")) {
    MapReader versions(node, "versions", problems);
    for (const yaml::Entry entry : node.entries()) {
      out.versions.push_back(read_version(entry, versions));
    }
  }
  if (const Node node = reader.find("canary")) {
    out.canary = read_canary(node, out, problems);
    render::apply(*out.canary, out.versions);
  }
  out.actions = read_actions(reader, out);
  for (const Node rule : reader.list("rules")) out.rules.push_back(read_rule(rule, out, problems));
  if (const Node node = reader.find("failover")) out.failover = read_failover(node, problems);
  if (const Node node = reader.find("limits")) out.limits = read_limits(node, problems);
  out.balance = read_balance(reader);
  out.mtls = reader.choice("mtls", kMtls).value_or("");
  reader.done();
  return out;
}

}  // namespace meshfn::render
