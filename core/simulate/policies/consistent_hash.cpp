// Ring hash and Maglev: the same key goes to the same host while the membership holds.

#include "simulate/balancer.h"
#include "simulate/bounded_load.h"
#include "simulate/hashing.h"
#include "simulate/policies/parameters.h"

namespace meshfn::simulate {

namespace {

/// A table per host set, rebuilt when the set's membership changes.
template <class Table>
class ConsistentHash : public Balancer {
 public:
  explicit ConsistentHash(const BalancerPlace& place)
      : settings_(place.settings), keys_(place.keys) {}

  std::uint32_t pick(const HostSet& set, const Choice& choice) override {
    if (set.slot >= built_.size()) built_.resize(set.slot + 1);
    Built& built = built_[set.slot];
    if (!built.table || built.version != set.version) build(built, set, choice);
    const std::uint32_t hashed = built.table->lookup(choice.hash, choice.attempt);
    if (settings_.hash_balance_factor == 0) return set.hosts[hashed];
    const auto load = [&](std::uint32_t i) {
      return bounded_load(choice.active[set.hosts[i]], choice.total_active,
                          settings_.hash_balance_factor, built.shares[i]);
    };
    const auto n = static_cast<std::uint32_t>(set.hosts.size());
    return set.hosts[probe_.choose(choice.hash, hashed, n, load)];
  }

 private:
  struct Built {
    std::unique_ptr<Table> table;
    std::vector<double> shares;  ///< of the whole weight, by position in the set
    std::uint32_t version = 0;
  };

  void build(Built& built, const HostSet& set, const Choice& choice) {
    std::vector<std::string> keys;
    for (const std::uint32_t host : set.hosts) keys.push_back(keys_[host]);
    std::vector<double> weights = weights_of(set, choice);
    built.table = make(keys, weights);
    built.shares = std::move(weights);
    built.version = set.version;
  }

  /// They add up to 1, or to less when a locality has lost all its hosts.
  static std::vector<double> weights_of(const HostSet& set, const Choice& choice) {
    std::vector<double> weights;
    double total = 0;
    for (const std::uint32_t host : set.hosts) {
      weights.push_back(choice.shares != nullptr    ? choice.shares[host]
                        : choice.weights != nullptr ? choice.weights[host]
                                                    : 1);
      total += weights.back();
    }
    if (choice.shares != nullptr) return weights;
    for (double& w : weights) w /= total;
    return weights;
  }

  std::unique_ptr<Table> make(const std::vector<std::string>& keys,
                              const std::vector<double>& weights) const {
    if constexpr (std::is_same_v<Table, HashRing>) {
      return std::make_unique<HashRing>(keys, weights, settings_.minimum_ring,
                                        settings_.maximum_ring, settings_.ring_hash);
    } else {
      return std::make_unique<MaglevTable>(keys, weights, settings_.table_size);
    }
  }

  BalancerSettings settings_;
  std::span<const std::string> keys_;
  std::vector<Built> built_;
  BoundedProbe probe_;
};

constexpr Parameter kRingParameters[] = {kMinimumRing,
                                         kMaximumRing,
                                         kBalanceFactor,
                                         {"murmur", Parameter::Kind::boolean, 0, 1,
                                          [](BalancerSettings& s, double v) {
                                            s.ring_hash = v != 0 ? HashFunction::murmur_hash2
                                                                 : HashFunction::xx_hash;
                                          },
                                          "places hosts by MurmurHash2 and not by xxHash64"}};

constexpr Parameter kTableParameters[] = {
    {"table-size", Parameter::Kind::whole, 2, 5'000'011,
     [](BalancerSettings& s, double v) { s.table_size = static_cast<std::uint32_t>(v); },
     "slots of the table, a prime number"},
    kBalanceFactor};

std::string_view table_fault(const BalancerSettings& settings) {
  for (std::uint32_t d = 2; std::uint64_t{d} * d <= settings.table_size; ++d) {
    if (settings.table_size % d == 0) return "`table-size` must be a prime number, like 65537";
  }
  return {};
}

}  // namespace

extern const Policy kRingHash = {
    .name = "ring-hash",
    .summary = "Consistent hashing on a ring of points per host",
    .istio = "consistentHash",
    .per_worker = false,
    .hashes = true,
    .parameters = kRingParameters,
    .fault = ring_fault,
    .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
      return std::make_unique<ConsistentHash<HashRing>>(place);
    }};

extern const Policy kMaglev = {.name = "maglev",
                               .summary = "Consistent hashing through a Maglev table",
                               .istio = "consistentHash.maglev",
                               .per_worker = false,
                               .hashes = true,
                               .parameters = kTableParameters,
                               .fault = table_fault,
                               .make = [](const BalancerPlace& place) -> std::unique_ptr<Balancer> {
                                 return std::make_unique<ConsistentHash<MaglevTable>>(place);
                               }};

}  // namespace meshfn::simulate
