#include "routing/authorization/istio.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "resource/istio/membership.h"
#include "resource/istio/mesh_config.h"
#include "routing/authorization/handshake.h"
#include "routing/authorization/istio_rule.h"
#include "routing/istio_route.h"

namespace meshfn::routing::istio {

namespace {

using resource::Mesh;
using resource::Object;
using yaml::Node;

constexpr std::string_view kSecurity = "security.istio.io";

std::string_view action_of(const Object& policy) {
  const std::string_view action = policy.spec.find("action").text();
  return action.empty() ? "ALLOW" : action;
}

/// Dry runs decide nothing.
bool is_dry_run(const Object& policy) {
  return policy.annotation("istio.io/dry-run").value == "true";
}

const Object* namespace_of(const Mesh& mesh, const Target& target) {
  return mesh.find("Namespace", "", target.scope);
}

/// The waypoint of a Service or of its namespace; absent when requests do not pass one.
bool uses_waypoint(const Mesh& mesh, const Target& target) {
  constexpr std::string_view kLabel = "istio.io/use-waypoint";
  const Object* home = namespace_of(mesh, target);
  const auto named = [&](const Object* object) {
    if (object == nullptr) return false;
    const std::string_view name = object->label(kLabel).value;
    return !name.empty() && name != "none";
  };
  return named(target.service) || named(home);
}

/// Pods without a sidecar in an ambient namespace: a node's proxy sees connections only.
bool is_ambient(const Mesh& mesh, const Target& target) {
  const Object* home = namespace_of(mesh, target);
  if (home == nullptr || !resource::istio::is_ambient(*home)) return false;
  return target.workload == nullptr || resource::istio::proxy_of(*target.workload) == nullptr;
}

bool has_targets(const Object& policy) {
  return policy.spec.find("targetRef").is_mapping() || policy.spec.find("targetRefs").size() > 0;
}

bool is_target(const Mesh& mesh, Node reference, const Object& policy, const Target& target) {
  const std::string_view kind = reference.find("kind").text();
  const std::string_view name = reference.find("name").text();
  if (kind == "Gateway") {
    return target.gateway == fmt::format("{}/{}", policy.scope, name) ||
           resource::label(target.labels, "gateway.networking.k8s.io/gateway-name") == name;
  }
  return kind == "Service" && target.service != nullptr && target.service->name.value == name &&
         target.service->scope == policy.scope && uses_waypoint(mesh, target);
}

std::string rule_name(std::size_t index) { return fmt::format("rules[{}]", index); }

/// The AuthorizationPolicies of one target, by action.
class Policies {
 public:
  Policies(const Mesh& mesh, const Facts& facts, const Target& target)
      : facts_(facts), ambient_(is_ambient(mesh, target)) {
    for (const Object* policy : mesh.of_kind(kSecurity, "AuthorizationPolicy")) {
      if (is_for(mesh, *policy, target) && !is_dry_run(*policy)) policies_.push_back(policy);
    }
  }

  /// The first rule that holds among the policies with `action`; null when none does.
  struct Hit {
    const Object* policy = nullptr;
    std::string rule;
    RuleOutcome outcome;
    source::Location where;
  };

  std::optional<Hit> find(std::string_view action) const {
    for (const Object* policy : policies_) {
      if (action_of(*policy) != action) continue;
      std::size_t index = 0;
      for (const Node rule : policy->spec.find("rules").items()) {
        RuleOutcome outcome = judge_rule(facts_for(*policy), rule, policy->scope, mode(action));
        if (outcome.holds) return Hit{policy, rule_name(index), std::move(outcome), rule.where()};
        ++index;
      }
    }
    return std::nullopt;
  }

  std::vector<const Object*> with(std::string_view action) const {
    std::vector<const Object*> out;
    std::copy_if(policies_.begin(), policies_.end(), std::back_inserter(out),
                 [&](const Object* policy) { return action_of(*policy) == action; });
    return out;
  }

  /// The ALLOW rule that lacks the least.
  std::optional<Nearest> nearest() const {
    std::optional<Nearest> out;
    for (const Object* policy : with("ALLOW")) {
      std::size_t index = 0;
      for (const Node rule : policy->spec.find("rules").items()) {
        RuleOutcome outcome = judge_rule(facts_for(*policy), rule, policy->scope, mode("ALLOW"));
        if (!out || outcome.failed.size() < out->lacking.size()) {
          out = Nearest{resource_name(*policy), rule_name(index), std::move(outcome.failed),
                        rule.where()};
        }
        ++index;
      }
    }
    return out;
  }

