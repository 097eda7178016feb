// Numbers that public tests and documents of the data planes assert, against our data structures.

#include "simulate/vectors.h"

#include <cmath>
#include <functional>
#include <iostream>
#include <map>

#include "catch.h"
#include "simulate/edf.h"
#include "simulate/from_mesh.h"
#include "simulate/hashing.h"
#include "simulate/priority.h"

namespace meshfn::simulate {

namespace {

std::uint64_t u64(const Json& text) { return std::stoull(text.get<std::string>()); }

template <class Weight>
Indices picks(Edf& edf, std::size_t n, const Weight& weight) {
  Indices out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(edf.pick(weight));
  return out;
}

Verdict edf_unweighted(const Json&, const Json&) {
  Edf edf(Doubles(128, 1), 0);
  const Indices got = picks(edf, 16384, [](std::uint32_t) { return 1.0; });
  bool good = true;
  for (std::size_t i = 0; i < got.size(); ++i) good = good && got[i] == i % 128;
  return verdict_of(good);
}

Verdict weighted_phases(const Json& in, const Json& expect) {
  Edf edf;
  bool good = true;
  for (std::size_t p = 0; p < expect.size(); ++p) {
    const Json& phase = in["phases"][p];
    const Doubles weights = phase["weights"];
    if (phase["rebuild"]) edf = Edf(weights, 0);
    const Indices got = picks(edf, phase["picks"], [&](std::uint32_t i) { return weights[i]; });
    good = good && got == expect[p].get<Indices>();
  }
  return verdict_of(good);
}

Verdict seeds_cover_all(const Json& in, const Json& expect) {
  const Doubles weights = in["weights"];
  Indices counts(weights.size(), 0);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Edf edf(weights, seed);
    ++counts[edf.pick([&](std::uint32_t i) { return weights[i]; })];
  }
  return verdict_of(counts == expect["counts"].get<Indices>());
}

/// A balancer of `hosts` hosts whose active requests the test sets.
class Bench {
 public:
  Bench(const Policy& policy, std::size_t hosts, std::uint64_t seed, BalancerSettings settings = {})
      : settings_(settings), active(hosts, 0), weights(hosts, 1), random_(1) {
    for (std::uint32_t i = 0; i < hosts; ++i) hosts_.push_back(i);
    balancer_ = policy.make({settings_, {}, static_cast<std::uint32_t>(hosts), seed});
  }

  std::uint32_t pick(bool weighted) {
    return balancer_->pick({hosts_, 0, 1}, {.random = random_,
                                            .active = active.data(),
                                            .weights = weighted ? weights.data() : nullptr,
                                            .distance = nullptr});
  }

 private:
  BalancerSettings settings_;
  Indices hosts_;
  std::unique_ptr<Balancer> balancer_;

 public:
  Indices active;
  Indices weights;

