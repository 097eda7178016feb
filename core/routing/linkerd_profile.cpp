#include "routing/linkerd_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/str.h"
#include "base/units.h"
#include "resource/linkerd/values.h"
#include "routing/host.h"
#include "routing/istio_route.h"

namespace meshfn::routing {

namespace {

namespace linkerd = resource::linkerd;
using resource::Object;

/// Alternatives, each of which is a list of conditions that must all hold.
using Alternatives = std::vector<std::vector<Condition>>;

/// Trees that would need more alternatives than this are cut short.
constexpr std::size_t kMostAlternatives = 256;

Alternatives both(const Alternatives& a, const Alternatives& b) {
  Alternatives out;
  for (const auto& left : a) {
    for (const auto& right : b) {
      if (out.size() == kMostAlternatives) return out;
      std::vector<Condition> joined = left;
      joined.insert(joined.end(), right.begin(), right.end());
      out.push_back(std::move(joined));
    }
  }
  return out;
}

Alternatives either(Alternatives a, const Alternatives& b) {
  a.insert(a.end(), b.begin(), b.end());
  if (a.size() > kMostAlternatives) a.resize(kMostAlternatives);
  return a;
}

/// Reads the `condition` of a profile's route.
class ConditionTree {
 public:
  explicit ConditionTree(std::vector<Note>& notes) : notes_(notes) {}

  /// What `node` asks for, or its opposite. A member that cannot be read is left out, as the proxy
  /// does.
  Alternatives read(yaml::Node node, bool negated) {
    Alternatives out = {{}};
    bool first = true;
    const auto add = [&](Alternatives more) {
      // The fields of one condition must all hold; the opposite of that is one of the opposites.
      if (negated) {
        out = first ? std::move(more) : either(std::move(out), more);
      } else {
        out = both(out, more);
      }
      first = false;
    };
    if (const yaml::Node method = node.find("method")) {
      add(leaf(Subject::method, StringMatch::Kind::exact, method, negated));
    }
    if (const yaml::Node path = node.find("pathRegex"); path && is_regex(path)) {
      add(leaf(Subject::path, StringMatch::Kind::regex, path, negated));
    }
    if (const yaml::Node all = node.find("all")) add(list(all, negated, !negated));
    if (const yaml::Node any = node.find("any")) add(list(any, negated, negated));
    if (const yaml::Node other = node.find("not")) add(read(other, !negated));
    return out;
  }

 private:
  bool is_regex(yaml::Node node) {
    const StringMatch pattern(StringMatch::Kind::regex, std::string(node.text()));
    if (pattern.error().empty()) return true;
    notes_.push_back(
        {fmt::format("Linkerd leaves out the condition `{}`: {}", node.text(), pattern.error()),
         node.where()});
    return false;
  }

  static Alternatives leaf(Subject subject, StringMatch::Kind kind, yaml::Node node, bool negated) {
    return {{{subject, {}, {{kind, std::string(node.text())}}, negated, node.where()}}};
  }

  Alternatives list(yaml::Node nodes, bool negated, bool conjunction) {
    Alternatives out;
    if (conjunction) out = {{}};
    for (const yaml::Node item : nodes.items()) {
      const Alternatives one = read(item, negated);
      out = conjunction ? both(out, one) : either(std::move(out), one);
    }
    return out;
  }

  std::vector<Note>& notes_;
};

/// Weights are quantities: `1`, `"500m"`; in thousandths, none for other text.
std::int64_t thousandths(yaml::Node node) {
  std::string_view text = node.text();
  const bool milli = text.ends_with('m');
  if (milli) text.remove_suffix(1);
  if (milli) return static_cast<std::int64_t>(linkerd::unsigned_number(text).value_or(0));
  if (const auto whole = linkerd::unsigned_number(text)) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(*whole, 1'000'000) * 1000);
  }
  return std::llround(resource::number(node).value_or(0) * 1000);
}

