#pragma once

// routes.yaml (kind Routes): what a team wants of the traffic to one service, in one page and
// without the words of any mesh. Each mesh's renderer turns it into its own resources.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "diagnostic/diagnostic.h"
#include "source/file.h"
#include "yaml/node.h"

namespace meshfn::render {

using IntentDuration = std::chrono::nanoseconds;

/// A text to compare with: `v` exactly, `v*` by its beginning, `~v` by an RE2 regex, `*` any, and
/// `!` before one of them its opposite. A path `/a/*` stands for `/a` and everything below it.
struct Pattern {
  enum class Kind : std::uint8_t { exact, prefix, path_prefix, regex, present };
  Kind kind = Kind::exact;
  std::string text;
  bool negated = false;
};

using NamedPatterns = std::vector<std::pair<std::string, Pattern>>;

/// Conditions that must all hold.
struct IntentMatch {
  std::optional<Pattern> path;
  std::optional<Pattern> method;
  NamedPatterns headers;
  NamedPatterns query;
  std::vector<std::pair<std::string, std::string>> from;  ///< labels of the caller
};

/// A version or another service, and its part of the traffic.
struct Share {
  std::string version;  ///< of this service; empty: `host`
  std::string host;     ///< another service
  std::optional<std::uint32_t> port;
  std::uint32_t weight = 0;
  source::Location where;
};

/// How many retries may be under way: a part of the active requests, but at least some.
struct IntentBudget {
  double percent = 20;
  std::optional<std::uint32_t> at_least;
};

struct IntentRetries {
  std::uint32_t attempts = 0;
  std::optional<IntentDuration> per_try;
  std::vector<std::string> on;
  std::optional<IntentBudget> budget;  ///< of the whole service, so only of its own retries
};

struct IntentFault {
  std::optional<IntentDuration> delay;
  double delay_percent = 100;
  std::optional<std::uint32_t> abort;
  double abort_percent = 100;
};

struct IntentMirror {
  Share to;
  double percent = 100;
};

struct IntentRedirect {
  std::string path;
  std::string host;
  std::string scheme;
  std::uint32_t code = 301;
};

/// What is done with the requests of a rule, or of all rules that say nothing else.
struct IntentActions {
  std::optional<IntentDuration> timeout;
  std::optional<IntentRetries> retries;
  std::optional<IntentFault> fault;
  std::optional<IntentMirror> mirror;
};

struct IntentRule {
  std::string name;
  std::vector<IntentMatch> matches;  ///< one of them must hold; empty: every request
  std::vector<Share> to;             ///< empty: the versions by their weights
  IntentActions actions;
  std::string rewrite;  ///< path that replaces the matched one; empty: none
  std::optional<IntentRedirect> redirect;
  source::Location where;
};

/// A variant of the service, told apart by labels of its pods.
struct Version {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  std::uint32_t weight = 0;
  source::Location where;
};

/// A version that takes over step by step.
struct Canary {
  std::string version;
  std::vector<std::uint32_t> steps;  ///< percent of what no rule takes
  std::uint32_t now = 0;             ///< the step that counts, from 1; 0: before the first
};

/// When an endpoint is taken out, and where its region's traffic goes.
struct Failover {
  std::uint32_t after = 5;                          ///< failures in a row
  IntentDuration every = std::chrono::seconds(10);  ///< how often it is looked at
  IntentDuration out_for = std::chrono::seconds(30);
  std::uint32_t at_most = 100;                               ///< percent of the endpoints
  std::vector<std::pair<std::string, std::string>> regions;  ///< from one region to another
};

/// Limits of each calling proxy; absent: none.
struct Limits {
  std::optional<std::uint32_t> connections;
  std::optional<std::uint32_t> pending;
  std::optional<std::uint32_t> requests;
  std::optional<IntentDuration> connect_timeout;
};

/// How endpoints are chosen.
struct Balance {
  std::string policy;       ///< least-request, round-robin, random; empty: the mesh's own
  std::string hash_header;  ///< one of the three: the same value goes to the same endpoint
  std::string hash_cookie;
  bool hash_source = false;
};

/// One document of kind Routes.
struct Intent {
  std::string name;
  std::string name_space;
  std::string service;                ///< host behind the versions; the name by default
  std::vector<std::string> hosts;     ///< the service by default
  std::vector<std::string> gateways;  ///< also reachable from outside through these
  bool inside = true;                 ///< reachable inside the mesh
  std::optional<std::uint32_t> port;
  std::vector<Version> versions;  ///< with the weights of the canary's step
  std::optional<Canary> canary;
  std::vector<IntentRule> rules;
  IntentActions actions;
  std::optional<Failover> failover;
  std::optional<Limits> limits;
  Balance balance;
  std::string mtls;  ///< mesh, off; empty: the mesh's own
  source::Location where;
};

/// Gives the canary the part of its step; the other versions share the rest as they did before.
void apply(const Canary& canary, std::vector<Version>& versions);

/// Whether `root` is a document of kind Routes.
bool is_intent(yaml::Node root);

/// Reads one document; what is wrong is appended to `problems`. REQUIRES: is_intent(root).
Intent read_intent(yaml::Node root, std::vector<diagnostic::Diagnostic>& problems);

}  // namespace meshfn::render
