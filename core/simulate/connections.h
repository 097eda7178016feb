#pragma once

// Connections of one proxy to one cluster, counted only where a DestinationRule limits them. Each
// worker has its own pool for each host; one request occupies one connection (HTTP/1). A host
// without any connection always gets one, so the limit can be exceeded by one per host and worker:
// that is why the documentation's "one connection" sample lets some requests through.

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "simulate/traffic_policy.h"

namespace meshfn::simulate {

class Connections {
 public:
  explicit Connections(const CircuitBreaker& limits) : limits_(limits) {}

  enum class Grant : std::uint8_t { now, later, overflow };

  /// Asks for a connection of `worker` to `host`; on `later` the attempt waits in line.
  Grant acquire(std::uint32_t worker, std::uint32_t host, std::uint32_t attempt);

  /// A request on a connection ended; returns the attempt that gets the connection, or kNone.
  std::uint32_t release(std::uint32_t worker, std::uint32_t host);

  /// Takes a waiting attempt out of its line; false when it was not waiting.
  bool forget(std::uint32_t worker, std::uint32_t host, std::uint32_t attempt);

  /// Attempts waiting for a connection to any host.
  std::uint32_t waiting() const { return waiting_; }

 private:
  struct Pool {
    std::uint32_t open = 0;
    std::uint32_t busy = 0;
    std::deque<std::uint32_t> line;
  };

  Pool& pool(std::uint32_t worker, std::uint32_t host) {
    return pools_[std::uint64_t{worker} << 32U | host];
  }

  CircuitBreaker limits_;
  std::unordered_map<std::uint64_t, Pool> pools_;
  std::uint32_t open_ = 0;
  std::uint32_t waiting_ = 0;
};

}  // namespace meshfn::simulate
