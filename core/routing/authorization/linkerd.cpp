#include "routing/authorization/linkerd.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "resource/label_selector.h"
#include "resource/linkerd/injection.h"
#include "resource/linkerd/values.h"
#include "routing/authorization/linkerd_client.h"
#include "routing/istio_route.h"
#include "routing/linkerd.h"
#include "routing/linkerd_route.h"
#include "yaml/scalar.h"

namespace meshfn::routing::linkerd {

namespace {

using resource::Mesh;
using resource::Object;
using yaml::Node;

constexpr std::string_view kDefaultPolicy = "config.linkerd.io/default-inbound-policy";

bool selects_port(Node port, const Target& target) {
  if (const auto number = yaml::to_int(port.text())) {
    return target.port && *number == static_cast<std::int64_t>(*target.port);
  }
  if (target.workload == nullptr) return false;
  for (const auto* containers : {&target.workload->containers, &target.workload->init_containers}) {
    for (const auto& container : *containers) {
      for (const auto& own : container.ports) {
        if (own.name.value == port.text() && target.port &&
            own.port.value == static_cast<std::int64_t>(*target.port)) {
          return true;
        }
      }
    }
  }
  return false;
}

bool selects_pods(const Object& server, const Target& target) {
  const Node selector = server.spec.find("podSelector");
  return selector && server.scope == target.scope &&
         resource::selector_matches(selector, target.labels);
}

/// Of several objects Linkerd takes the oldest, then the first by name.
bool comes_first(const Object* a, const Object* b) {
  const auto key = [](const Object* object) {
    const std::string_view created = object->metadata.find("creationTimestamp").text();
    return std::tuple(created.empty(), created, object->name.value);
  };
  return key(a) < key(b);
}

const Object* server_of(const Mesh& mesh, const Target& target) {
  const Object* found = nullptr;
  for (const Object* server : mesh.of_kind(resource::linkerd::kPolicyGroup, "Server")) {
    if (!selects_pods(*server, target) || !selects_port(server->spec.find("port"), target))
      continue;
    if (found == nullptr || comes_first(server, found)) found = server;
  }
  return found;
}

/// A way in: what it asks, and what it is called.
struct Way {
  const Object* object = nullptr;
  Asked asked;
  source::Location where;
};

bool names_server(Node server, const Object& wanted) {
  if (const Node name = server.find("name")) return name.text() == wanted.name.value;
  const Node selector = server.find("selector");
  return selector &&
         resource::selector_matches(selector, resource::labels(wanted.metadata.find("labels")));
}

void add_server_authorizations(const Mesh& mesh, const Object& server, const Caller& caller,
                               std::vector<Way>& ways) {
  for (const Object* object :
       mesh.of_kind(resource::linkerd::kPolicyGroup, "ServerAuthorization")) {
    if (object->scope != server.scope || !names_server(object->spec.find("server"), server))
      continue;
    const Node client = object->spec.find("client");
    ways.push_back({object, client_of(mesh, client, object->scope, caller), client.where()});
  }
}

/// Whether a route is attached to `server`.
bool is_attached(const Object& route, const Object& server) {
  if (route.scope != server.scope) return false;
  for (const Node parent : route.spec.find("parentRefs").items()) {
    if (parent.find("kind").text() == "Server" && parent.find("name").text() == server.name.value) {
      return true;
    }
  }
  return false;
}

/// The routes attached to a Server, oldest first.
std::vector<const Object*> routes_of(const Mesh& mesh, const Object& server) {
  std::vector<const Object*> out;
  for (const std::string_view group :
       {resource::linkerd::kPolicyGroup, resource::gateway_api::kGroup}) {
    for (const std::string_view kind : {"HTTPRoute", "GRPCRoute"}) {
      for (const Object* route : mesh.of_kind(group, kind)) {
        if (is_attached(*route, server)) out.push_back(route);
      }
    }
  }
  std::sort(out.begin(), out.end(), comes_first);
  return out;
}

/// The rules of `objects` in the order in which the proxy prefers them.
std::vector<Route> rules_of(const Mesh& mesh, const std::vector<const Object*>& objects) {
  std::vector<Route> out;
  std::vector<Note> told_elsewhere;
  for (const Object* object : objects) {
    auto rules =
        linkerd_routes(mesh, resource::gateway_api::decode_route(*object), {}, {}, told_elsewhere);
    std::move(rules.begin(), rules.end(), std::back_inserter(out));
  }
  rank_for_linkerd(out);
  return out;
}

/// Whether a policy is for the Server, or for the route that took the request.
bool is_target(Node reference, const Object& server, const Object* route) {
  const std::string_view kind = reference.find("kind").text();
  const std::string_view name = reference.find("name").text();
  if (kind == "Server") return name == server.name.value;
  if (kind == "Namespace") return name == server.scope;
  return route != nullptr && kind == route->kind.value && name == route->name.value;
}

void add_policies(const Mesh& mesh, const Object& server, const Object* route, const Caller& caller,
                  std::vector<Way>& ways) {
  for (const Object* policy :
       mesh.of_kind(resource::linkerd::kPolicyGroup, "AuthorizationPolicy")) {
    if (policy->scope != server.scope) continue;
    if (!is_target(policy->spec.find("targetRef"), server, route)) continue;
    Way way{policy, {}, policy->where()};
    for (const Node reference : policy->spec.find("requiredAuthenticationRefs").items()) {
      for (Clause& clause : authentication(mesh, reference, policy->scope, caller)) {
        way.asked.push_back(std::move(clause));
      }
    }
    ways.push_back(std::move(way));
  }
}

std::size_t lacking(const Way& way) {
  return static_cast<std::size_t>(std::count_if(
      way.asked.begin(), way.asked.end(), [](const Clause& clause) { return !clause.holds; }));
}

/// The mode of pods without a Server, and where it is written.
resource::Text default_mode(const Mesh& mesh, const Target& target) {
  if (target.workload != nullptr) {
    return resource::linkerd::pod_annotation(mesh, *target.workload, kDefaultPolicy);
  }
  const Object* home = mesh.find("Namespace", "", target.scope);
  return home == nullptr ? resource::Text{} : home->annotation(kDefaultPolicy);
}

void refuse(Verdict& verdict, const Target& target) {
  verdict.allowed = false;
  if (target.http) verdict.status = 403;
}

/// Judges by a mode alone; `by` is what the mode belongs to.
void judge_mode(const Mesh& mesh, const Caller& caller, const Target& target, std::string_view mode,
                source::Location where, std::string by, Verdict& verdict) {
  const Asked asked = default_policy(mesh, mode, where, caller);
  verdict.by = std::move(by);
  verdict.where = where;
  verdict.why = fmt::format("its policy is `{}`", mode);
  for (const Clause& clause : asked) {
    if (clause.holds) {
      verdict.met.push_back(clause);
      continue;
    }
    refuse(verdict, target);
    if (mode != "deny") verdict.why += ": " + clause.text;
    return;
  }
  if (mode == "audit")
    verdict.notes.push_back({"let through and logged, because of `audit`", where});
}

void judge_default(const Mesh& mesh, const Caller& caller, const Target& target, Verdict& verdict) {
  const resource::Text mode = default_mode(mesh, target);
  const std::string_view effective = mode ? *mode : std::string_view("all-unauthenticated");
  judge_mode(mesh, caller, target, effective, mode.where(), "default policy", verdict);
}

void add_limits(const Mesh& mesh, const Caller& caller, const Object& server, Verdict& verdict) {
  const Object* limit = nullptr;
  for (const Object* policy :
       mesh.of_kind(resource::linkerd::kPolicyGroup, "HTTPLocalRateLimitPolicy")) {
    const Node target = policy->spec.find("targetRef");
    if (policy->scope != server.scope || target.find("name").text() != server.name.value) continue;
    if (limit == nullptr || comes_first(policy, limit)) limit = policy;
  }
  if (limit == nullptr) return;
  const auto say = [&](std::string_view whom, Node rate) {
    if (!rate) return;
    verdict.notes.push_back(
        {fmt::format("{} allows {} requests a second {}, and answers 429 beyond",
                     resource_name(*limit), rate.text(), whom),
         rate.where()});
  };
  say("to all clients together", limit->spec.at("total", "requestsPerSecond"));
  for (const Node exception : limit->spec.find("overrides").items()) {
    for (const Node client : exception.find("clientRefs").items()) {
      const std::string_view named = client.find("namespace").text();
      const std::string_view home = named.empty() ? limit->scope : named;
      if (caller.plain || caller.name_space != home ||
          client.find("name").text() != caller.account) {
        continue;
      }
      say("to this client", exception.find("requestsPerSecond"));
      return;
    }
  }
  say(identity_of(caller, mesh) ? "to each client" : "to all clients without an identity",
      limit->spec.at("identity", "requestsPerSecond"));
}

/// The route that takes the request among those of a Server; refused when there are some and none
/// does.
const Object* route_for(const Mesh& mesh, const Object& server, const Request& request,
                        const Target& target, Verdict& verdict) {
  const auto objects = target.http ? routes_of(mesh, server) : std::vector<const Object*>();
  if (objects.empty()) return nullptr;
  const std::vector<Route> rules = rules_of(mesh, objects);
  const auto taken = std::find_if(rules.begin(), rules.end(), [&](const Route& rule) {
    return rule.find_match(request) != nullptr;
  });
  if (taken == rules.end()) {
    verdict.allowed = false;
    verdict.status = 404;
    verdict.by = resource_name(server);
    verdict.where = server.where();
    verdict.why = "routes are attached to it, and none of them takes the request";
    return nullptr;
  }
  verdict.notes.push_back(
      {fmt::format("{} of {} takes the request", taken->name, taken->resource), taken->where});
  const auto object = std::find_if(objects.begin(), objects.end(), [&](const Object* one) {
    return resource_name(*one) == taken->resource;
  });
  return *object;
}

void judge_server(const Mesh& mesh, const Caller& caller, const Request& request,
                  const Target& target, const Object& server, Verdict& verdict) {
  const Object* route = route_for(mesh, server, request, target, verdict);
  if (!verdict.allowed) return;
  std::vector<Way> ways;
  add_server_authorizations(mesh, server, caller, ways);
  add_policies(mesh, server, route, caller, ways);
  const auto best = std::min_element(
      ways.begin(), ways.end(), [](const Way& a, const Way& b) { return lacking(a) < lacking(b); });
  if (best != ways.end() && lacking(*best) == 0) {
    verdict.by = resource_name(*best->object);
    verdict.where = best->where;
    verdict.met = best->asked;
    const Node aim = best->object->spec.find("targetRef");
    const bool by_route = route != nullptr && aim.find("kind").text() == *route->kind;
    verdict.why = by_route ? fmt::format("it authorizes the client for {}", resource_name(*route))
                           : "it authorizes the client";
    return;
  }
  const Node access = server.spec.find("accessPolicy");
  const std::string_view mode = access ? access.text() : std::string_view("deny");
  judge_mode(mesh, caller, target, mode, access ? access.where() : server.where(),
             resource_name(server), verdict);
  if (verdict.allowed || best == ways.end()) return;
  verdict.why = "nothing that is for it authorizes the client";
  verdict.nearest = Nearest{resource_name(*best->object), {}, {}, best->where};
  for (const Clause& clause : best->asked) {
    if (!clause.holds) verdict.nearest->lacking.push_back(clause);
  }
}

}  // namespace

bool is_meshed(const Mesh& mesh, const Target& target) {
  if (target.outside || !target.gateway.empty()) return false;
  if (target.workload != nullptr) {
    const auto injected = resource::linkerd::injected(mesh, *target.workload);
    if (injected != resource::linkerd::Injected::unsaid) {
      return injected == resource::linkerd::Injected::yes;
    }
  }
  const auto& servers = mesh.of_kind(resource::linkerd::kPolicyGroup, "Server");
  return std::any_of(servers.begin(), servers.end(),
                     [&](const Object* server) { return selects_pods(*server, target); });
}

Verdict judge(const Mesh& mesh, const Caller& caller, const Request& request,
              const Target& target) {
  Verdict verdict;
  verdict.channel = identity_of(caller, mesh) ? Channel::mutual_tls : Channel::plain;
  if (const Object* server = server_of(mesh, target)) {
    judge_server(mesh, caller, request, target, *server, verdict);
    if (verdict.allowed && target.http) add_limits(mesh, caller, *server, verdict);
  } else {
    judge_default(mesh, caller, target, verdict);
  }
  return verdict;
}

}  // namespace meshfn::routing::linkerd
