#include "simulate/connections.h"

#include <algorithm>

#include "simulate/pool.h"

namespace meshfn::simulate {

Connections::Grant Connections::acquire(std::uint32_t worker, std::uint32_t host,
                                        std::uint32_t attempt) {
  Pool& p = pool(worker, host);
  if (has_room(p)) {
    ++p.busy;
    return Grant::now;
  }
  if (waiting_ >= limits_.max_pending) return Grant::overflow;
  p.line.push_back(attempt);
  ++waiting_;
  return open_one(p) ? Grant::connect : Grant::later;
}

bool Connections::open_one(Pool& p) {
  if (p.line.size() <= std::uint64_t{p.connecting} * limits_.streams()) return false;
  if (open_ >= limits_.max_connections && p.open > 0) return false;
  ++open_;
  ++p.open;
  ++p.connecting;
  return true;
}

bool Connections::release(std::uint32_t worker, std::uint32_t host) {
  Pool& p = pool(worker, host);
  --p.busy;
  ++p.served;
  const std::uint32_t most = limits_.requests_per_connection;
  // Requests go round the pool's connections, so every so many of them end one.
  if (most == 0 || p.served % most != 0) return false;
  --p.open;
  --open_;
  return open_one(p);
}

std::uint32_t Connections::next(std::uint32_t worker, std::uint32_t host) {
  Pool& p = pool(worker, host);
  if (p.line.empty() || !has_room(p)) return kNone;
  const std::uint32_t first = p.line.front();
  p.line.pop_front();
  --waiting_;
  ++p.busy;
  return first;
}

bool Connections::forget(std::uint32_t worker, std::uint32_t host, std::uint32_t attempt) {
  Pool& p = pool(worker, host);
  const auto found = std::find(p.line.begin(), p.line.end(), attempt);
  if (found == p.line.end()) return false;
  p.line.erase(found);
  --waiting_;
  return true;
}

}  // namespace meshfn::simulate
