#pragma once

// Connections of one proxy to one cluster, counted only where a DestinationRule says something of
// them. Each worker has its own pool for each host; a connection carries one request at a time
// (HTTP/1), or as many streams as are allowed (HTTP/2), and the one used last is used next
// (conn_pool_base.cc). A request is pending until a connection takes it, and making one takes time.
// A host without any connection always gets one, so the limit can be exceeded by one per host and
// worker: that is why the documentation's "one connection" sample lets some requests through.

#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "simulate/pool.h"
#include "simulate/traffic_policy.h"

namespace meshfn::simulate {

/// How a request leaves its connection: `broken` ends the connection, as the end of a server does,
/// or an answer that is not waited for over HTTP/1.
enum class Leave : std::uint8_t { whole, broken };

class Connections {
 public:
  explicit Connections(const CircuitBreaker& limits) : limits_(limits) {}

  /// `connect`: the attempt waits in line, and a new connection has to be made for it.
  enum class Grant : std::uint8_t { now, connect, later, overflow };

  /// An answer to an attempt that asks; `connection` is kNone unless it is granted now.
  struct Answer {
    Grant grant;
    std::uint32_t connection = kNone;
  };

  /// An attempt and the connection that carries it; both kNone when nobody can be served.
  struct Carried {
    std::uint32_t attempt = kNone;
    std::uint32_t connection = kNone;
  };

  /// Asks for a connection of `worker` to `host`; on `later` the attempt waits in line.
  Answer acquire(std::uint32_t worker, std::uint32_t host, std::uint32_t attempt, Time now);

  /// A new connection is there; `next` gives the attempts that it can carry.
  void connected(std::uint32_t worker, std::uint32_t host, Time now);

  /// A request on `connection` ended; true when one has to be made for those in line.
  bool release(std::uint32_t connection, Leave leave, Time now);

  /// The attempt that waited longest, now that a connection has room for it.
  Carried next(std::uint32_t worker, std::uint32_t host);

  /// Takes a waiting attempt out of its line; false when it was not waiting.
  bool forget(std::uint32_t worker, std::uint32_t host, std::uint32_t attempt);

  /// Attempts waiting for a connection to any host.
  std::uint32_t waiting() const { return waiting_; }

  /// Connections that are open or being made.
  std::uint32_t open() const { return open_; }

  /// Whether giving up an answer ends the connection: HTTP/1 has no other way.
  bool one_at_a_time() const { return limits_.streams() == 1; }

 private:
  struct Line {
    std::uint32_t open = 0;  ///< connections, those being made included
    std::uint32_t connecting = 0;
    std::vector<std::uint32_t> ready;  ///< connections with room, the one used last at the end
    std::deque<std::uint32_t> waiting;
  };

  struct Connection {
    Line* line = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t streams = 0;
    std::uint32_t served = 0;  ///< requests it took, for the limit per connection
    Time born = 0;
    Time rests_since = 0;   ///< when its last request ended
    bool open = false;      ///< false: a slot without connection
    bool draining = false;  ///< takes no more requests
    bool watched = false;   ///< the slot has its deadline in the heap
  };

  /// When something may be over for the connection in a slot; never later than it really is.
  struct Deadline {
    Time at;
    std::uint32_t connection;

    bool operator>(const Deadline& other) const { return at > other.at; }
  };

  Line& line(std::uint32_t worker, std::uint32_t host) {
    return lines_[std::uint64_t{worker} << 32U | host];
  }

  /// Makes a connection for the line if the limits allow it.
  bool open_one(Line& line);
  /// Puts one more request on the ready connection used last.
  std::uint32_t attach(Line& line);
  void drain(std::uint32_t connection);
  void close(std::uint32_t connection);
  /// Ends what has rested or lived for too long. Nobody waits where a connection rests, so it is
  /// early enough to look when a request asks.
  void expire(Time now);
  /// Ends the connection if it is due, else says when it may be; kNever when it will not.
  Time settle(std::uint32_t connection, Time now);

  CircuitBreaker limits_;
  std::unordered_map<std::uint64_t, Line> lines_;  ///< references to lines stay good
  Pool<Connection> connections_;
  /// One for each slot at most, however many connections were in it.
  std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>> deadlines_;
  std::uint32_t open_ = 0;
  std::uint32_t waiting_ = 0;
};

}  // namespace meshfn::simulate
