#pragma once

// One rule of an Istio AuthorizationPolicy against one request, with every condition told. The
// meaning of the fields is that of Istio's generator (pilot/pkg/security/authz/model) and of
// Envoy's RBAC filter.

#include <optional>
#include <string>
#include <vector>

#include "routing/authorization/caller.h"
#include "yaml/node.h"

namespace meshfn::routing::istio {

/// What the proxy in front of the pods knows about a request. What is absent it does not know.
struct Facts {
  const Request* request = nullptr;
  bool http = true;            ///< false: a connection, of which only addresses and peer count
  std::optional<Caller> peer;  ///< only with mutual TLS
  std::string trust_domain = "cluster.local";
  std::vector<std::string> trust_aliases;  ///< names that mean `trust_domain` in policies
  std::string ip;                          ///< of the connection
  std::string remote_ip;
  const Claims* token = nullptr;  ///< checked by a RequestAuthentication
  std::optional<std::uint32_t> port;

  /// "cluster.local/ns/shop/sa/front"; absent without mutual TLS.
  std::optional<std::string> principal() const;
};

/// What is done with a rule that asks a connection for what only requests have.
enum class OnConnection : std::uint8_t {
  ignore_rule,       ///< ALLOW: the rule allows nothing
  ignore_condition,  ///< DENY, CUSTOM, AUDIT: the rest of the rule decides
};

struct RuleOutcome {
  bool holds = false;
  std::vector<Clause> met;
  std::vector<Clause> failed;  ///< of the alternative with the fewest
};

/// `rule` is an item of `spec.rules` of a policy in `scope`.
RuleOutcome judge_rule(const Facts& facts, yaml::Node rule, std::string_view scope,
                       OnConnection on_connection);

/// Whether a request path is meant by `pattern`: `{*}` is one segment, `{**}` any number of them,
/// a `*` at an end is anything.
bool path_matches(std::string_view pattern, std::string_view path);

/// Whether `text` is meant by `pattern`: exact, `prefix*`, `*suffix`, or `*` for any that is there.
bool text_matches(std::string_view pattern, std::string_view text);

}  // namespace meshfn::routing::istio