 private:
  Random random_;
};

Verdict unweighted_seed(const Json& in, const Json& expect) {
  Bench bench(kRoundRobin, in["hosts"], in["seed"]);
  Indices got;
  for (std::size_t i = 0; i < expect.size(); ++i) got.push_back(bench.pick(false));
  return verdict_of(got == expect.get<Indices>());
}

Verdict weighted_least_request(const Json& in, const Json& expect) {
  BalancerSettings settings;
  settings.active_request_bias = in["active_request_bias"];
  Bench bench(kLeastRequest, in["weights"].size(), 0, settings);
  bench.weights = in["weights"].get<Indices>();
  const Json phases = in.contains("phases")
                          ? in["phases"]
                          : Json::array({{{"active", in["active"]}, {"picks", expect.size()}}});
  const Json wanted = in.contains("phases") ? expect : Json::array({expect});
  bool good = true;
  for (std::size_t p = 0; p < phases.size(); ++p) {
    bench.active = phases[p]["active"].get<Indices>();
    Indices got;
    for (std::size_t i = 0; i < phases[p]["picks"]; ++i) got.push_back(bench.pick(true));
    good = good && got == wanted[p].get<Indices>();
  }
  return verdict_of(good);
}

Verdict full_scan(const Json& in, const Json& expect) {
  BalancerSettings settings;
  settings.full_scan = true;
  const auto active = in["active"].get<Indices>();
  Bench bench(kLeastRequest, active.size(), 0, settings);
  bench.active = active;
  if (expect.is_number()) return verdict_of(bench.pick(false) == expect);
  std::vector<int> counts(active.size(), 0);
  for (int i = 0; i < in["picks"]; ++i) ++counts[bench.pick(false)];
  bool good = counts[0] == 0 && counts[1] == 0;
  for (std::size_t i = 2; i < 5; ++i) good = good && std::abs(counts[i] - 333'333) <= 5000;
  return verdict_of(good);
}

Verdict slow_start(const Json& in, const Json& expect) {
  if (in.contains("effective_weights")) {
    const Doubles weights = in["effective_weights"];
    Edf edf(weights, in["seed"]);
    return verdict_of(picks(edf, expect.size(), [&](std::uint32_t i) { return weights[i]; }) ==
                      expect.get<Indices>());
  }
  const Doubles factors = in["slow_start_factors"];
  const double bias = in["active_request_bias"];
  const auto weigh = [&](const char* active) {
    return [&, active](std::uint32_t i) {
      return factors[i] / std::pow(in[active][i].get<double>() + 1, bias);
    };
  };
  Doubles first;
  for (std::uint32_t i = 0; i < factors.size(); ++i) first.push_back(weigh("active_at_rebuild")(i));
  Edf edf(first, in["seed"]);
  return verdict_of(picks(edf, expect.size(), weigh("active_at_picks")) == expect.get<Indices>());
}

/// Host 127.0.0.1:0 with 127/128 of the weight, 1023 others with the rest.
void lopsided(std::vector<std::string>& keys, Doubles& weights) {
  for (int i = 0; i < 1024; ++i) {
    keys.push_back("127.0.0.1:" + std::to_string(i));
    weights.push_back(i == 0 ? 127.0 / 128 : 1.0 / 128 / 1023);
  }
}

/// Fewest and most entries that a host has.
std::pair<std::uint32_t, std::uint32_t> extremes(const Indices& hosts, std::size_t n) {
  Indices counts(n, 0);
  for (const std::uint32_t host : hosts) ++counts[host];
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  return {*least, *most};
}

Verdict ring_hash(const Json& in, const Json& expect) {
  std::vector<std::string> keys;
  Doubles weights;
  std::uint64_t least = in.value("minimum_ring_size", std::uint64_t{1024});
  std::uint64_t most = in.value("maximum_ring_size", std::uint64_t{1024});
  if (in.contains("hash_keys")) {
    keys = in["hash_keys"].get<std::vector<std::string>>();
    weights = in["normalised_weights"].get<Doubles>();
  } else {
    lopsided(keys, weights);
  }
  const bool murmur = in.value("function", "") == "MURMUR_HASH_2";
  const HashRing ring(keys, weights, least, most,
                      murmur ? HashFunction::murmur_hash2 : HashFunction::xx_hash);
  bool good = ring.entries.size() == expect["ring_size"];
  Indices owners;
  for (const HashRing::Entry& entry : ring.entries) owners.push_back(entry.host);
  const auto [fewest, greatest] = extremes(owners, keys.size());
  good =
      good && fewest == expect["min_hashes_per_host"] && greatest == expect["max_hashes_per_host"];
  if (expect.contains("ring") && !expect["ring"].is_null()) {
    for (std::size_t i = 0; i < ring.entries.size(); ++i) {
      good = good && ring.entries[i].hash == u64(expect["ring"][i][0]) &&
             ring.entries[i].host == expect["ring"][i][1];
    }
  }
  if (expect.contains("counts")) {
    Indices counts(keys.size(), 0);
    for (std::uint64_t i = 0; i < 9000; ++i)
      ++counts[ring.lookup(i * (~std::uint64_t{0} / 9000), 0)];
    return verdict_of(good && counts == expect["counts"].get<Indices>());
  }
  for (std::size_t i = 0; i < in["probes"].size(); ++i) {
    const Json& probe = in["probes"][i];
    const bool plain = probe.is_string();
    const std::uint32_t host = ring.lookup(u64(plain ? probe : probe["hash"]),
                                           plain ? 0 : probe["attempt"].get<std::uint32_t>());
    good = good && host == expect["hosts"][i];
  }
  return verdict_of(good);
}

Verdict maglev(const Json& in, const Json& expect) {
  std::vector<std::string> keys;
  Doubles weights;
  if (in.contains("hash_keys")) {
    keys = in["hash_keys"].get<std::vector<std::string>>();
    weights = in["normalised_weights"].get<Doubles>();
  } else {
    lopsided(keys, weights);
  }
  const MaglevTable table(keys, weights, in["table_size"]);
  const auto [fewest, greatest] = extremes(table.hosts, keys.size());
  bool good = fewest == expect["min_entries"] && greatest == expect["max_entries"];
  if (expect.contains("table")) good = good && table.hosts == expect["table"].get<Indices>();
  return verdict_of(good);
}

LevelHealth level_of(const Json& in) {
  LevelHealth level;
  level.hosts = in.value("total_w", in["hosts"].get<std::uint32_t>());
  level.healthy = in.value("healthy_w", in["healthy"].get<std::uint32_t>());
  level.degraded = in.value("degraded_w", in.value("degraded", 0U));
  level.excluded = in.value("excluded", 0U);
  level.overprovisioning = in.value("opf", 140U);
  return level;
}

bool same_loads(const PriorityLoad& got, const Json& expect) {
  const Json& healthy = expect.contains("load") ? expect["load"] : expect["healthy_load"];
  bool good = got.healthy == healthy.get<Indices>();
  if (expect.contains("degraded_load") && !expect["degraded_load"].is_null()) {
    good = good && got.degraded == expect["degraded_load"].get<Indices>();
  }
  if (expect.contains("panic") && !expect["panic"].is_null()) {
    good = good && got.panic == expect["panic"].get<std::vector<bool>>();
  }
  return good;
}

Verdict priority(const Json& in, const Json& expect) {
  std::vector<LevelHealth> levels;
  if (in.contains("levels")) {
    for (const Json& level : in["levels"]) levels.push_back(level_of(level));
    return verdict_of(same_loads(priority_load(levels, in["panic_threshold"]), expect));
  }
  for (const std::uint32_t percent : in["healthy_percent"].get<Indices>()) {
    levels.push_back({.hosts = 100, .healthy = percent});
  }
  if (expect.contains("code"))
    return verdict_of(same_loads(priority_load(levels, 50), expect["code"]));
  if (expect.contains("code_panic_50")) {
    return verdict_of(same_loads(priority_load(levels, 50), expect["code_panic_50"]) &&
                      same_loads(priority_load(levels, 0), expect["code_panic_0"]));
  }
  return verdict_of(same_loads(priority_load(levels, 50), expect));
}

Verdict locality_weighted(const Json& in, const Json& expect) {
  const auto own = in["locality_weights"].get<Indices>();
  Doubles weights;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (in.contains("healthy_percent")) {
      weights.push_back(effective_locality_weight(own[i], in["healthy_percent"][i], 100));
    } else {
      const Json& total = in.contains("total") ? in["total"] : in["total_minus_excluded"];
      weights.push_back(effective_locality_weight(own[i], in["healthy"][i], total[i]));
    }
  }
  if (expect.contains("percent_to_first")) {
    const double share = 100 * weights[0] / (weights[0] + weights[1]);
    return verdict_of(std::fabs(share - expect["percent_to_first"].get<double>()) < 0.6);
  }
  Edf edf(weights, in["seed"]);
  const auto weight = [&](std::uint32_t i) { return weights[i]; };
  if (expect.is_array())
    return verdict_of(picks(edf, expect.size(), weight) == expect.get<Indices>());
  Indices counts(own.size(), 0);
  for (const std::uint32_t i : picks(edf, in["picks"], weight)) ++counts[i];
  return verdict_of(counts == expect["counts"].get<Indices>());
}

Verdict zone_aware_routing(const Json& in, const Json& expect) {
  const std::string here = in["local_zone"];
  // The local zone first, then the upstream's zones by name.
  std::vector<std::string> zones = {here};
  for (const auto& [zone, count] : in["upstream_hosts"].items()) {
    if (zone != here) zones.push_back(zone);
  }
  for (const auto& [zone, count] : in["local_hosts"].items()) {
    if (std::find(zones.begin(), zones.end(), zone) == zones.end()) zones.push_back(zone);
  }
  std::vector<std::uint64_t> local;
  std::vector<std::uint64_t> upstream;
  for (const std::string& zone : zones) {
    local.push_back(in["local_hosts"].value(zone, std::uint64_t{0}));
    if (in["upstream_hosts"].contains(zone) || zone == here) {
      upstream.push_back(in["upstream_hosts"].value(zone, std::uint64_t{0}));
    }
  }
  const ZoneAware got = zone_aware(local, upstream);
  if (expect[0] == "direct") return verdict_of(got.direct);
  auto residual = got.residual;
  const auto wanted = expect[2].get<std::vector<std::uint64_t>>();
  // A local zone without upstream hosts has no column of its own.
  if (residual.size() == wanted.size() + 1) residual.erase(residual.begin());
  return verdict_of(!got.direct && got.local == expect[1] && residual == wanted);
}

Verdict success_rate(const Json& in, const Json& expect) {
  const Doubles rates = in["success_rates"];
  const auto got = success_rate_threshold(rates, in["stdev_factor"]);
  bool good = std::fabs(got.mean - expect["mean"].get<double>()) < 1e-9 &&
              std::fabs(got.threshold - expect["threshold"].get<double>()) < 1e-9;
  if (expect.contains("ejected")) {
    Indices ejected;
    for (std::uint32_t i = 0; i < rates.size(); ++i) {
      if (rates[i] < got.threshold) ejected.push_back(i);
    }
    good = good && ejected == expect["ejected"].get<Indices>();
  }
  return verdict_of(good);
}

Verdict backoff(const Json& in, const Json& expect) {
  RetryPolicy policy;
  policy.base_interval = in["base_ms"].get<Time>() * kMillisecond;
  policy.max_interval = in["max_ms"].get<Time>() * kMillisecond;
  bool good = true;
  const Json& bounds = expect["exclusive_upper_bounds_ms"];
  for (std::uint32_t n = 0; n < bounds.size(); ++n) {
    good = good && policy.backoff_bound(n) == bounds[n].get<Time>() * kMillisecond;
  }
  return verdict_of(good);
}

Verdict failover(const Json& in, const Json& expect) {
  std::vector<Locality> places;
  for (const std::string place : in["endpoints"]) places.push_back(Locality::parse(place));
  const auto levels =
      failover_levels(Locality::parse(in["proxy"].get<std::string>()), places, in["failover"]);
  return verdict_of(levels == expect.get<Indices>());
}

Verdict zone_aware_failover(const Json& in, const Json& expect) {
  std::vector<Locality> places;
  for (const std::string place : in["endpoints"]) places.push_back(Locality::parse(place));
  const auto levels =
      zone_aware_levels(Locality::parse(in["proxy"].get<std::string>()), places, in["failover"]);
  return verdict_of(levels == expect.get<Indices>());
}

Verdict failover_priority(const Json& in, const Json& expect) {
  std::vector<Labels> labels;
  Indices wanted;
  for (const auto& [address, own] : in["endpoint_labels"].items()) {
    labels.push_back(own.get<Labels>());
    wanted.push_back(expect[address]);
  }
  const auto levels = compact(label_levels(in["failoverPriority"], in["proxy_labels"], labels));
  return verdict_of(levels == wanted);
}

Verdict percentages(const Json& in, const Json& expect) {
  bool good = true;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double share =
        expect[i]["numerator"].get<double>() / expect[i]["denominator"].get<double>();
    good = good && proxy_share(in[i]) == share;
  }
  return verdict_of(good);
}

