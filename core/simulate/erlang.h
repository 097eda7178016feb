#pragma once

// Closed forms of queueing theory: what a station of `servers` equal servers does to a Poisson
// stream. `load` is the offered load a = arrival rate x mean service time, in servers.

#include <cstdint>

#include "simulate/variate.h"

namespace meshfn::simulate {

/// Share of arrivals that find all servers busy when nobody waits (Erlang's B); also exact for
/// service times that are not exponential.
double erlang_b(double load, std::uint32_t servers);

/// Share of arrivals that have to wait (Erlang's C); 1 when the load is not below the servers.
double erlang_c(double load, std::uint32_t servers);

/// Mean wait in the unit of `service`, over all arrivals: M/M/c, times (1 + scv) / 2 for other
/// service laws (exact for one server, Allen and Cunneen's approximation for more). `scv` is
/// variance / mean². Infinite when the load is not below the servers.
double mean_wait(double load, std::uint32_t servers, double service, double scv);

/// M/M/c/K: `servers` and a waiting room of `queue`.
struct FiniteQueue {
  double lost = 0;  ///< share of arrivals that find it full
  double wait = 0;  ///< mean of those that do not, in the unit of `service`
};

FiniteQueue finite_queue(double load, std::uint32_t servers, std::uint32_t queue, double service);

/// Mean wait in the unit of `service` when requests share `processors` evenly, each having at most
/// one: what the sharing adds to `service`, whatever its law (M/G/1-PS and its like for more). Not
/// a whole number of processors is a number, too. Infinite when the load is not below them.
double shared_wait(double load, double processors, double service);

/// Share of arrivals that find no processor of their own, likewise.
double shared_waits(double load, double processors);

/// Variance / mean² of a law; that of a normal law ignores what it cuts off below 0. 1e300 when
/// the variance is infinite.
double squared_variation(const Distribution& law);

}  // namespace meshfn::simulate
