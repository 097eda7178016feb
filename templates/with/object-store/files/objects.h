#pragma once

// Objects that the platforms share, in a store that speaks S3. OBJECT_STORE_BUCKET names the bucket, OBJECT_STORE_URL
// the endpoint unless it is AWS's own; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION are
// taken as Lambda sets them. Without a bucket the objects are files of this machine (DATA_FOLDER), to try things out:
// other machines do not see them.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace objects {

/// Somebody else changed the object since it was read: read it again and decide anew.
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Bytes, with a version that is another after every change.
struct Object {
  std::string bytes;
  std::string version;
};

/// Objects by key. Threads take turns.
class Store {
 public:
  virtual ~Store() = default;

  /// The object of `key`; none when there is none.
  virtual std::optional<Object> get(const std::string& key) = 0;

  /// Replaces what `get` gave with `version` (none: there was none), or throws Conflict.
  virtual void put(const std::string& key, const std::string& bytes,
                   const std::optional<std::string>& version) = 0;

  virtual void remove(const std::string& key) = 0;
};

/// Opens the store; keep it beside the handler, so that warm invocations use its connection again.
std::unique_ptr<Store> connect();

}  // namespace objects