 private:
  static OnConnection mode(std::string_view action) {
    return action == "ALLOW" ? OnConnection::ignore_rule : OnConnection::ignore_condition;
  }

  /// A node's proxy knows nothing of requests; a waypoint does.
  Facts facts_for(const Object& policy) const {
    Facts facts = facts_;
    if (ambient_ && !has_targets(policy)) facts.http = false;
    return facts;
  }

  const Facts& facts_;
  bool ambient_ = false;
  std::vector<const Object*> policies_;
};

void decide(Verdict& verdict, const Policies::Hit& hit, bool allowed, const Facts& facts) {
  verdict.allowed = allowed;
  verdict.by = resource_name(*hit.policy);
  verdict.rule = hit.rule;
  verdict.where = hit.where;
  verdict.met = hit.outcome.met;
  if (!allowed && facts.http) verdict.status = 403;
}

/// The external providers that have a say; more than one, or one that is not there, refuses all.
bool ask_providers(const Mesh& mesh, const Policies& policies, const Facts& facts,
                   Verdict& verdict) {
  const auto custom = policies.with("CUSTOM");
  const auto& config = mesh.derived<resource::istio::MeshConfig>();
  std::string_view first;
  for (const Object* policy : custom) {
    const Node name = policy->spec.at("provider", "name");
    const bool missing = config.node() && !config.provider(name.text());
    const bool second = !first.empty() && first != name.text();
    first = name.text();
    if (!missing && !second) continue;
    verdict.allowed = false;
    verdict.by = resource_name(*policy);
    verdict.where = name ? name.where() : policy->where();
    verdict.why = missing ? fmt::format(
                                "provider `{}` is not in the mesh's configuration, which "
                                "refuses everything",
                                name.text())
                          : "the pods have policies of several providers, which refuses everything";
    if (facts.http) verdict.status = 403;
    return false;
  }
  if (const auto hit = policies.find("CUSTOM")) {
    verdict.notes.push_back(
        {fmt::format("{} {} asks provider `{}`, which may refuse", resource_name(*hit->policy),
                     hit->rule, hit->policy->spec.at("provider", "name").text()),
         hit->where});
  }
  return true;
}

void ask_policies(const Mesh& mesh, const Facts& facts, const Target& target, Verdict& verdict) {
  const Policies policies(mesh, facts, target);
  if (!ask_providers(mesh, policies, facts, verdict)) return;
  if (const auto hit = policies.find("DENY")) {
    decide(verdict, *hit, false, facts);
    verdict.why = "a DENY rule holds";
    return;
  }
  const auto allowing = policies.with("ALLOW");
  if (allowing.empty()) {
    verdict.why = "no ALLOW policy is for these pods";
    return;
  }
  if (const auto hit = policies.find("ALLOW")) {
    decide(verdict, *hit, true, facts);
    verdict.why = "an ALLOW rule holds";
    return;
  }
  verdict.allowed = false;
  verdict.by = resource_name(*allowing.front());
  verdict.where = allowing.front()->where();
  verdict.why = allowing.size() == 1
                    ? "its rules do not hold, and what no ALLOW rule names is refused"
                    : fmt::format("no rule of {} ALLOW policies holds", allowing.size());
  if (facts.http) verdict.status = 403;
  verdict.nearest = policies.nearest();
}

bool has_audience(const Claims& token, Node audiences) {
  if (audiences.size() == 0) return true;
  const auto* own = token.find({"aud"});
  if (own == nullptr) return false;
  for (const Node audience : audiences.items()) {
    if (std::find(own->begin(), own->end(), audience.text()) != own->end()) return true;
  }
  return false;
}

/// How far Envoy lets clocks be apart (jwt_authn, clock_skew_seconds), in seconds.
constexpr std::int64_t kClockSkew = 60;

/// Why the token does not hold at the caller's time; empty when it does, or nobody says the time.
std::string date_problem(const Caller& caller) {
  if (!caller.now) return {};
  const auto expires = caller.token->date("exp");
  const auto begins = caller.token->date("nbf");
  if (expires && *caller.now > *expires + kClockSkew) {
    return fmt::format("the token expired {} s ago", *caller.now - *expires);
  }
  if (begins && *caller.now + kClockSkew < *begins) {
    return fmt::format("the token is not valid for another {} s", *begins - *caller.now);
  }
  return {};
}

/// Whether a RequestAuthentication takes the token; a token that nobody looks at is no token.
enum class Token : std::uint8_t { unseen, taken, refused };

Token ask_token(const Mesh& mesh, const Caller& caller, const Target& target, Verdict& verdict) {
  bool any = false;
  for (const Object* policy : mesh.of_kind(kSecurity, "RequestAuthentication")) {
    if (!is_for(mesh, *policy, target)) continue;
    for (const Node rule : policy->spec.find("jwtRules").items()) {
      if (!any) verdict.where = rule.find("issuer").where();
      if (!any) verdict.by = resource_name(*policy);
      any = true;
      if (rule.find("issuer").text() != caller.token->text("iss")) continue;
      if (std::string problem = date_problem(caller); !problem.empty()) {
        verdict.by = resource_name(*policy);
        verdict.where = rule.find("issuer").where();
        verdict.why = std::move(problem);
        verdict.status = 401;
        continue;
      }
      if (has_audience(*caller.token, rule.find("audiences"))) {
        const Channel channel = verdict.channel;
        verdict = {};
        verdict.channel = channel;
        return Token::taken;
      }
      verdict.by = resource_name(*policy);
      verdict.where = rule.find("audiences").where();
      verdict.why = "the token is for other audiences";
      verdict.status = 403;
    }
  }
  if (!any) return Token::unseen;
  verdict.allowed = false;
  if (!verdict.status) {
    verdict.status = 401;
    verdict.why = fmt::format("no rule knows the token's issuer `{}`", caller.token->text("iss"));
  }
  return Token::refused;
}

Facts facts_of(const Mesh& mesh, const Caller& caller, const Request& request, const Target& target,
               Channel channel) {
  Facts facts;
  facts.request = &request;
  facts.http = target.http && channel != Channel::tls;
  if (channel == Channel::mutual_tls) facts.peer = caller;
  facts.ip = caller.ip;
  facts.remote_ip = caller.remote_ip.empty() ? caller.ip : caller.remote_ip;
  facts.port = target.port ? target.port : target.service_port;
  const Node config = mesh.derived<resource::istio::MeshConfig>().node();
  if (const Node own = config.find("trustDomain"); own && !own.text().empty()) {
    facts.trust_domain = std::string(own.text());
  }
  facts.trust_aliases = {facts.trust_domain, "cluster.local"};
  for (const Node alias : config.find("trustDomainAliases").items()) {
    facts.trust_aliases.emplace_back(alias.text());
  }
  return facts;
}

}  // namespace

bool is_for(const Mesh& mesh, const Object& policy, const Target& target) {
  if (has_targets(policy)) {
    if (policy.spec.find("targetRef").is_mapping() &&
        is_target(mesh, policy.spec.find("targetRef"), policy, target)) {
      return true;
    }
    for (const Node reference : policy.spec.find("targetRefs").items()) {
      if (is_target(mesh, reference, policy, target)) return true;
    }
    return false;
  }
  if (policy.scope != target.scope && policy.scope != resource::istio::root_namespace(mesh)) {
    return false;
  }
  return resource::selects(resource::labels(policy.spec.at("selector", "matchLabels")),
                           target.labels);
}

Verdict judge(const Mesh& mesh, const Caller& caller, const Request& request,
              const Target& target) {
  Verdict verdict;
  if (!target.gateway.empty()) {
    // What comes from outside brings no identity of the mesh.
    verdict.channel =
        caller.name_space.empty() || caller.plain ? Channel::plain : Channel::mutual_tls;
  } else if (!shake_hands(mesh, caller, request, target, verdict)) {
    return verdict;
  }
  if (!has_proxy(mesh, target)) {
    verdict.why = "no proxy stands in front of the pods, so nothing is enforced";
    return verdict;
  }
  Facts facts = facts_of(mesh, caller, request, target, verdict.channel);
  if (caller.token && facts.http) {
    const Token token = ask_token(mesh, caller, target, verdict);
    if (token == Token::refused) return verdict;
    if (token == Token::taken) {
      facts.token = &*caller.token;
      verdict.notes.push_back(
          {"the token's claims are taken as given: its signature is not "
           "checked",
           {}});
    }
    if (token == Token::unseen) {
      verdict.notes.push_back(
          {"no RequestAuthentication is for these pods: the token counts for "
           "nothing",
           {}});
    }
  }
  ask_policies(mesh, facts, target, verdict);
  return verdict;
}

}  // namespace meshfn::routing::istio
