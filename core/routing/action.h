#pragma once

// What a route does with a request. Plain data without dialect: every value knows the place it was
// written at, and a value without a place is the mesh's default.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "source/file.h"

namespace meshfn::routing {

using Duration = std::chrono::nanoseconds;

/// A value and where it was written.
template <class T>
struct Sourced {
  T value{};
  source::Location where;

  bool is_default() const { return where.file == nullptr; }
};

/// One header operation.
struct HeaderChange {
  enum class Op : std::uint8_t { set, add, remove };
  Op op = Op::set;
  bool response = false;
  std::string name;
  std::string value;
  source::Location where;
};

/// One backend of a route.
struct Destination {
  std::string host;                   ///< complete: `reviews.prod.svc.cluster.local`
  std::string subset;                 ///< empty: the whole service
  std::optional<std::uint32_t> port;  ///< absent: the port that was asked for
  std::uint32_t weight = 0;           ///< as it counts: 0 takes nothing, alone it is 100
  source::Location where;
  std::vector<HeaderChange> headers = {};  ///< for this backend only
  std::string broken = {};  ///< why its share is answered with 500; empty when it is not
};

/// An immediate 3xx.
struct Redirect {
  std::string scheme;            ///< empty: as asked
  std::string authority;         ///< empty: as asked
  std::string path;              ///< replaces the path, or the matched prefix
  bool replaces_prefix = false;  ///< `path` replaces only the matched prefix
  std::optional<std::uint32_t> port;
  std::uint32_t code = 301;
  source::Location where;
  bool drops_port = false;  ///< the port asked for does not go into the answer (Gateway API)
};

/// An immediate answer.
struct DirectResponse {
  std::uint32_t status = 0;
  std::string body;
  source::Location where;
};

/// A change of the request before it is sent on.
struct Rewrite {
  std::string authority;  ///< empty: kept
  std::optional<std::string> path;
  bool replaces_prefix = false;  ///< `path` replaces the matched prefix, else the whole path
  std::string regex;             ///< RE2; `substitution` replaces what it matches
  std::string substitution;
  source::Location where;
};

/// A copy of the request whose response nobody waits for.
struct Mirror {
  Destination to;
  double percent = 100;
  source::Location where;
};

/// Faults injected by the calling proxy before the request leaves it.
struct Fault {
  struct Delay {
    Duration fixed{};
    double percent = 100;
  };

  struct Abort {
    std::uint32_t http_status = 0;  ///< 0 when `grpc_status` is set
    std::string grpc_status;
    double percent = 100;
  };

  std::optional<Delay> delay;
  std::optional<Abort> abort;
  source::Location where;
};

/// Linkerd's limit of retries in place of a count: a share of the requests and a floor.
struct RetryBudget {
  double ratio = 0.2;
  std::uint32_t per_second = 10;
  Duration window{};
  source::Location where;
};

/// Retries by the calling proxy. Istio's `attempts` counts retries, not requests.
struct Retries {
  Sourced<std::uint32_t> attempts;
  Sourced<std::string> on;                   ///< Envoy's classes, comma-separated
  Sourced<std::optional<Duration>> per_try;  ///< absent: no limit
  Sourced<std::optional<Duration>> backoff;  ///< base interval; absent: Envoy's 25 ms
  Sourced<bool> ignore_previous_hosts;
  Sourced<bool> remote_localities;
  std::optional<RetryBudget> budget = {};  ///< then `attempts` only says that there are retries
};

/// Cross-origin policy, as far as it is shown.
struct Cors {
  std::vector<std::string> allow_origins;  ///< described patterns
  std::vector<std::string> allow_methods;
  std::vector<std::string> allow_headers;
  std::vector<std::string> expose_headers;
  std::optional<Duration> max_age;
  std::optional<bool> allow_credentials;
  source::Location where;
};

}  // namespace meshfn::routing
