#pragma once

// One run of a world: an event loop over requests (what a caller wants), attempts (one try of it,
// living on until the server is done with it) and endpoints. The class is split over files by
// whose view they take: simulation.cpp (loop), client_side.cpp, server_side.cpp and
// fault_side.cpp. Equal worlds and seeds give equal recordings.

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "simulate/arrivals.h"
#include "simulate/processor_share.h"
#include "simulate/recording.h"
#include "simulate/upstream.h"
#include "simulate/world.h"

namespace meshfn::simulate {

class Simulation {
 public:
  /// `world` outlives the simulation.
  Simulation(const World& world, std::uint64_t seed);

  /// Runs to the end of the scenario. Call once.
  Recording run();

 private:
  enum Kind : unsigned {
    kArrival,
    kAtServer,
    kServiceDone,
    kAnswer,
    kTryTimeout,
    kRouteTimeout,
    kRetry,
    kTick,
    kFault,
    kDiscovery,
    kSample,
    kPauseDone,
    kDelayed,
    kConnected,
    kHealthCheck,
    kShareDone,
    kProbe,
    kReconnect,
    kFailfast
  };

  enum class State : std::uint8_t { waiting, sending, queued, serving, calling, answering, lost };

  /// What everyone reads fills the first cache line.
  struct alignas(64) Request {
    Time started;
    const Plan* plan;
    std::uint32_t generation = 0;
    std::uint32_t upstream;
    std::uint32_t proxy;
    std::uint32_t attempt;  ///< kNone between attempts
    std::uint32_t parent;   ///< attempt whose server makes this call; kNone at the edge
    std::uint32_t parent_generation;
    std::uint32_t client;   ///< kNone for calls between services
    std::uint16_t segment;  ///< kUncounted during the warm-up
    std::uint8_t worker;
    std::uint8_t retries_left;
    std::uint8_t attempts;
    std::uint8_t tried_count;
    bool holds_retry;  ///< counted in the upstream's active retries
    bool mirrored;     ///< a copy whose answer nobody waits for
    bool optional;
    std::array<std::uint32_t, 6> tried;
    /// Attempts that timed out and still run, of routes that hedge.
    std::array<std::uint32_t, 3> hedged;
    std::uint8_t hedged_count;
    bool retry_pending;
    bool queued;                ///< waits for a host in the client's queue
    std::uint16_t parent_step;  ///< of the script that made this call
    std::uint64_t hash;
  };

  struct alignas(64) Attempt {
    Time sent;
    Time arrived;
    Time begun;
    std::uint32_t generation = 0;
    std::uint32_t request;  ///< kNone once the caller gave up
    std::uint32_t endpoint;
    std::uint32_t host;
    std::uint32_t next;  ///< in the endpoint's queue
    std::uint32_t zone;  ///< the caller's
    std::uint16_t step;
    std::uint16_t open_calls;
    std::uint16_t failed_calls;
    std::uint16_t good_calls;
    Outcome outcome;
    State state = State::lost;
    bool alive = false;
    bool starting;  ///< the calls of a step are just being made
  };

  /// One cache line, as its record: with many endpoints, fetching them is most of the work.
  struct alignas(64) Endpoint {
    Random random;
    const WorkloadInfo* workload;
    std::uint32_t busy = 0;
    std::uint32_t queued = 0;
    std::uint32_t head = kNone;
    std::uint32_t tail = kNone;
    std::uint32_t zone = 0;
    std::uint8_t down = 0;         ///< faults that refuse connections
    std::uint8_t unreachable = 0;  ///< faults that swallow packets
    std::uint8_t slowed = 0;       ///< faults that slow it down: see `degraded_`
    std::uint8_t failing = 0;      ///< faults that let it fail
  };

  /// What faults make of an endpoint.
  struct Degraded {
    double slow = 1;
    double errors = 0;
  };

  struct Client {
    Random random;
    ArrivalProcess process;
    std::uint32_t load;
    std::uint32_t proxy;
    bool closed;  ///< a closed loop: the next request follows the end of this one
  };

  static constexpr std::uint16_t kUncounted = 0xFFFF;
  static constexpr std::uint32_t kMostInFlight = 4'000'000;
  /// A worker (below 256) and a host (below 10 million) share one number of an event.
  static constexpr std::uint32_t kHostBits = 24;
  static constexpr std::uint32_t kHostMask = (1U << kHostBits) - 1;

  // simulation.cpp
  void build_upstreams(std::uint64_t seed);
  void build_servers();
  void schedule_first_events();
  void handle(const Event& event);
  void fetch_upcoming() const;
  void after(const Delay& delay, Random& random, Kind kind, std::uint32_t target,
             std::uint32_t check);
  void log(std::string_view kind, std::string text);
  void close_window();
  void finish_recording();

