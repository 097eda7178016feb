#include <iostream>

#include "cache.h"
#include "database.h"
#include "objects.h"
#include "outbox.h"

using nlohmann::json;

namespace {

void check(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

struct Stores {
  std::unique_ptr<database::Database> data = database::open();
  cache::Cache cached = cache::connect();
  std::unique_ptr<outbox::Queue> queue = outbox::connect();
  std::unique_ptr<objects::Store> store = objects::connect();

  void write(const std::string& key) {
    const json value = {{"from", key}};
    check(data->once("w" + key, [&] { data->put(key, value, 0); }), "database: done before");
    check(cached.once("w" + key, [] {}), "cache: done before");
    cached.put(key, value, std::chrono::minutes(1));
    queue->send(value);
    store->put(key, key, std::nullopt);
  }

  void read(const std::string& key) {
    const json value = {{"from", key}};
    const database::Item item = data->get(key);
    check(item.value == value && item.version == 1, "database: " + item.value.dump());
    check(!data->once("w" + key, [] {}), "database: not done");
    check(cached.get(key) == value, "cache: another value");
    check(!cached.once("w" + key, [] {}), "cache: not done");
    const auto taken = queue->take();
    check(taken && taken->data == value, "outbox: " + (taken ? taken->data.dump() : "nothing"));
    queue->done(*taken);
    const auto found = store->get(key);
    check(found && found->bytes == key, "objects: another object");
  }
};

}  // namespace

int main() {
  Stores stores;
  for (std::string step, key; std::cin >> step >> key;) {
    std::string done = "ok";
    try {
      step == "write" ? stores.write(key) : stores.read(key);
    } catch (const std::exception& problem) {
      done = problem.what();
      for (char& c : done) c = c == '\n' ? ' ' : c;
    }
    std::cout << done << std::endl;
  }
}
