#include "redis_client.h"

#include <poll.h>

#include <algorithm>
#include <stdexcept>

#include "http.h"

namespace {

/// `text` with %XX decoded; + stays.
std::string decoded(const std::string& text) {
  std::string kept;
  for (const char c : text) kept += c == '+' ? std::string("%2B") : std::string(1, c);
  return url_decoded(kept);
}

}  // namespace

RedisClient::RedisClient(const std::string& url) : context_(nullptr, redisFree) {
  const std::string scheme = "redis://";
  if (!url.starts_with(scheme)) {
    // Not the URL itself: it holds the password.
    throw std::invalid_argument("the URL does not begin with redis:// (there is no TLS here)");
  }
  std::string place = url.substr(scheme.size());
  std::string number;
  if (const std::size_t slash = place.find('/'); slash != std::string::npos) {
    number = place.substr(slash + 1);
    place.resize(slash);
  }
  if (const std::size_t at = place.rfind('@'); at != std::string::npos) {
    const std::size_t colon = std::min(place.find(':'), at);
    std::vector<std::string> words = {"AUTH"};
    if (colon > 0) words.push_back(decoded(place.substr(0, colon)));
    if (colon < at) words.push_back(decoded(place.substr(colon + 1, at - colon - 1)));
    greeting_.push_back(words);
    place.erase(0, at + 1);
  }
  if (!number.empty()) greeting_.push_back({"SELECT", number});
  const std::size_t colon = place.rfind(':');
  const std::size_t bracket = place.rfind(']');  // of an IPv6 address
  if (colon != std::string::npos && (bracket == std::string::npos || bracket < colon)) {
    port_ = std::stoi(place.substr(colon + 1));
    place.resize(colon);
  }
  if (place.starts_with('[') && place.ends_with(']')) place = place.substr(1, place.size() - 2);
  host_ = place.empty() ? "localhost" : place;
  connect();
}

void RedisClient::connect() {
  const timeval limit = {5, 0};
  context_.reset(redisConnectWithTimeout(host_.c_str(), port_, limit));
  if (!context_ || context_->err != 0) {
    throw std::runtime_error("cannot connect to " + host_ + ": " +
                             (context_ ? context_->errstr : "no memory"));
  }
  redisSetTimeout(context_.get(), limit);
  for (const std::vector<std::string>& words : greeting_) send(words);
}

RedisClient::Reply RedisClient::run(const std::vector<std::string>& words) {
  const std::lock_guard turn(turns_);
  if (!is_open()) connect();
  return send(words);
}

bool RedisClient::is_open() const {
  if (!context_ || context_->err != 0) return false;
  // Nobody was asked anything: what waits to be read is that the server went away meanwhile.
  pollfd socket = {context_->fd, POLLIN, 0};
  return poll(&socket, 1, 0) == 0;
}

RedisClient::Reply RedisClient::send(const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  const int count = static_cast<int>(words.size());
  void* const answer = redisCommandArgv(context_.get(), count, texts.data(), sizes.data());
  Reply reply(static_cast<redisReply*>(answer), freeReplyObject);
  if (!reply) throw std::runtime_error(std::string("Redis: ") + context_->errstr);
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(std::string(reply->str, reply->len));
  return reply;
}
