#include "simulate/connections.h"

#include <algorithm>

#include "simulate/pool.h"

namespace meshfn::simulate {

Connections::Grant Connections::acquire(std::uint32_t worker, std::uint32_t host,
                                        std::uint32_t attempt) {
  Pool& p = pool(worker, host);
  if (p.busy < p.open) {
    ++p.busy;
    return Grant::now;
  }
  // A new request is pending until a connection takes it, so the pending limit is asked first.
  if (waiting_ >= limits_.max_pending) return Grant::overflow;
  if (open_ < limits_.max_connections || p.open == 0) {
    ++open_;
    ++p.open;
    ++p.busy;
    return Grant::now;
  }
  p.line.push_back(attempt);
  ++waiting_;
  return Grant::later;
}

std::uint32_t Connections::release(std::uint32_t worker, std::uint32_t host) {
  Pool& p = pool(worker, host);
  if (!p.line.empty()) {
    const std::uint32_t next = p.line.front();
    p.line.pop_front();
    --waiting_;
    return next;
  }
  --p.busy;
  if (limits_.requests_per_connection == 1) {
    --p.open;
    --open_;
  }
  return kNone;
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
