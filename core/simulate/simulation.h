#pragma once

// One run of a world: an event loop over requests (what a caller wants), attempts (one try of it,
// living on until the server is done with it) and endpoints. The class is split over files by
// whose view they take: simulation.cpp (loop), client_side.cpp, server_side.cpp and
// fault_side.cpp. Equal worlds and seeds give equal recordings.

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "simulate/arrivals.h"
#include "simulate/function_state.h"
#include "simulate/function_turn.h"
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
    kFailfast,
    kFleet,
    kFunction
  };

  /// What a kFleet event is about, in the low bits of its check; of an endpoint, with its turn
  /// above them, or of a fleet.
  enum FleetNews : std::uint32_t { kIsReady, kIsKnown, kIsForgotten, kIsGone, kIsSampled };

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
    bool degraded = false;         ///< a fault makes it worse: see `degraded_`
  };

  /// What faults make of an endpoint.
  struct Degraded {
    double slow = 1;
    double errors = 0;
    double loss = 0;
    double capacity = 1;
    double cold = 1;  ///< further slowness of a restart, which ends with `warm_at`
    Time cold_from = 0;
    Time warm_at = 0;

    double slowness(Time now) const {
      if (now >= warm_at) return slow;
      const double left =
          static_cast<double>(warm_at - now) / static_cast<double>(warm_at - cold_from);
      return slow * (1 + (cold - 1) * left);
    }
  };

  /// What faults make of the way from one zone to another.
  struct LinkState {
    bool cut = false;
    double loss = 0;
    double slow = 1;
  };

  /// News of endpoints that the control plane could not tell, as the event that it came by.
  struct HeldNews {
    Kind kind;
    std::uint32_t target;
    std::uint32_t check;
  };

  /// Where an endpoint of a fleet stands.
  struct Life {
    enum class Phase : std::uint8_t { absent, starting, ready, draining };

    Phase phase = Phase::ready;
    bool known = true;       ///< clients were told of it, and not yet that it stops
    std::uint32_t turn = 0;  ///< counts the changes, so that late news are told apart
    Time ready_since = 0;
  };

  /// A workload whose endpoints come and go.
  struct Fleet {
    const FleetInfo* info = nullptr;
    std::optional<Autoscaler> autoscaler;
    std::uint32_t ready = 0;
    std::uint32_t starting = 0;
    std::vector<std::uint32_t> live;  ///< starting or ready, by zone
    std::uint32_t samples = 0;        ///< since the autoscaler decided last
    double sum = 0;                   ///< of what was seen in them
    std::uint64_t arrivals = 0;       ///< since then
  };

  struct Client {
    Random random;
    ArrivalProcess process;
    std::uint32_t load;
    std::uint32_t proxy;
    bool closed;  ///< a closed loop: the next request follows the end of this one
  };

  static constexpr std::uint16_t kUncounted = 0xFFFF;
  // What a kFault event is about.
  static constexpr std::uint32_t kEnds = 0;
  static constexpr std::uint32_t kBegins = 1;
  static constexpr std::uint32_t kWarm = 2;
  static constexpr std::uint32_t kMostInFlight = 4'000'000;
  /// A worker (below 256) and a host (below 10 million) share one number of an event.
  static constexpr std::uint32_t kHostBits = 24;
  static constexpr std::uint32_t kHostMask = (1U << kHostBits) - 1;
  /// Beside the host of a kHealthCheck event: the check's timeout is over.
  static constexpr std::uint32_t kTimedOut = 1U << kHostBits;

  // simulation.cpp
  void build_upstreams(std::uint64_t seed);
  void build_servers();
  void schedule_first_events();
  void handle(const Event& event);
  void fetch_upcoming() const;
  /// As the queue's `schedule_unlikely`, for the timeout of an attempt or a request.
  void schedule_timeout(Ring ring, Time length, Kind kind, std::uint32_t target,
                        std::uint32_t generation);
  void after(const Delay& delay, Random& random, Kind kind, std::uint32_t target,
             std::uint32_t check);
  void after_drawn(const Delay& delay, double factor, double loss, Random& random, Kind kind,
                   std::uint32_t target, std::uint32_t check);
  void travel(const Attempt& attempt, bool back, Random& random, Kind kind, std::uint32_t target,
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
  void send_mirrors(std::uint32_t request);
  void send_mirror(const Request& request, std::uint32_t mirror);
  void start_attempt(std::uint32_t request);
  std::uint32_t choose_host(Request& request, Upstream& upstream);
  void dispatch(std::uint32_t attempt);
  void on_answer(std::uint32_t attempt);
  void judge_host(Request& request, std::uint32_t host, const Outcome& outcome);
  void connect(std::uint32_t upstream, std::uint32_t worker, std::uint32_t host);
  void on_connected(std::uint32_t upstream, std::uint32_t worker, std::uint32_t host);
  /// REQUIRES: the request's upstream counts its connections.
  void release_connection(const Request& request, std::uint32_t connection, std::uint32_t host,
                          Leave leave);
  void dispatch_on(std::uint32_t connection, std::uint32_t attempt);

  /// The counted connection that carries the attempt; kNone when none does.
  std::uint32_t connection_of(std::uint32_t attempt) const {
    return attempt < connections_of_.size() ? connections_of_[attempt] : kNone;
  }

  /// Sends the attempts in line that connections have room for.
  void send_waiting(Upstream& upstream, std::uint32_t worker, std::uint32_t host);
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

  void take_next(Endpoint& endpoint);
  void join_queue(std::uint32_t attempt, Endpoint& endpoint);
  std::uint32_t leave_queue_of(Endpoint& endpoint);
  std::uint32_t reduced_limit(std::uint32_t endpoint) const;

  double slowness(std::uint32_t id) const {
    return endpoints_[id].degraded ? degraded_.at(id).slowness(now_) : 1;
  }

  double errors(std::uint32_t id) const {
    const Endpoint& endpoint = endpoints_[id];
    return endpoint.degraded ? degraded_.at(id).errors : endpoint.workload->spec->errors;
  }

  /// How many requests the endpoint serves at once, as it is now.
  std::uint32_t limit(std::uint32_t id, const Endpoint& endpoint) const {
    return endpoint.degraded ? reduced_limit(id) : endpoint.workload->concurrency();
  }

  void respond(std::uint32_t attempt, const Outcome& outcome);

  // fleet_side.cpp
  void build_fleets();
  void on_fleet(std::uint32_t target, std::uint32_t check);
  void start_endpoints(std::uint32_t fleet, std::uint32_t count);
  void stop_endpoints(std::uint32_t fleet, std::uint32_t count);
  std::uint32_t next_to_start(const Fleet& fleet) const;
  std::uint32_t next_to_stop(const Fleet& fleet) const;
  void schedule_news(std::uint32_t endpoint, Time wait, FleetNews news);
  void on_ready(std::uint32_t endpoint);
  void on_gone(std::uint32_t endpoint);
  void tell_clients(std::uint32_t endpoint, bool known);
  void leave_service(std::uint32_t endpoint);
  void note_size(std::uint32_t fleet);
  std::uint32_t service_size(std::uint32_t fleet) const;
  void sample(std::uint32_t fleet);
  void scale(std::uint32_t fleet);
  void begin_change(std::uint32_t change);
  void roll_on(std::uint32_t change);
  void finish_fleets();

  bool is_there(std::uint32_t endpoint) const {
    return lives_.empty() || lives_[endpoint].phase == Life::Phase::ready;
  }

  // function_side.cpp, event_side.cpp, source_side.cpp: see function_turn.h
  void build_functions(std::uint64_t seed);
  void on_function(std::uint32_t target, std::uint32_t check);
  void plan(FunctionTurn turn, Time at, std::uint32_t target, std::uint32_t check);
  void start_function(std::uint32_t attempt, Endpoint& endpoint);
  Refusal admit_to(FunctionPool& pool, bool new_request);
  void refuse(std::uint32_t attempt, FunctionPool& pool, Refusal why);
  void wait_for_environment(std::uint32_t attempt, Endpoint& endpoint, FunctionPool& pool);
  bool start_environment(FunctionPool& pool, Refusal& why);
  void start_environments(FunctionPool& pool);
  void serve_waiting(FunctionPool& pool);
  void execute(std::uint32_t attempt, std::uint32_t environment);
  void leave_function(const Attempt& attempt);
  void bill(FunctionPool& pool, const Attempt& attempt);
  void clear_function(std::uint32_t endpoint);
  void on_environment(std::uint32_t pool, std::uint32_t ticket);
  void on_waited(std::uint32_t attempt);
  void on_timed_out(std::uint32_t attempt);
  void on_unanswered(std::uint32_t attempt);
  void accept_event(std::uint32_t attempt);
  void invoke(std::uint32_t endpoint, std::uint32_t tag);
  void invoke_event(std::uint32_t event);
  void on_invoked(std::uint32_t attempt, const Outcome& outcome);
  void end_event(std::uint32_t event, const Outcome& outcome);
  void note_age(const Attempt& attempt);
  void on_message(std::uint32_t source);
  void pump(std::uint32_t source, std::uint32_t lane);
  void pump_ready(std::uint32_t source);
  bool is_due(MessageSource& source, std::uint32_t lane);
  void drop_old(MessageSource& source, std::uint32_t lane);
  void send_batch(std::uint32_t source, std::uint32_t lane);
  void end_batch(std::uint32_t batch, const Outcome& outcome);
  void back_off(std::uint32_t batch);
  void fail_batch(std::uint32_t batch);
  void retry_in_order(std::uint32_t batch);
  void close_batch(std::uint32_t batch);
  void take_back(std::uint32_t batch);
  void end_messages(std::uint32_t batch, const Outcome& outcome);
  bool end_good_messages(std::uint32_t batch);
  void end_message(MessageSource& source, std::uint32_t message, const Outcome& outcome);
  void halve(std::uint32_t batch);
  void on_batch_visible(std::uint32_t batch);
  void on_batch_again(std::uint32_t batch);
  void want_pollers(std::uint32_t source);
  void on_more_pollers(std::uint32_t source);

  // fault_side.cpp
  void on_fault(std::uint32_t fault, bool begins);
  void on_warm(std::uint32_t fault);
  void change(std::uint32_t fault, std::uint32_t endpoint, bool begins);
  void degrade(std::uint32_t endpoint);
  void apply_capacity(std::uint32_t endpoint);
  void change_links(std::uint32_t fault);
  void change_control_plane(bool begins);
  void break_connections(const std::vector<std::uint32_t>& endpoints);
  void deliver_lost();
  bool is_dead(std::uint32_t endpoint) const;
  void announce(std::uint32_t fault, bool begins);
  void on_discovery(std::uint32_t fault, bool removed);

  bool is_cut(std::uint32_t from, std::uint32_t to) const {
    return !link_states_.empty() && link_states_[from * world_.zones.size() + to].cut;
  }

  /// Whether packets between a zone and an endpoint pass in both directions.
  bool reaches(std::uint32_t zone, const Endpoint& endpoint) const {
    return endpoint.unreachable == 0 && !is_cut(zone, endpoint.zone) &&
           !is_cut(endpoint.zone, zone);
  }

  void on_tick(std::uint32_t upstream);
  void on_health_check(std::uint32_t upstream, std::uint32_t check);
  CheckResult answer_check(std::uint32_t upstream, std::uint32_t host);
  /// How long a check that is answered takes.
  Time check_trip(std::uint32_t upstream, std::uint32_t host) const;
  void end_check(std::uint32_t upstream, std::uint32_t host, CheckResult result);
  void note_detection(std::uint32_t endpoint);

  const World& world_;
  EventQueue queue_;
  Time now_ = 0;
  std::uint16_t segment_ = kUncounted;  ///< of now
  std::size_t next_segment_ = 0;
  Time segment_end_ = 0;
  Pool<Request> requests_;
  Pool<Attempt> attempts_;
  std::vector<std::uint32_t> connections_of_;  ///< by attempt, where connections are counted
  std::vector<Endpoint> endpoints_;
  std::unordered_map<std::uint32_t, Degraded> degraded_;  ///< by endpoint
  std::unique_ptr<FunctionState> functions_;              ///< null in a world without functions
  std::vector<ProcessorShare> shares_;    ///< by endpoint; only when some share processors
  std::vector<TokenBucket> buckets_;      ///< of rate limits
  std::vector<std::uint32_t> bucket_of_;  ///< by endpoint; only with rate limits
  std::vector<std::vector<std::uint32_t>> everyones_;  ///< by cluster: see Policy::sees_all
  std::vector<LoadMeter> meters_;  ///< by endpoint; only when some balancer listens
  std::vector<Upstream> upstreams_;
  std::vector<std::uint32_t> upstream_proxy_;  ///< whose view each upstream is
  std::vector<std::uint32_t> upstream_edge_;   ///< which edge of the world its calls are
  std::vector<Random> proxy_random_;
  std::vector<Client> clients_;
  std::vector<std::vector<std::uint32_t>> upstreams_of_cluster_;
  std::vector<bool> fault_active_;
  std::set<std::uint32_t> felt_;           ///< faults that are active or warming
  std::vector<bool> fault_warming_;        ///< restarts that are over, and still felt
  std::vector<LinkState> link_states_;     ///< as World::links; only when faults work on links
  std::uint32_t control_planes_down_ = 0;  ///< faults of the control plane
  std::vector<HeldNews> held_news_;
  std::vector<Fleet> fleets_;
  std::vector<std::uint32_t> fleet_of_;  ///< by endpoint; only with fleets
  std::vector<Life> lives_;              ///< by endpoint; only with fleets
  std::vector<bool> rolling_;            ///< by change: a rollout that goes on
  Histogram window_latency_;
  Window window_;
  Recording record_;
};

}  // namespace meshfn::simulate