struct Runner {
  std::string_view prefix;
  Verdict (*run)(const Json& in, const Json& expect);
};

constexpr Runner kRunners[] = {
    {"edf.", edf_unweighted},
    {"round_robin.weighted", weighted_phases},
    {"round_robin.seed", seeds_cover_all},
    {"round_robin.unweighted", unweighted_seed},
    {"least_request.weighted", weighted_least_request},
    {"least_request.full_scan", full_scan},
    {"least_request.p2c", recorded_draws},
    {"slow_start.", slow_start},
    {"bounded_load.", bounded},
    {"cswrr.weight", reported_weights},
    {"grpc.static_stride", static_stride},
    {"linkerd.ewma", peak_decay},
    {"linkerd.load", peak_load},
    {"kube_proxy.iptables", iptables_rules},
    {"ring_hash.", ring_hash},
    {"maglev.", maglev},
    {"priority.", priority},
    {"locality_wrr.", locality_weighted},
    {"zone_aware.", zone_aware_routing},
    {"outlier.success", success_rate},
    {"backoff.", backoff},
    {"outlier.failure", failure_percentage},
    {"grpc.retry_backoff", grpc_backoff},
    {"grpc.throttle", grpc_throttle},
    {"e2e.weighted_shift", weighted_shift},
    {"e2e.mirror", mirrored},
    {"e2e.zone_aware_halves", zone_halves},
    {"e2e.circuit_breaking", circuit_breaking},
    {"istio.zone_aware_failover", zone_aware_failover},
    {"istio.failover_gaps", failover},
    {"istio.failover_all", failover},
    {"istio.failover_priority", failover_priority},
    {"istio.percent", percentages},
};

