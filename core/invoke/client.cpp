#include "invoke/client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

namespace meshfn::invoke {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kBodyLimit = 1U << 30U;
constexpr std::uint32_t kHeaderLimit = 1U << 20U;

/// One request and its answer; keeps itself alive until then.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(asio::io_context& context, std::function<void(Result<http::Response>)> done)
      : socket_(context), done_(std::move(done)) {
    parser_.body_limit(kBodyLimit);
    parser_.header_limit(kHeaderLimit);
  }

  void begin(std::uint16_t port, http::Request request) {
    message_.method_string(request.method);
    message_.target(request.target);
    message_.version(11);
    message_.set(beast::http::field::host, fmt::format("127.0.0.1:{}", port));
    for (const auto& [name, value] : request.fields) message_.set(name, value);
    message_.keep_alive(false);
    parser_.skip(request.method == "HEAD");
    message_.body() = std::move(request.body);
    if (!message_.body().empty() || request.method != "GET") message_.prepare_payload();
    socket_.async_connect(
        tcp::endpoint(asio::ip::address_v4::loopback(), port),
        [self = shared_from_this()](error_code error) { self->connected(error); });
  }

 private:
  void connected(error_code error) {
    if (error) return done_(fail(error.message()));
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    // A server may answer before it has read everything, so both go on at once.
    beast::http::async_write(socket_, message_,
                             [self = shared_from_this()](error_code, std::size_t) {});
    beast::http::async_read(
        socket_, buffer_, parser_,
        [self = shared_from_this()](error_code failed, std::size_t) { self->received(failed); });
  }

  void received(error_code error) {
    if (error) return done_(fail(error.message()));
    http::Response response;
    auto& message = parser_.get();
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      response.fields.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    response.body = std::move(message.body());
    done_(std::move(response));
  }

  tcp::socket socket_;
  std::function<void(Result<http::Response>)> done_;
  beast::http::request<beast::http::string_body> message_;
  beast::flat_buffer buffer_;
  beast::http::response_parser<beast::http::string_body> parser_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

void send(Loop& loop, std::uint16_t port, http::Request request,
          std::function<void(Result<http::Response>)> done) {
  std::make_shared<Exchange>(loop.context(), std::move(done))->begin(port, std::move(request));
}

bool is_listening(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const sockaddr_in address = loopback(port);
  const bool open = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return open;
}

Result<std::uint16_t> free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool bound = fd >= 0 &&
                     ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  const int problem = errno;
  if (fd >= 0) ::close(fd);
  if (!bound) return fail(fmt::format("no port of 127.0.0.1 is free: {}", std::strerror(problem)));
  return ntohs(address.sin_port);
}

}  // namespace meshfn::invoke
