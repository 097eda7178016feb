// What a caller's proxy does with its connections, where a policy limits them.

#include "simulate/simulation.h"

namespace meshfn::simulate {

void Simulation::release_connection(const Request& r, std::uint32_t connection, std::uint32_t host,
                                    Leave leave) {
  const std::uint32_t worker = r.worker;
  const std::uint32_t id = r.upstream;
  if (upstreams_[id].connections->release(connection, leave, now_)) connect(id, worker, host);
  send_waiting(upstreams_[id], worker, host);
}

void Simulation::dispatch_on(std::uint32_t connection, std::uint32_t attempt) {
  if (attempt >= connections_of_.size()) connections_of_.resize(attempts_.size(), kNone);
  connections_of_[attempt] = connection;
  dispatch(attempt);
}

void Simulation::send_waiting(Upstream& upstream, std::uint32_t worker, std::uint32_t host) {
  for (;;) {
    const auto [attempt, connection] = upstream.connections->next(worker, host);
    if (attempt == kNone) return;
    dispatch_on(connection, attempt);
  }
}

/// A round trip for TCP and one for TLS, as between two sidecars.
void Simulation::connect(std::uint32_t id, std::uint32_t worker, std::uint32_t host) {
  const std::uint32_t proxy = upstream_proxy_[id];
  const std::uint32_t zone = endpoints_[upstreams_[id].cluster().hosts[host]].zone;
  const Delay& link = world_.link(world_.proxies[proxy].zone, zone);
  if (link.none()) return on_connected(id, worker, host);
  Time length = 0;
  for (int way = 0; way < 4; ++way) length += from_nanos(link.law.draw(proxy_random_[proxy]));
  queue_.schedule(kHeap, now_ + length, kConnected, id, worker << kHostBits | host);
}

void Simulation::on_connected(std::uint32_t id, std::uint32_t worker, std::uint32_t host) {
  upstreams_[id].connections->connected(worker, host, now_);
  send_waiting(upstreams_[id], worker, host);
}

}  // namespace meshfn::simulate
