// With OBJECT_STORE_BUCKET set, all of it runs against that store; with files otherwise.

#include "objects.h"

#include "check.h"
#include "scratch.h"

namespace {

/// A key of a test's own.
std::string fresh() { return "tests/" + unique_name() + " \u00e4+"; }

void keeps_bytes(objects::Store& shared) {
  const std::string key = fresh();
  const std::string bytes("\0\xff", 2);
  CHECK(!shared.get(key));
  shared.put(key, bytes, std::nullopt);
  CHECK(shared.get(key).value().bytes == bytes);
  shared.remove(key);
  CHECK(!shared.get(key));
}

void makes_an_object_only_once(objects::Store& shared) {
  const std::string key = fresh();
  shared.put(key, "1", std::nullopt);
  CHECK(throws<objects::Conflict>([&] { shared.put(key, "2", std::nullopt); }));
  shared.remove(key);
}

void refuses_to_overwrite_what_somebody_else_changed(objects::Store& shared) {
  const std::string key = fresh();
  shared.put(key, "1", std::nullopt);
  const std::string version = shared.get(key).value().version;
  shared.put(key, "2", version);
  CHECK(throws<objects::Conflict>([&] { shared.put(key, "3", version); }));
  CHECK(shared.get(key).value().bytes == "2");
  shared.remove(key);
}

}  // namespace

int main() {
  const Scratch scratch;
  const auto shared = objects::connect();
  keeps_bytes(*shared);
  makes_an_object_only_once(*shared);
  refuses_to_overwrite_what_somebody_else_changed(*shared);
  return failures;
}
