// Connections of a proxy that are counted: how long they live, what ends them, and what that costs.

#include "simulate/connections.h"

#include "catch.h"
#include "simulate/retry_budget.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

using Grant = Connections::Grant;

/// Makes the connection that an attempt needs, and gives it to it.
std::uint32_t open_for(Connections& all, std::uint32_t attempt, Time now) {
  REQUIRE(all.acquire(0, 0, attempt, now).grant == Grant::connect);
  all.connected(0, 0, now);
  const auto carried = all.next(0, 0);
  REQUIRE(carried.attempt == attempt);
  return carried.connection;
}

CircuitBreaker limits_of(std::uint32_t connections) {
  CircuitBreaker limits;
  limits.max_connections = connections;
  return limits;
}

}  // namespace

TEST_CASE("the connection used last is used next", "[simulate][connections]") {
  Connections all(limits_of(2));
  const std::uint32_t first = open_for(all, 1, 0);
  const std::uint32_t second = open_for(all, 2, 0);
  CHECK(all.acquire(0, 0, 3, 0).grant == Grant::later);
  CHECK_FALSE(all.release(second, Leave::whole, 1));
  CHECK(all.next(0, 0).attempt == 3);
  all.release(second, Leave::whole, 2);
  all.release(first, Leave::whole, 3);
  CHECK(all.acquire(0, 0, 4, 4).connection == first);
  CHECK(all.acquire(0, 0, 5, 4).connection == second);
}

TEST_CASE("a connection that rests for too long is closed", "[simulate][connections]") {
  CircuitBreaker limits;
  limits.idle_timeout = 10;
  CHECK(limits.counts_connections());
  Connections all(limits);
  std::uint32_t one = open_for(all, 1, 0);
  all.release(one, Leave::whole, 5);
  one = all.acquire(0, 0, 2, 14).connection;
  REQUIRE(one != kNone);
  all.release(one, Leave::whole, 100);  // a long request is no rest
  CHECK(all.acquire(0, 0, 3, 109).grant == Grant::now);
  all.release(one, Leave::whole, 109);
  CHECK(all.open() == 1);
  CHECK(all.acquire(0, 0, 4, 119).grant == Grant::connect);
  CHECK(all.open() == 1);
}

TEST_CASE("of connections that rest, only the old ones are closed", "[simulate][connections]") {
  CircuitBreaker limits = limits_of(10);
  limits.idle_timeout = 10;
  Connections all(limits);
  const std::uint32_t a = open_for(all, 1, 0);
  const std::uint32_t b = open_for(all, 2, 0);
  all.release(a, Leave::whole, 1);
  all.release(b, Leave::whole, 6);
  CHECK(all.acquire(0, 0, 3, 12).connection == b);
  CHECK(all.open() == 1);
  CHECK(all.acquire(0, 0, 4, 12).grant == Grant::connect);
}

TEST_CASE("a connection that lived long enough ends after its request", "[simulate][connections]") {
  CircuitBreaker limits;
  limits.connection_age = 10;
  limits.max_connections = 1;
  Connections all(limits);
  const std::uint32_t old = open_for(all, 1, 0);
  CHECK(all.acquire(0, 0, 2, 20).grant == Grant::later);  // it drains, and still counts
  CHECK(all.release(old, Leave::whole, 25));              // and is replaced
  all.connected(0, 0, 26);
  const auto carried = all.next(0, 0);
  CHECK(carried.attempt == 2);
  all.release(carried.connection, Leave::whole, 27);
  CHECK(all.acquire(0, 0, 3, 36).grant == Grant::connect);  // one that rests ends at once
  CHECK(all.open() == 1);
}

TEST_CASE("a connection takes so many requests and no more", "[simulate][connections]") {
  CircuitBreaker limits;
  limits.requests_per_connection = 2;
  CHECK(limits.counts_connections());
  Connections all(limits);
  const std::uint32_t one = open_for(all, 1, 0);
  all.release(one, Leave::whole, 1);
  CHECK(all.acquire(0, 0, 2, 2).connection == one);
  CHECK_FALSE(all.release(one, Leave::whole, 3));
  CHECK(all.open() == 0);
  CHECK(all.acquire(0, 0, 3, 4).grant == Grant::connect);
}

TEST_CASE("a broken connection carries nobody any more", "[simulate][connections]") {
  CircuitBreaker limits = limits_of(1);
  limits.http2 = true;
  limits.concurrent_streams = 2;
  Connections all(limits);
  const std::uint32_t one = open_for(all, 1, 0);
  CHECK(all.acquire(0, 0, 2, 0).connection == one);
  CHECK(all.acquire(0, 0, 3, 0).grant == Grant::later);
  CHECK_FALSE(all.release(one, Leave::broken, 1));
  CHECK(all.next(0, 0).attempt == kNone);
  CHECK(all.release(one, Leave::whole, 2));  // the last one closes it, and the line gets another
  all.connected(0, 0, 3);
  CHECK(all.next(0, 0).attempt == 3);
}

TEST_CASE("connections come and go without leaving anything behind", "[simulate][connections]") {
  CircuitBreaker limits;
  limits.requests_per_connection = 1;
  limits.idle_timeout = 1000 * kSecond;
  Connections all(limits);
  for (Time now = 0; now < 10'000; ++now) {
    all.release(open_for(all, 7, now), Leave::whole, now);
  }
  CHECK(all.open() == 0);
  CHECK(all.waiting() == 0);
}

TEST_CASE("each request on a connection of its own pays for making it", "[simulate][connections]") {
  Scenario scenario = station(4, 100, 200);
  scenario.duration = 20 * kSecond;
  scenario.services[0].workloads[0].service_time = Distribution::constant(kMillisecond);
  scenario.network.same_zone = Distribution::constant(kMillisecond);
  const auto mean_of = [&](auto change) {
    Scenario changed = scenario;
    change(changed.services[0].policy.breaker);
    const auto world = world_of(changed);
    return answer_of(*world).totals.latency.mean;
  };
  const auto nothing = [](CircuitBreaker&) {};
  const double plain = mean_of(nothing);
  const double each = mean_of([](CircuitBreaker& b) { b.requests_per_connection = 1; });
  const double often = mean_of([](CircuitBreaker& b) { b.idle_timeout = kMillisecond; });
  const double rarely = mean_of([](CircuitBreaker& b) { b.idle_timeout = 100 * kSecond; });
  CHECK(each / plain > 1.9);  // two round trips more than the one and the millisecond of work
  CHECK(often / plain > 1.5);
  CHECK(rarely / plain < 1.1);
}

TEST_CASE("a sum over a while forgets what is older", "[simulate][connections]") {
  SlidingSum sum(10 * kSecond);
  CHECK(sum.on());
  CHECK_FALSE(SlidingSum(0).on());
  for (int second = 0; second < 10; ++second) sum.add(2, second * kSecond);
  CHECK(sum.total(9 * kSecond) == 20);
  CHECK(sum.total(14 * kSecond) == 10);
  CHECK(sum.total(100 * kSecond) == 0);
}

}  // namespace meshfn::simulate
