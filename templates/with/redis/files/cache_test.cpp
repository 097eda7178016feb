// With REDIS_URL set, all of it runs against that server; with files otherwise.

#include "cache.h"

#include <thread>

#include "check.h"
#include "scratch.h"

using nlohmann::json;

namespace {

void does_the_work_of_a_message_once() {
  const std::string id = unique_name();
  int calls = 0;
  CHECK(cache::connect().once(id, [&] { ++calls; }));
  CHECK(!cache::connect().once(id, [&] { ++calls; }));
  CHECK(calls == 1);
}

void does_it_again_when_it_failed() {
  cache::Cache shared = cache::connect();
  const std::string id = unique_name();
  CHECK(throws<std::domain_error>([&] { shared.once(id, [] { throw std::domain_error("no"); }); }));
  CHECK(shared.once(id, [] {}));
}

void puts_off_a_delivery_that_comes_meanwhile() {
  cache::Cache shared = cache::connect();
  cache::Cache other = cache::connect();
  const std::string id = unique_name();
  CHECK(shared.once(id, [&] { CHECK(throws<cache::Busy>([&] { other.once(id, [] {}); })); }));
}

void forgets_a_value_in_time() {
  cache::Cache shared = cache::connect();
  const std::string key = unique_name();
  shared.put(key, {{"a", 1}}, std::chrono::seconds(1));
  CHECK(cache::connect().get(key) == json({{"a", 1}}));
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  CHECK(!shared.get(key));
}

}  // namespace

int main() {
  const Scratch scratch;
  does_the_work_of_a_message_once();
  does_it_again_when_it_failed();
  puts_off_a_delivery_that_comes_meanwhile();
  forgets_a_value_in_time();
  return failures;
}
