#include "cache.h"

#include "redis_client.h"
#include "shared_folder.h"

using nlohmann::json;
using std::chrono::milliseconds;

namespace cache {

/// Texts that end by themselves.
class Store {
 public:
  virtual ~Store() = default;

  /// What holds the key; none when it is now this token's.
  virtual std::optional<std::string> claim(const std::string& key, const std::string& token,
                                           milliseconds life) = 0;
  virtual void finish(const std::string& key, const std::string& token, milliseconds life) = 0;
  virtual void release(const std::string& key, const std::string& token) = 0;
  virtual std::optional<std::string> get(const std::string& key) = 0;
  virtual void put(const std::string& key, const std::string& text, milliseconds life) = 0;
};

namespace {

/// One delivery may work so long; longer than the function's timeout.
constexpr milliseconds kLease = std::chrono::minutes(1);
/// A finished id is remembered so long: as long as a queue may deliver it again.
constexpr milliseconds kKept = std::chrono::hours(14 * 24);

// Only who holds the lease may end it: after a pause it may be somebody else's.
constexpr const char* kFinish =
    "if redis.call('get', KEYS[1]) == ARGV[1] then "
    "return redis.call('set', KEYS[1], 'done', 'PX', ARGV[2]) end";
constexpr const char* kRelease =
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end";

std::string text_of(milliseconds life) { return std::to_string(life.count()); }

class Server : public Store {
 public:
  explicit Server(const std::string& url) : client_(url) {}

  std::optional<std::string> claim(const std::string& key, const std::string& token,
                                   milliseconds life) override {
    while (true) {
      const auto set = client_.run({"SET", key, token, "NX", "PX", text_of(life)});
      if (set->type != REDIS_REPLY_NIL) return std::nullopt;
      auto held = get(key);
      if (held) return held;  // it may have run out between the two commands
    }
  }

  void finish(const std::string& key, const std::string& token, milliseconds life) override {
    client_.run({"EVAL", kFinish, "1", key, token, text_of(life)});
  }

  void release(const std::string& key, const std::string& token) override {
    client_.run({"EVAL", kRelease, "1", key, token});
  }

  std::optional<std::string> get(const std::string& key) override {
    const auto found = client_.run({"GET", key});
    if (found->type == REDIS_REPLY_NIL) return std::nullopt;
    return std::string(found->str, found->len);
  }

  void put(const std::string& key, const std::string& text, milliseconds life) override {
    client_.run({"SET", key, text, "PX", text_of(life)});
  }

 private:
  RedisClient client_;
};

std::int64_t now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(since).count();
}

/// A file a key: its text, and when it ends.
class Files : public Store {
 public:
  std::optional<std::string> claim(const std::string& key, const std::string& token,
                                   milliseconds life) override {
    if (auto held = get(key)) return held;
    folder_.remove(digest(key));
    if (folder_.create(digest(key), entry(token, life))) return std::nullopt;
    return "somebody";
  }

  void finish(const std::string& key, const std::string& token, milliseconds life) override {
    if (get(key) == token) put(key, "done", life);
  }

  void release(const std::string& key, const std::string& token) override {
    if (get(key) == token) folder_.remove(digest(key));
  }

  std::optional<std::string> get(const std::string& key) override {
    const auto bytes = folder_.read(digest(key));
    if (!bytes) return std::nullopt;
    const json kept = json::parse(*bytes, nullptr, false);
    // A file that is being written is not there yet.
    if (!kept.is_object() || !kept.contains("until")) return std::nullopt;
    const json& until = kept.at("until");
    if (!until.is_number_integer() || until.get<std::int64_t>() <= now()) return std::nullopt;
    return kept.at("text").get<std::string>();
  }

  void put(const std::string& key, const std::string& text, milliseconds life) override {
    folder_.replace(digest(key), entry(text, life));
  }

 private:
  static std::string entry(const std::string& text, milliseconds life) {
    return json({{"text", text}, {"until", now() + life.count()}}).dump();
  }

  SharedFolder folder_{"<%name%>-cache"};
};

}  // namespace

Cache::Cache(std::unique_ptr<Store> store) : store_(std::move(store)) {}
Cache::Cache(Cache&& other) noexcept = default;
Cache& Cache::operator=(Cache&& other) noexcept = default;
Cache::~Cache() = default;

bool Cache::once(const std::string& id, const std::function<void()>& work) {
  const std::string key = "<%name%>:done:" + id;
  const std::string token = unique_name();
  const auto held = store_->claim(key, token, kLease);
  if (held == "done") return false;
  if (held) throw Busy("another delivery of `" + id + "` is being worked on");
  try {
    work();
  } catch (...) {
    try {
      store_->release(key, token);
    } catch (const std::exception&) {
      // What failed first says more; the lease runs out.
    }
    throw;
  }
  store_->finish(key, token, kKept);
  return true;
}

std::optional<json> Cache::get(const std::string& key) {
  const auto text = store_->get("<%name%>:" + key);
  if (!text) return std::nullopt;
  return json::parse(*text);
}

void Cache::put(const std::string& key, const json& value, milliseconds life) {
  store_->put("<%name%>:" + key, value.dump(), life);
}

Cache connect() {
  const std::string url = setting("REDIS_URL");
  if (url.empty()) return Cache(std::make_unique<Files>());
  return Cache(std::make_unique<Server>(url));
}

}  // namespace cache
