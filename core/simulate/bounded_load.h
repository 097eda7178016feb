#pragma once

// Consistent hashing with bounded load (Envoy's thread_aware_lb_impl.cc, after Mirrokni and
// others): a host that has more than its share times a factor is passed over, and others are
// tried in an order that depends on the hash alone.

#include <cstdint>
#include <random>
#include <vector>

namespace meshfn::simulate {

/// Requests of a host over the slots it may fill: above 1 it is overloaded. `factor` in percent,
/// `share` is the host's part of all weights, `total` the cluster's requests in flight.
double bounded_load(std::uint32_t active, std::uint32_t total, std::uint32_t factor, double share);

/// The order in which hosts 0 … n-1 are tried for a hash: a shuffle drawn one host at a time.
class ProbeOrder {
 public:
  void start(std::uint64_t hash, std::uint32_t hosts);
  /// The next host. REQUIRES: called at most `hosts` times.
  std::uint32_t next();

 private:
  std::mt19937 random_;  // the standard fixes its numbers
  std::vector<std::uint32_t> order_;
  std::uint32_t at_ = 0;
};

/// The choice among hosts 0 … n-1; kept by a balancer, so that probing allocates nothing.
class BoundedProbe {
 public:
  /// `hashed` itself unless it is overloaded; else the first probed host that is not; else the
  /// least loaded. `load(host)` as of `bounded_load`.
  template <class Load>
  std::uint32_t choose(std::uint64_t hash, std::uint32_t hashed, std::uint32_t hosts,
                       const Load& load) {
    double least = load(hashed);
    if (least <= 1) return hashed;
    std::uint32_t best = hashed;
    order_.start(hash, hosts);
    for (std::uint32_t i = 0; i < hosts; ++i) {
      const std::uint32_t other = order_.next();
      if (other == hashed) continue;
      const double its = load(other);
      if (its <= 1) return other;
      if (its < least) {
        least = its;
        best = other;
      }
    }
    return best;
  }

 private:
  ProbeOrder order_;
};

}  // namespace meshfn::simulate
