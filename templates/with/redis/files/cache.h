#pragma once

// Data that the platforms share for a while. REDIS_URL=redis://HOST:6379/0 names the server; without it the data is in
// files of this machine (DATA_FOLDER), to try things out: other machines do not see them.

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

namespace cache {

/// Another delivery of the same message is being worked on: fail, to have it delivered later.
struct Busy : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Store;

/// Values and the marks of finished messages.
class Cache {
 public:
  explicit Cache(std::unique_ptr<Store> store);
  Cache(Cache&& other) noexcept;
  Cache& operator=(Cache&& other) noexcept;
  ~Cache();

  /// Calls `work` unless it was done for this id; says whether it called it.
  bool once(const std::string& id, const std::function<void()>& work);

  /// The value of `key`; none when there is none (any more).
  std::optional<nlohmann::json> get(const std::string& key);

  /// Keeps the value for a while.
  void put(const std::string& key, const nlohmann::json& value, std::chrono::milliseconds life);

 private:
  std::unique_ptr<Store> store_;
};

/// Opens the cache; keep it beside the handler, so that warm invocations use its connection again.
Cache connect();

}  // namespace cache
