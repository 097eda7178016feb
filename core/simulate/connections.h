#pragma once

// Connections of one proxy to one cluster, counted only where a DestinationRule limits them. Each
// worker has its own pool for each host; a connection carries one request at a time (HTTP/1), or as
// many streams as are allowed (HTTP/2). A request is pending until a connection takes it, and
// making one takes time. A host without any connection always gets one, so the limit can be
// exceeded by one per host and worker: that is why the documentation's "one connection" sample lets
// some requests through.

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "simulate/traffic_policy.h"

namespace meshfn::simulate {

class Connections {
 public:
  explicit Connections(const CircuitBreaker& limits) : limits_(limits) {}

  /// `connect`: the attempt waits in line, and a new connection has to be made for it.
  enum class Grant : std::uint8_t { now, connect, later, overflow };

  /// Asks for a connection of `worker` to `host`; on `later` the attempt waits in line.
  Grant acquire(std::uint32_t worker, std::uint32_t host, std::uint32_t attempt);

  /// A new connection is there; `next` gives the attempts that it can carry.
  void connected(std::uint32_t worker, std::uint32_t host) { --pool(worker, host).connecting; }

  /// A request on a connection ended; true when the connection was closed by it, and one has to be
  /// made for those in line.
  bool release(std::uint32_t worker, std::uint32_t host);

  /// The attempt that waited longest, now that a connection has room for it; kNone when none waits
  /// or there is no room.
  std::uint32_t next(std::uint32_t worker, std::uint32_t host);

  /// Takes a waiting attempt out of its line; false when it was not waiting.
  bool forget(std::uint32_t worker, std::uint32_t host, std::uint32_t attempt);

  /// Attempts waiting for a connection to any host.
  std::uint32_t waiting() const { return waiting_; }

 private:
  struct Pool {
    std::uint32_t open = 0;  ///< those being made included
    std::uint32_t connecting = 0;
    std::uint32_t busy = 0;    ///< requests on connections
    std::uint32_t served = 0;  ///< requests, for the limit per connection
    std::deque<std::uint32_t> line;
  };

  Pool& pool(std::uint32_t worker, std::uint32_t host) {
    return pools_[std::uint64_t{worker} << 32U | host];
  }

  /// Makes a connection for the line if the limits allow it.
  bool open_one(Pool& pool);

  bool has_room(const Pool& pool) const {
    return pool.busy < std::uint64_t{pool.open - pool.connecting} * limits_.streams();
  }

  CircuitBreaker limits_;
  std::unordered_map<std::uint64_t, Pool> pools_;
  std::uint32_t open_ = 0;
  std::uint32_t waiting_ = 0;
};

}  // namespace meshfn::simulate