  // client_side.cpp
  /// `connection` is 0, or one more than the worker that the user's connection belongs to.
  void on_arrival(std::uint32_t client, std::uint32_t connection);
  std::uint32_t open_request(std::uint32_t proxy, const Plan& plan);
  void begin(std::uint32_t request);
  void admit(std::uint32_t request);
  void send_mirror(const Request& request);
  void start_attempt(std::uint32_t request);
  std::uint32_t choose_host(Request& request, Upstream& upstream);
  void dispatch(std::uint32_t attempt);
  void on_answer(std::uint32_t attempt);
  void judge_host(Request& request, std::uint32_t host, const Outcome& outcome);
  void connect(std::uint32_t upstream, std::uint32_t worker, std::uint32_t host);
  void on_connected(std::uint32_t upstream, std::uint32_t worker, std::uint32_t host);
  void release_connection(Upstream& upstream, const Request& request, std::uint32_t host);
  void abandon(std::uint32_t request, const Outcome& outcome);
  void let_go(Request& request, std::uint32_t attempt, const Outcome* judgement);
  void schedule_retry(std::uint32_t request);
  void hedge(std::uint32_t request);
  void end_hedged(std::uint32_t request, const Outcome& outcome);
  void end_attempt(std::uint32_t request, const Outcome& outcome);
  bool may_retry(Request& request, const Outcome& outcome);
  void on_try_timeout(std::uint32_t attempt);
  void on_route_timeout(std::uint32_t request);
  void finish(std::uint32_t request, const Outcome& outcome);

  // waiting_side.cpp
  void wait_for_host(std::uint32_t request);
  void wake(std::uint32_t upstream);
  void on_failfast(std::uint32_t upstream, std::uint32_t wait);
  void leave_queue(std::uint32_t request);
  void judge_gate(const Request& request, std::uint32_t host, const Outcome& outcome);
  void on_probe(std::uint32_t upstream, std::uint32_t host);
  void on_reconnect(std::uint32_t upstream, std::uint32_t host);

  // server_side.cpp
  void on_at_server(std::uint32_t attempt);
  void serve(std::uint32_t attempt, Endpoint& endpoint);
  void start_function(std::uint32_t attempt, Endpoint& endpoint);
  void on_service_done(std::uint32_t attempt);
  void run_step(std::uint32_t attempt);
  void start_call(std::uint32_t attempt, const Command& command);
  void call_done(std::uint32_t attempt, std::uint16_t step, bool failed, bool optional);
  void end_step(std::uint32_t attempt);
  bool over_limit(std::uint32_t endpoint);
  void share_processors(std::uint32_t attempt, Endpoint& endpoint);
  void on_share_done(std::uint32_t endpoint);
  void schedule_share(std::uint32_t endpoint);
  void conclude(std::uint32_t attempt, const Outcome& outcome);
  void free_slot(Endpoint& endpoint, const Attempt& attempt);

  double slowness(std::uint32_t id) const {
    return endpoints_[id].slowed == 0 ? 1 : degraded_.at(id).slow;
  }

  double errors(std::uint32_t id) const {
    const Endpoint& endpoint = endpoints_[id];
    return endpoint.failing == 0 ? endpoint.workload->spec->errors : degraded_.at(id).errors;
  }

  void respond(std::uint32_t attempt, const Outcome& outcome);

  // fault_side.cpp
  void on_fault(std::uint32_t fault, bool begins);
  void change(std::uint32_t fault, std::uint32_t endpoint, bool begins);
  void break_connections(std::uint32_t fault);
  void deliver_lost(std::uint32_t fault);
  void on_discovery(std::uint32_t fault, bool removed);
  void on_tick(std::uint32_t upstream);
  void on_health_check(std::uint32_t upstream, std::uint32_t host);
  void note_detection(std::uint32_t endpoint);

  const World& world_;
  EventQueue queue_;
  Time now_ = 0;
  std::uint16_t segment_ = kUncounted;  ///< of now
  std::size_t next_segment_ = 0;
  Time segment_end_ = 0;
  Pool<Request> requests_;
  Pool<Attempt> attempts_;
  std::vector<Endpoint> endpoints_;
  std::unordered_map<std::uint32_t, Degraded> degraded_;  ///< by endpoint
  /// Functions: since when each idle environment of an endpoint has been idle.
  std::vector<std::vector<Time>> idle_;
  std::vector<ProcessorShare> shares_;    ///< by endpoint; only when some share processors
  std::vector<TokenBucket> buckets_;      ///< of rate limits
  std::vector<std::uint32_t> bucket_of_;  ///< by endpoint; only with rate limits
  std::vector<std::vector<std::uint32_t>> everyones_;  ///< by cluster: see Policy::sees_all
  std::vector<LoadMeter> meters_;  ///< by endpoint; only when some balancer listens
  std::vector<Upstream> upstreams_;
  std::vector<std::uint32_t> upstream_proxy_;  ///< whose view each upstream is
  std::vector<Random> proxy_random_;
  std::vector<Client> clients_;
  std::vector<std::vector<std::uint32_t>> upstreams_of_cluster_;
  std::vector<bool> fault_active_;
  Histogram window_latency_;
  Window window_;
  Recording record_;
};

}  // namespace meshfn::simulate
