#pragma once

// Endpoints that come and go: a HorizontalPodAutoscaler's arithmetic, the steps of a rolling
// update, and what a scenario says about both. Pure functions; `fleet_side.cpp` plays them.
//
// Sources: Kubernetes, "Horizontal Pod Autoscaling" (algorithm details, scaling behaviour) and
// pkg/controller/podautoscaler; "Deployments" (rolling update) and pkg/controller/deployment.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "simulate/locality.h"
#include "simulate/variate.h"

namespace meshfn::simulate {

/// How fast an autoscaler may go in one direction.
struct ScalingRules {
  /// At most so much in `period`, as a share of what was there at its start or as a number.
  struct Limit {
    double share = 0;  ///< 0: `count` counts
    std::uint32_t count = 0;
    Time period = 15 * kSecond;
  };

  enum class Select : std::uint8_t { most, least, disabled };

  Time window = 0;  ///< stabilization: the most careful answer of so long counts
  Select select = Select::most;
  std::vector<Limit> limits;  ///< empty: no limit

  /// Kubernetes' defaults: up at once, the double or 4 more in 15 s.
  static ScalingRules up();
  /// Down after 5 minutes, then at once.
  static ScalingRules down();
};

/// A HorizontalPodAutoscaler.
struct AutoscaleSpec {
  enum class Metric : std::uint8_t {
    utilization,  ///< of the concurrency or processors, mean over ready endpoints (0-1)
    concurrency,  ///< requests at one endpoint, waiting ones included
    rate          ///< requests per second that arrive at one endpoint
  };

  std::uint32_t least = 1;
  std::uint32_t most = 10;
  Metric metric = Metric::utilization;
  double target = 0.8;
  Time interval = 15 * kSecond;
  double tolerance = 0.1;
  ScalingRules up = ScalingRules::up();
  ScalingRules down = ScalingRules::down();
};

/// What decides how many endpoints a workload has, over time.
class Autoscaler {
 public:
  explicit Autoscaler(const AutoscaleSpec& spec) : spec_(&spec) {}

  /// What the autoscaler sees.
  struct View {
    std::uint32_t ready = 0;
    std::uint32_t starting = 0;  ///< wanted, and not ready yet
    double value = 0;            ///< of the metric, mean over the ready ones
  };

  /// How many it wants at `now`; remembers what it did. Call at every interval.
  std::uint32_t decide(Time now, const View& view);

 private:
  struct Moment {
    Time at;
    std::uint32_t wanted;
  };

  /// A change that was made: positive upwards.
  struct Step {
    Time at;
    std::int64_t change;
  };

  std::uint32_t recommend(const View& view) const;
  std::uint32_t stabilize(Time now, std::uint32_t current, std::uint32_t wanted);
  std::int64_t changed_within(Time now, Time period, bool up) const;
  std::uint32_t limited(Time now, std::uint32_t current, std::uint32_t wanted) const;

  const AutoscaleSpec* spec_;
  std::deque<Moment> moments_;
  std::deque<Step> steps_;
};

/// A number of pods, or a share of all of them.
struct PodCount {
  double share = 0.25;
  std::optional<std::uint32_t> count;

  /// Shares of a surge are rounded up, those of what may be missing down.
  std::uint32_t of(std::uint32_t all, bool up) const;
};

/// What a Deployment's controller sees and does next.
struct RolloutView {
  std::uint32_t wanted = 0;   ///< replicas
  std::uint32_t fresh = 0;    ///< new ones, ready or starting
  std::uint32_t ready = 0;    ///< new ones that are ready
  std::uint32_t old = 0;      ///< old ones that are not told to stop
  std::uint32_t surge = 0;    ///< how many more than `wanted` may exist
  std::uint32_t missing = 0;  ///< how many fewer may be ready
};

struct RolloutStep {
  std::uint32_t start = 0;  ///< new ones to start
  std::uint32_t stop = 0;   ///< old ones to stop
};

/// The next step of a rolling update; nothing when it has to wait.
RolloutStep next_step(const RolloutView& view);

/// One planned change of what runs, or of who gets the traffic.
struct ChangeSpec {
  /// Endpoints with labels `from` are replaced by those with labels `to`.
  struct Rollout {
    std::string service;
    Labels from;  ///< empty: all of the service
    Labels to;    ///< empty: by new ones of the same kind
    PodCount surge;
    PodCount unavailable;
  };

  /// A subset's share of the traffic, step by step.
  struct Canary {
    struct Step {
      double weight;  ///< 0-1
      Time length;    ///< of the last one: until the end if 0
    };

    std::string service;
    std::string subset;
    std::vector<Step> steps;
  };

  std::optional<Rollout> rollout;
  std::optional<Canary> canary;
};

/// What one fleet did. The extremes are of its whole service, seen when this fleet changed.
struct FleetRecord {
  std::uint64_t started = 0;  ///< by an autoscaler or a rollout
  std::uint64_t stopped = 0;
  std::uint64_t most = 0;   ///< ready ones, at most
  std::uint64_t least = 0;  ///< ready ones, at least
  Time ready = 0;           ///< time in which endpoints were ready, summed

  void merge(const FleetRecord& other);
};

}  // namespace meshfn::simulate
