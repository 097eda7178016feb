#include "invoke/serve_stream.h"

#include "invoke/front.h"

namespace meshfn::invoke {

namespace {

constexpr std::string_view kEventStream = "application/vnd.amazon.eventstream";

http::Response plain_head(const std::string& type) {
  return {200, {{"Content-Type", type.empty() ? "application/octet-stream" : type}}, {}};
}

}  // namespace

void ServedStream::begin(http::Response head) {
  begun_ = true;
  head.stream = [this](http::Sink sink) { sink_ = std::move(sink); };
  reply_(std::move(head));
}

void ServedStream::send(std::string bytes) {
  if (!begun_) begin({200, {{"Content-Type", std::string(kEventStream)}}, {}});
  sink_(std::move(bytes), false);
}

void ServedStream::send_http(const std::string& type, const std::string& bytes) {
  if (begun_) return sink_(bytes, false);
  if (type != kHttpIntegration) {
    begin(plain_head(type));
    return sink_(bytes, false);
  }
  before_ += bytes;
  std::size_t rest = 0;
  std::optional<http::Response> head = streamed_head(before_, rest);
  if (!head) return;
  begin(std::move(*head));
  if (rest < before_.size()) sink_(before_.substr(rest), false);
}

void ServedStream::finish(std::string bytes) {
  if (!begun_) begin({200, {{"Content-Type", std::string(kEventStream)}}, {}});
  sink_(std::move(bytes), true);
}

http::Response whole_stream(const std::string& type, const std::string& payload) {
  http::Response response = plain_head(type);
  response.body = payload;
  if (type != kHttpIntegration) return response;
  std::size_t rest = 0;
  std::optional<http::Response> head = streamed_head(payload, rest);
  if (!head) return response;
  head->body = payload.substr(rest);
  return std::move(*head);
}

}  // namespace meshfn::invoke
