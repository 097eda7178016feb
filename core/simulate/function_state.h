#pragma once

// What a simulation keeps for its functions: their environments, accounts, the events that wait for
// an asynchronous invocation, and the sources that hand batches of messages to them. Stands beside
// the endpoints, so that a world without functions has none of it.

#include <vector>

#include "simulate/arrivals.h"
#include "simulate/function_pool.h"
#include "simulate/world.h"

namespace meshfn::simulate {

/// An asynchronous invocation, from its acceptance until it has been dealt with.
struct FunctionEvent {
  Time arrived;
  std::uint32_t generation = 0;
  std::uint32_t pool;
  std::uint16_t errors;     ///< attempts that the function failed
  std::uint16_t throttles;  ///< attempts that the platform turned down, in a row
  bool counted;
};

/// A message of a source.
struct SourceMessage {
  Time arrived;
  std::uint32_t generation = 0;
  std::uint32_t next;
  std::uint16_t segment;
  std::uint16_t receives;
  bool poison;
};

/// Messages that are, or will again be, with the function together.
struct SourceBatch {
  enum class State : std::uint8_t { running, backing_off, failed };

  Time sent;     ///< when its messages were taken
  Time invoked;  ///< the last invocation
  std::uint32_t generation = 0;
  std::uint32_t source;
  std::uint32_t lane;
  std::uint32_t first;
  std::uint32_t count;
  std::uint16_t tries;
  std::uint16_t throttles;
  State state;
};

/// Messages in their order.
struct SourceLane {
  std::uint32_t head = kNone;
  std::uint32_t tail = kNone;
  std::uint32_t count = 0;
  std::uint32_t next = kNone;  ///< in the list of lanes that may send
  bool sending = false;        ///< ordered: its batch is not done with
  bool planned = false;        ///< somebody will look at it again
  bool listed = false;
};

/// A queue or stream with its pollers.
struct MessageSource {
  const SourceSpec* spec;
  std::uint32_t load;
  std::uint32_t endpoint;
  std::uint32_t pool;
  std::uint32_t cluster;
  ArrivalProcess process;
  Random random;
  std::vector<SourceLane> lanes;
  std::uint32_t first_ready = kNone;  ///< lanes that may send as soon as a poller is free
  std::uint32_t last_ready = kNone;
  std::uint32_t running = 0;  ///< batches that hold a poller
  std::uint32_t allowed = 1;
  std::uint32_t throttled = 0;  ///< batches that back off
  bool growing = false;

  bool ordered() const { return spec->lanes > 0; }
};

struct FunctionState {
  std::vector<std::uint32_t> pool_of;  ///< by endpoint; kNone for others
  std::vector<FunctionPool> pools;
  std::vector<FunctionAccount> accounts;
  Pool<FunctionEvent> events;
  std::vector<MessageSource> sources;
  Pool<SourceMessage> messages;
  Pool<SourceBatch> batches;

  /// The environments of an endpoint that is a function.
  FunctionPool& of(std::uint32_t endpoint) { return pools[pool_of[endpoint]]; }
};

/// The environments and accounts of a world, and a record for each pool.
void build_pools(const World& world, FunctionState& state, std::vector<FunctionRecord>& records);

/// The sources of a world; `seed` is that of their streams.
void build_sources(const World& world, std::uint64_t seed, FunctionState& state);

}  // namespace meshfn::simulate
