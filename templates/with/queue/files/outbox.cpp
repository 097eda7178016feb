#include "outbox.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "redis_client.h"
#include "shared_folder.h"

using nlohmann::json;
using std::chrono::milliseconds;

namespace outbox {

namespace {

const std::string kKey = "<%name%>:queue";
const std::string kGroup = "workers";

std::string text(const redisReply& reply) { return {reply.str, reply.len}; }

/// A Redis stream with one group of consumers: every message goes to one of them.
class Stream : public Queue {
 public:
  explicit Stream(const std::string& url) : client_(url) {
    try {
      client_.run({"XGROUP", "CREATE", kKey, kGroup, "0", "MKSTREAM"});
    } catch (const std::runtime_error& problem) {
      // Somebody made it before.
      if (std::string(problem.what()).find("BUSYGROUP") == std::string::npos) throw;
    }
  }

  std::string send(const json& data) override {
    std::string id = unique_name();
    client_.run({"XADD", kKey, "*", "id", id, "data", data.dump()});
    return id;
  }

  std::optional<Taken> take(milliseconds lease) override {
    const std::string idle = std::to_string(lease.count());
    // Where to go on, then the entries.
    const auto late =
        client_.run({"XAUTOCLAIM", kKey, kGroup, consumer_, idle, "0", "COUNT", "1"});
    if (auto taken = first_of(*late->element[1])) return taken;
    // For each stream its name, then the entries.
    const auto fresh = client_.run(
        {"XREADGROUP", "GROUP", kGroup, consumer_, "COUNT", "1", "STREAMS", kKey, ">"});
    if (fresh->type != REDIS_REPLY_ARRAY || fresh->elements == 0) return std::nullopt;
    return first_of(*fresh->element[0]->element[1]);
  }

  void done(const Taken& message) override {
    client_.run({"XACK", kKey, kGroup, message.receipt});
    client_.run({"XDEL", kKey, message.receipt});
  }

 private:
  static std::optional<Taken> first_of(const redisReply& entries) {
    // Older servers give nothing in place of an entry that was deleted.
    if (entries.elements == 0 || entries.element[0]->type != REDIS_REPLY_ARRAY) return std::nullopt;
    const redisReply& entry = *entries.element[0];
    const redisReply& fields = *entry.element[1];
    Taken taken = {"", nullptr, text(*entry.element[0])};
    for (std::size_t i = 0; i + 1 < fields.elements; i += 2) {
      const std::string name = text(*fields.element[i]);
      if (name == "id") taken.id = text(*fields.element[i + 1]);
      if (name == "data") taken.data = json::parse(text(*fields.element[i + 1]));
    }
    return taken;
  }

  RedisClient client_;
  std::string consumer_ = unique_name();
};

std::int64_t now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(since).count();
}

/// Sorts by time, and by the count what is sent within a millisecond.
std::string name(std::int64_t from, int count, const std::string& id) {
  char prefix[64];
  std::snprintf(prefix, sizeof prefix, "%016lld-%08d-", static_cast<long long>(from), count);
  return prefix + id;
}

/// A file a message; its name says when it may be taken, so a rename takes it.
class Files : public Queue {
 public:
  std::string send(const json& data) override {
    std::string id = unique_name();
    folder_.replace(name(now(), ++sent_, id), data.dump());
    return id;
  }

  std::optional<Taken> take(milliseconds lease) override {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      // Hidden files are being written.
      std::string file = entry.path().filename();
      if (!file.starts_with('.')) files.push_back(std::move(file));
    }
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      if (std::stoll(file) > now()) return std::nullopt;
      const std::string id = file.substr(file.find('-', file.find('-') + 1) + 1);
      const std::string receipt = name(now() + lease.count(), 0, id);
      std::error_code problem;
      std::filesystem::rename(folder_.path() / file, folder_.path() / receipt, problem);
      if (problem == std::errc::no_such_file_or_directory) continue;  // somebody was faster
      if (problem) throw std::system_error(problem);
      return Taken{id, json::parse(folder_.read(receipt).value()), receipt};
    }
    return std::nullopt;
  }

  void done(const Taken& message) override { folder_.remove(message.receipt); }

 private:
  SharedFolder folder_{"<%name%>-queue"};
  std::atomic<int> sent_ = 0;
};

}  // namespace

std::unique_ptr<Queue> connect() {
  const std::string url = setting("QUEUE_URL");
  if (url.empty()) return std::make_unique<Files>();
  return std::make_unique<Stream>(url);
}

}  // namespace outbox
