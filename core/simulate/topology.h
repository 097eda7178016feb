#pragma once

// From what people already have, who calls whom, to a scenario to start from: Jaeger's dependency
// JSON, the answer of a Prometheus query over Istio's or OpenTelemetry's edge metrics, and
// docker-compose. None of them knows concurrency, and only some know rates: what is assumed stands
// in the scenario as comments.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace meshfn::simulate {

/// Calls from one service to another. An empty `from` is the world outside.
struct TopologyEdge {
  std::string from;
  std::string to;
  double weight = 0;  ///< calls, in number or per second
};

struct Topology {
  std::vector<std::string> services;  ///< sorted
  std::vector<TopologyEdge> edges;    ///< by their names, each pair once
  bool rates = false;                 ///< weights are per second
  std::vector<std::string> notes;     ///< what was left out, for a person
};

/// Reads `text`, whose kind is seen from its contents. `path` is for messages.
Result<Topology> read_topology(std::string_view text, const std::string& path);

/// A scenario that `simulate` reads. `rate` is the load in requests per second where the topology
/// has none. Of a cycle the rarest call is left out and named in a
/// comment.
std::string to_scenario(const Topology& topology, const std::string& name, double rate);

}  // namespace meshfn::simulate