void add_override(std::vector<Destination>& out, const std::string& authority, yaml::Node weight,
                  const std::string& owner, std::vector<Note>& notes) {
  const Authority parts = split_authority(authority);
  const std::int64_t share = thousandths(weight);
  if (share <= 0) {
    notes.push_back(
        {fmt::format("Linkerd leaves out `{}` of {}: its weight is 0", authority, owner),
         weight.where()});
    return;
  }
  Destination one;
  one.host = parts.host;
  one.port = parts.port;
  one.weight = static_cast<std::uint32_t>(std::min<std::int64_t>(share, 1'000'000'000));
  one.where = weight.where();
  out.push_back(std::move(one));
}

/// Whole weights are given as they were written.
void simplify(std::vector<Destination>& all) {
  const bool whole = std::all_of(all.begin(), all.end(),
                                 [](const Destination& one) { return one.weight % 1000 == 0; });
  for (Destination& one : all) {
    if (whole) one.weight /= 1000;
    if (all.size() == 1) one.weight = 100;
  }
}

std::vector<Destination> overrides_of(const Object& object, std::vector<Note>& notes) {
  std::vector<Destination> out;
  const std::string owner = resource_name(object);
  if (object.group() == linkerd::kSplitGroup) {
    for (const yaml::Node backend : object.spec.find("backends").items()) {
      add_override(out, fqdn(backend.find("service").text(), object.scope), backend.find("weight"),
                   owner, notes);
    }
  } else {
    for (const yaml::Node override : object.spec.find("dstOverrides").items()) {
      add_override(out, std::string(override.find("authority").text()), override.find("weight"),
                   owner, notes);
    }
  }
  simplify(out);
  return out;
}

/// The budget of a profile; nothing when it is one that the proxy refuses, which turns retries off.
std::optional<RetryBudget> budget_of(const Object& profile, std::vector<Note>& notes) {
  RetryBudget out;
  out.window = std::chrono::seconds(10);
  const yaml::Node node = profile.spec.find("retryBudget");
  if (!node.is_mapping()) return out;
  out.where = node.where();
  out.ratio = resource::number(node.find("retryRatio")).value_or(out.ratio);
  out.per_second = static_cast<std::uint32_t>(
      std::max<std::int64_t>(resource::integer(node.find("minRetriesPerSecond")).value_or(10), 0));
  if (const auto ttl = resource::duration(node.find("ttl"))) out.window = *ttl;
  const bool usable = out.ratio >= 0 && out.ratio <= 1000 &&
                      out.window >= std::chrono::seconds(1) &&
                      out.window <= std::chrono::seconds(60);
  if (usable) return out;
  notes.push_back({fmt::format("{} has no retries at all: its budget needs a ratio up to 1000 and "
                               "a ttl from 1s to 60s",
                               resource_name(profile)),
                   node.where()});
  return std::nullopt;
}

/// Which answers are failures, in Envoy's words: all of 5xx, or ranges of codes.
std::string failures_of(yaml::Node route) {
  std::vector<std::string> out;
  for (const yaml::Node one : route.find("responseClasses").items()) {
    if (!resource::boolean(one.find("isFailure")).value_or(false)) continue;
    const yaml::Node status = one.at("condition", "status");
    const auto least = resource::integer(status.find("min"));
    const auto most = resource::integer(status.find("max"));
    // A range with one end is dropped by the proxy.
    if (!least || !most) continue;
    out.push_back(*least == 500 && *most == 599 ? std::string("5xx")
                                                : fmt::format("{}-{}", *least, *most));
  }
  return out.empty() ? "5xx" : str::join(out, ",");
}

std::vector<Route> routes_of(const Object& profile, const Route& common, std::vector<Note>& notes) {
  std::vector<Route> out;
  std::size_t index = 0;
  for (const yaml::Node node : profile.spec.find("routes").items()) {
    Route route = common;
    route.name = node.find("name") ? std::string(node.find("name").text())
                                   : fmt::format("routes[{}]", index);
    ++index;
    route.where = node.where();
    const yaml::Node condition = node.find("condition");
    for (auto& conditions : ConditionTree(notes).read(condition, false)) {
      route.matches.push_back({{}, std::move(conditions), condition.where()});
    }
    if (route.matches.empty()) continue;
    if (const auto timeout = resource::duration(node.find("timeout"))) {
      route.timeout = {*timeout, timeout.where()};
    }
    if (resource::boolean(node.find("isRetryable")).value_or(false)) {
      if (const auto budget = budget_of(profile, notes)) {
        Retries& retries = route.retries.edit();
        retries.budget = budget;
        retries.attempts = {1, node.find("isRetryable").where()};
        retries.on = {failures_of(node), node.find("isRetryable").where()};
      }
    }
    out.push_back(std::move(route));
  }
  return out;
}

std::string host_of(const Object& object) {
  if (object.group() == linkerd::kSplitGroup) {
    return fqdn(object.spec.find("service").text(), object.scope);
  }
  return std::string(*object.name);
}

/// `object` in place of what is there, if the client's own namespace or a split says so.
struct Sources {
  const Object* profile = nullptr;
  const Object* split = nullptr;
};

void choose(const Object*& present, const Object& other, std::string_view client) {
  if (present == nullptr || (!client.empty() && other.scope == client)) present = &other;
}

}  // namespace

std::vector<Profile> linkerd_profiles(const resource::Mesh& mesh, std::string_view client,
                                      std::vector<Note>& notes) {
  std::map<std::string, Sources> by_host;
  for (const Object* one : mesh.of_kind(linkerd::kProfileGroup, "ServiceProfile")) {
    const auto service = service_of(*one->name);
    const bool own = service && service->name_space == one->scope;
    if (own || one->scope == client || client.empty()) {
      choose(by_host[host_of(*one)].profile, *one, client);
    }
  }
  for (const Object* one : mesh.of_kind(linkerd::kSplitGroup, "TrafficSplit")) {
    choose(by_host[host_of(*one)].split, *one, client);
  }
  std::vector<Profile> out;
  for (const auto& [host, from] : by_host) {
    const Object& main = from.profile != nullptr ? *from.profile : *from.split;
    const Object& shares = from.split != nullptr ? *from.split : main;
    Route common;
    common.dialect = Dialect::linkerd;
    common.resource = resource_name(main);
    common.destinations = overrides_of(shares, notes);
    const bool overridden = !common.destinations.empty();
    if (!overridden) common.destinations.push_back({host, {}, std::nullopt, 100, main.where()});
    Profile profile{host, {}, &main};
    if (from.profile != nullptr) profile.routes = routes_of(*from.profile, common, notes);
    if (profile.routes.empty() && !overridden) continue;
    common.name = "default";
    common.where = overridden ? shares.where() : main.where();
    common.resource = resource_name(overridden ? shares : main);
    profile.routes.push_back(std::move(common));
    out.push_back(std::move(profile));
  }
  return out;
}

}  // namespace meshfn::routing
