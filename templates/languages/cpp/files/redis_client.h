#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

/// One connection to redis://USER:PASSWORD@HOST:PORT/NUMBER; threads take turns.
class RedisClient {
 public:
  using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

  explicit RedisClient(const std::string& url);

  /// The server's answer; throws std::runtime_error when it is an error or there is none.
  Reply run(const std::vector<std::string>& words);

 private:
  void connect();
  bool is_open() const;
  Reply send(const std::vector<std::string>& words);

  std::string host_ = {};
  int port_ = 6379;
  std::vector<std::vector<std::string>> greeting_ = {};  ///< what a new connection says first
  std::mutex turns_ = {};
  std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};
