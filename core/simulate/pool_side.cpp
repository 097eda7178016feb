// What a caller's proxy does with its connections, where a policy limits them.

#include "simulate/simulation.h"

namespace meshfn::simulate {

void Simulation::release_connection(Upstream& upstream, const Request& r, std::uint32_t host) {
  if (upstream.connections == nullptr) return;
  const std::uint32_t worker = r.worker;
  const std::uint32_t id = r.upstream;
  if (upstream.connections->release(worker, host)) connect(id, worker, host);
  const std::uint32_t next = upstream.connections->next(worker, host);
  if (next != kNone) dispatch(next);
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
  upstreams_[id].connections->connected(worker, host);
  for (;;) {
    const std::uint32_t next = upstreams_[id].connections->next(worker, host);
    if (next == kNone) return;
    dispatch(next);
  }
}

}  // namespace meshfn::simulate
