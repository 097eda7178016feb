#pragma once

// From what people already have, who calls whom, to a scenario to start from: Jaeger's dependency
// JSON, the answer of a Prometheus query over Istio's or OpenTelemetry's edge metrics, Kubernetes
// manifests, and docker-compose. None of them knows concurrency, and only some know rates: what is
// assumed stands in the scenario as comments.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/value.h"

namespace meshfn::simulate {

/// Calls from one service to another. An empty `from` is the world outside.
struct TopologyEdge {
  std::string from;
  std::string to;
  double weight = 0;  ///< calls, in number or per second
};

/// What is known of a service besides who calls it.
struct TopologyService {
  /// How long requests take at it, calls included: milliseconds and how many.
  struct Duration {
    double milliseconds;
    double weight;
  };

  std::uint16_t port = 80;
  std::vector<Duration> durations;
  yaml::Value workloads;  ///< as a scenario has them; null: assumed
};

struct Topology {
  std::vector<std::string> services;                            ///< sorted
  std::vector<TopologyEdge> edges;                              ///< by their names, each pair once
  bool rates = false;                                           ///< weights are per second
  std::map<std::string, TopologyService, std::less<>> details;  ///< of some services
  std::vector<std::string> notes;                               ///< for a person
};

/// Reads `text`, whose kind is seen from its contents. `path` is for messages.
Result<Topology> read_topology(std::string_view text, const std::string& path);

/// Kubernetes manifests: Deployments behind Services, with replicas, zones and ports; calls are
/// guessed from environment variables that name a Service.
Result<Topology> topology_of_kubernetes(std::string_view text, const std::string& path);

/// The queries whose answers make a topology: rates by caller and callee, and the buckets of
/// durations by callee. `range` is that of `rate()`, as in "5m".
std::string rates_query(std::string_view range);
std::string durations_query(std::string_view range);

/// Adds the durations of a Prometheus answer to `durations_query` to services that are there.
/// `path` is for messages.
Result<void> add_durations(Topology& topology, std::string_view text, const std::string& path);

/// A scenario that `simulate` reads. `rate` is the load in requests per second where the topology
/// has none. Of a cycle the rarest call is left out and named in a
/// comment.
std::string to_scenario(const Topology& topology, const std::string& name, double rate);

}  // namespace meshfn::simulate
