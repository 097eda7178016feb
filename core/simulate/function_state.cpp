#include "simulate/function_state.h"

#include <algorithm>
#include <map>

#include "simulate/locality.h"
#include "simulate/world.h"

namespace meshfn::simulate {

namespace {

/// The account's concurrency is one platform's in one region.
void join_account(const World& world, FunctionState& state, std::uint32_t pool,
                  std::map<std::pair<std::string, std::string>, std::uint32_t>& known) {
  FunctionPool& own = state.pools[pool];
  const FunctionSpec& spec = own.spec();
  if (spec.account_concurrency == 0) return;
  const std::string& zone = world.zones[world.endpoints[own.endpoint].zone];
  const auto next = static_cast<std::uint32_t>(state.accounts.size());
  const auto [found, fresh] =
      known.emplace(std::make_pair(spec.platform, Locality::parse(zone).region), next);
  if (fresh) {
    state.accounts.push_back({spec.account_concurrency, 0, {}, {}});
    const double rate = spec.request_rate * spec.account_concurrency;
    if (rate > 0) state.accounts.back().requests.emplace(RateLimit{rate, rate, false});
  }
  FunctionAccount& account = state.accounts[found->second];
  const std::uint32_t taken = spec.reserved > 0 ? spec.reserved : spec.provisioned;
  account.limit -= std::min(account.limit, taken);
  if (spec.reserved > 0) return;
  own.account = found->second;
  account.pools.push_back(pool);
}

/// Of the cluster's hosts the one nearest to the source.
std::uint32_t nearest(const World& world, const ClusterInfo& cluster, const Shape& shape) {
  const auto least = std::min_element(shape.distance.begin(), shape.distance.end());
  if (least == shape.distance.end()) return kNone;
  const std::uint32_t host =
      cluster.hosts[static_cast<std::size_t>(least - shape.distance.begin())];
  return world.workloads[world.endpoints[host].workload].function == nullptr ? kNone : host;
}

}  // namespace

void build_pools(const World& world, FunctionState& state, std::vector<FunctionRecord>& records) {
  state.pool_of.assign(world.endpoints.size(), kNone);
  for (std::uint32_t e = 0; e < world.endpoints.size(); ++e) {
    if (world.workloads[world.endpoints[e].workload].function == nullptr) continue;
    state.pool_of[e] = static_cast<std::uint32_t>(records.size());
    records.emplace_back();
    records.back().endpoint = e;
    records.back().course.reserve(static_cast<std::size_t>(world.scenario.duration / world.step) +
                                  2);
  }
  std::map<std::pair<std::string, std::string>, std::uint32_t> accounts;
  for (FunctionRecord& record : records) {
    const FunctionSpec& spec = *world.workloads[world.endpoints[record.endpoint].workload].function;
    state.pools.emplace_back(spec, record, world.scenario.warmup, world.step);
    state.pools.back().endpoint = record.endpoint;
    join_account(world, state, static_cast<std::uint32_t>(state.pools.size() - 1), accounts);
  }
}

void build_sources(const World& world, std::uint64_t seed, FunctionState& state) {
  for (std::uint32_t l = 0; l < world.loads.size(); ++l) {
    const LoadInfo& load = world.loads[l];
    if (!load.spec->source) continue;
    const ProxyInfo& proxy = world.proxies[load.first_proxy];
    const Slot& slot = world.callers[proxy.caller].slots[0];
    const ClusterInfo& cluster = world.clusters[slot.cluster];
    const std::uint32_t endpoint =
        nearest(world, cluster, world.shapes[slot.shape_of_zone[proxy.zone]]);
    const SourceSpec& spec = *load.spec->source;
    state.sources.push_back({&spec,
                             l,
                             endpoint,
                             endpoint == kNone ? kNone : state.pool_of[endpoint],
                             cluster.id,
                             ArrivalProcess(load.spec->arrivals, 0, 1),
                             Random::stream(seed, "source/" + proxy.name),
                             {}});
    MessageSource& source = state.sources.back();
    source.lanes.resize(std::max(1U, spec.lanes));
    source.allowed = std::max(1U, static_cast<std::uint32_t>(spec.start));
  }
}

}  // namespace meshfn::simulate
