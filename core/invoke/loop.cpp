#include "invoke/loop.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <map>
#include <optional>

namespace meshfn::invoke {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t kHeaderLimit = 1U << 20U;  // error causes travel in headers of 64 KiB

/// One connection of a client; requests follow each other. Keeps itself alive while it waits for
/// something, and is kept by the Reply of a request that is not answered yet.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const http::Handler& handler, std::uint64_t body_limit)
      : socket_(std::move(socket)), handler_(handler), body_limit_(body_limit) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(body_limit_);
    parser_->header_limit(kHeaderLimit);
    beast::http::async_read(
        socket_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->received(error); });
  }

 private:
  void received(error_code error) {
    if (error == beast::http::error::body_limit) return send({413, {}, {}});
    if (error && !parser_->is_header_done()) return;
    const auto& message = parser_->get();
    http::Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.fields.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    keep_ = message.keep_alive() && !error;
    request.truncated = static_cast<bool>(error);
    request.body = std::move(parser_->get().body());
    handler_(std::move(request), [self = shared_from_this()](http::Response response) {
      self->send(std::move(response));
    });
  }

  void send(http::Response response) {
    answer_ = {};
    answer_.result(static_cast<unsigned>(response.status));
    for (const auto& [name, value] : response.fields) answer_.insert(name, value);
    answer_.keep_alive(keep_);
    answer_.body() = std::move(response.body);
    answer_.prepare_payload();
    beast::http::async_write(socket_, answer_,
                             [self = shared_from_this()](error_code error, std::size_t) {
                               if (!error && self->keep_) self->read();
                             });
  }

  tcp::socket socket_;
  const http::Handler& handler_;
  std::uint64_t body_limit_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  beast::http::response<beast::http::string_body> answer_;
  bool keep_ = false;
};

struct Server {
  Server(asio::io_context& context, http::Handler answer, std::uint64_t limit)
      : acceptor(context), handler(std::move(answer)), body_limit(limit) {}

  void accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      std::make_shared<Connection>(std::move(socket), handler, body_limit)->read();
      accept();
    });
  }

  tcp::acceptor acceptor;
  http::Handler handler;
  std::uint64_t body_limit;
};

struct Watch {
  Watch(asio::io_context& context, int fd, Loop::Task on_readable)
      : descriptor(context, fd), readable(std::move(on_readable)) {}

  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  ~Watch() { descriptor.release(); }

  asio::posix::stream_descriptor descriptor;
  Loop::Task readable;
};

}  // namespace

class Loop::State {
 public:
  State() : signals(context) {}

  void wait(const std::shared_ptr<Watch>& watch) {
    watch->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                 [this, weak = std::weak_ptr<Watch>(watch)](error_code error) {
                                   const std::shared_ptr<Watch> alive = weak.lock();
                                   if (error || !alive) return;
                                   alive->readable();
                                   // The task may have unwatched the descriptor, and even closed
                                   // it.
                                   const auto current =
                                       watches.find(alive->descriptor.native_handle());
                                   if (current != watches.end() && current->second == alive)
                                     wait(alive);
                                 });
  }

  void wait_for_signal(const Task& task) {
    signals.async_wait([this, task](error_code error, int) {
      if (error) return;
      task();
      wait_for_signal(task);
    });
  }

  asio::io_context context{1};
  asio::signal_set signals;
  std::vector<std::unique_ptr<Server>> servers;
  std::map<int, std::shared_ptr<Watch>> watches;
  std::map<TimerId, asio::steady_timer> timers;
  TimerId last_timer = 0;
};

Loop::Loop() : state_(std::make_unique<State>()) {}

Loop::~Loop() = default;

Result<std::uint16_t> Loop::serve(http::Handler handler, std::uint64_t body_limit) {
  auto server = std::make_unique<Server>(state_->context, std::move(handler), body_limit);
  error_code error;
  const tcp::endpoint loopback(asio::ip::address_v4::loopback(), 0);
  server->acceptor.open(loopback.protocol(), error);
  if (!error) server->acceptor.bind(loopback, error);
  if (!error) server->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(fmt::format("cannot listen on 127.0.0.1: {}", error.message()));
  const std::uint16_t port = server->acceptor.local_endpoint().port();
  server->accept();
  state_->servers.push_back(std::move(server));
  return port;
}

void Loop::watch(int fd, Task readable) {
  unwatch(fd);
  const auto watch = std::make_shared<Watch>(state_->context, fd, std::move(readable));
  state_->watches[fd] = watch;
  state_->wait(watch);
}

void Loop::unwatch(int fd) { state_->watches.erase(fd); }

TimerId Loop::after(std::chrono::nanoseconds delay, Task task) {
  const TimerId id = ++state_->last_timer;
  auto& timer = state_->timers.emplace(id, state_->context).first->second;
  timer.expires_after(delay);
  timer.async_wait([this, id, task = std::move(task)](error_code error) {
    if (error) return;
    state_->timers.erase(id);
    task();
  });
  return id;
}

void Loop::cancel(TimerId timer) { state_->timers.erase(timer); }

void Loop::on_interrupt(Task task) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    error_code ignored;
    state_->signals.add(number, ignored);
  }
  state_->wait_for_signal(task);
}

void Loop::run_until(const std::function<bool()>& done) {
  state_->context.restart();
  while (!done() && state_->context.run_one() > 0) {
  }
}

}  // namespace meshfn::invoke