/// Entries that say something else than the source they name. Istio's own test expects priority 0
/// for every endpoint when the first label already differs, which is also what its code and the
/// description of failoverPriority (longest matching prefix) give.
constexpr std::string_view kDisputed[] = {"istio.failover_priority_not_first"};

Verdict run_vector(const Json& vector) {
  const std::string id = vector["id"];
  if (std::find(std::begin(kDisputed), std::end(kDisputed), id) != std::end(kDisputed)) {
    return Verdict::disputed;
  }
  for (const Runner& runner : kRunners) {
    if (id.starts_with(runner.prefix)) return runner.run(vector["input"], vector["expect"]);
  }
  return Verdict::unsupported;
}

}  // namespace

TEST_CASE("published vectors of the data planes hold exactly", "[simulate][vectors]") {
  const auto text = shared_file("sim/vectors.json");
  if (!text) return;
  int passed = 0;
  std::vector<std::string> failed;
  std::vector<std::string> unsupported;
  const Json all = Json::parse(*text);
  for (const Json& vector : all["vectors"]) {
    switch (run_vector(vector)) {
      case Verdict::pass:
        ++passed;
        break;
      case Verdict::fail:
        failed.push_back(vector["id"]);
        break;
      case Verdict::disputed:
        std::cout << "  disputed: " << vector["id"] << "\n";
        break;
      case Verdict::unsupported:
        unsupported.push_back(vector["id"]);
        break;
    }
  }
  std::cout << "vectors: " << passed << " of " << all["vectors"].size() << " pass\n";
  for (const std::string& id : unsupported) std::cout << "  not supported: " << id << "\n";
  CHECK(failed == std::vector<std::string>());
  CHECK(passed >= 109);
}

}  // namespace meshfn::simulate
