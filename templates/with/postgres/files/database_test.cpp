// With DATABASE_URL set, all of it runs against that server; with files otherwise.

#include "database.h"

#include "check.h"
#include "scratch.h"

using nlohmann::json;

namespace {

void does_the_work_of_a_message_once() {
  const std::string id = unique_name();
  int calls = 0;
  CHECK(database::open()->once(id, [&] { ++calls; }));
  CHECK(!database::open()->once(id, [&] { ++calls; }));
  CHECK(calls == 1);
}

void does_it_again_when_it_failed() {
  const auto shared = database::open();
  const std::string id = unique_name();
  CHECK(throws<std::domain_error>([&] {
    shared->once(id, [&] {
      shared->put(id, "half done", 0);
      throw std::domain_error("no");
    });
  }));
  if (!setting("DATABASE_URL").empty()) CHECK(shared->get(id).version == 0);
  CHECK(shared->once(id, [] {}));
}

void refuses_to_overwrite_what_somebody_else_changed() {
  const auto shared = database::open();
  const auto other = database::open();
  const std::string key = unique_name();
  shared->put(key, {{"stock", 2}}, 0);
  CHECK(throws<database::Conflict>([&] { other->put(key, 0, 0); }));
  const database::Item read = shared->get(key);
  CHECK(read.value == json({{"stock", 2}}));
  other->put(key, {{"stock", 1}}, read.version);
  CHECK(throws<database::Conflict>([&] { shared->put(key, {{"stock", 1}}, read.version); }));
  CHECK(shared->get(key).value == json({{"stock", 1}}));
  CHECK(shared->get(key).version == read.version + 1);
}

}  // namespace

int main() {
  const Scratch scratch;
  does_the_work_of_a_message_once();
  does_it_again_when_it_failed();
  refuses_to_overwrite_what_somebody_else_changed();
  return failures;
}
