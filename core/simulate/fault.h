#pragma once

// What goes wrong in a scenario: where, when and how. Read from YAML and `--fail` by
// `fault_reader.cpp`, aimed at endpoints and links by `world_faults.cpp`, played by
// `fault_side.cpp`.

#include <cstdint>
#include <optional>
#include <string>

#include "simulate/locality.h"
#include "simulate/time.h"

namespace meshfn::simulate {

/// One fault. It hits what all the given parts of its target fit.
struct FaultSpec {
  enum class Effect : std::uint8_t {
    down,         ///< connections are refused, requests in work are lost
    unreachable,  ///< packets to and from it are swallowed, also those of its neighbours
    slow,         ///< `amount` times the service time; of a link, of its latency
    errors,       ///< `amount` of the requests (0-1) are answered 500
    partition,    ///< no packet passes between what it hits and everything else
    loss,         ///< `amount` of the packets (0-1) are lost, and sent again after a timeout
    restart,      ///< down, then `amount` times slower, less and less for `warm`
    capacity,     ///< only `amount` (0-1) of the concurrency, or of the processors, is left
    change        ///< nothing breaks: `change` happens, as planned
  };

  /// The way between two places, each a zone (`region/zone`) or a whole region.
  struct Link {
    std::string from;
    std::string to;
    bool both_ways = true;
  };

  std::string name;
  Time at = 0;
  Time length = 0;
  std::string zone;
  std::string region;
  std::string service;
  std::string endpoint;
  Labels labels;
  std::optional<Link> link;
  bool control_plane = false;  ///< clients are told nothing of endpoints that come or go
  Effect effect = Effect::down;
  double amount = 0;
  Time warm = 0;             ///< of `restart`
  std::uint32_t change = 0;  ///< place in Scenario::changes; of `change`
  std::string where;         ///< "path:line:column", for messages; may be empty

  /// Whether endpoints that it hits answer nobody, so that the control plane takes them out.
  bool kills() const {
    return effect == Effect::down || effect == Effect::unreachable || effect == Effect::restart ||
           effect == Effect::partition;
  }

  /// Whether it is aimed at single endpoints and not at whole places.
  bool picks_endpoints() const { return !service.empty() || !endpoint.empty() || !labels.empty(); }

  /// Whether it works on the way between places.
  bool on_links() const {
    if (link) return true;
    return !picks_endpoints() && (effect == Effect::partition || effect == Effect::loss);
  }
};

}  // namespace meshfn::simulate
