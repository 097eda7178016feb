#pragma once

// Data that the platforms share. DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME names the server; without it the
// data is in files of this machine (DATA_FOLDER), to try things out: other machines do not see them, and what work
// put before it failed stays there.

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace database {

/// Somebody else changed the item since it was read: read it again and decide anew.
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A value, with a version that grows with every change: null and 0 when there is none.
struct Item {
  nlohmann::json value = nullptr;
  std::int64_t version = 0;
};

/// Values by key. Threads take turns.
class Database {
 public:
  virtual ~Database() = default;

  /// Calls `work` unless it was done for this id; says whether it called it. The mark and what `work` puts here are
  /// one transaction: both are kept or, when `work` throws, neither, and the message may be delivered again. A
  /// second delivery that comes meanwhile waits.
  virtual bool once(const std::string& id, const std::function<void()>& work) = 0;

  virtual Item get(const std::string& key) = 0;

  /// Replaces what `get` gave with `version`; throws Conflict when it is no longer that.
  virtual void put(const std::string& key, const nlohmann::json& value, std::int64_t version) = 0;
};

/// Opens the shared data; keep it beside the handler, so that warm invocations use it again.
std::unique_ptr<Database> open();

}  // namespace database
