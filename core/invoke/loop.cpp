#include "invoke/loop.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <deque>
#include <map>
#include <optional>

namespace meshfn::invoke {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t kHeaderLimit = 1U << 20U;  // error causes travel in headers of 64 KiB

constexpr std::size_t kPortion = 65536;

/// How long somebody may take to answer what is delivered to them.
constexpr std::chrono::seconds kAnswerLimit{1};

/// What is done with the requests of one port.
struct Service {
  http::Handler handler;
  http::Parts parts;
  std::uint64_t body_limit = 0;
};

/// One connection of a client; requests follow each other. Keeps itself alive while it waits for
/// something, and is kept by the Reply of a request that is not answered yet.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const Service& service)
      : socket_(std::move(socket)), pause_(socket_.get_executor()), service_(service) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(service_.body_limit);
    parser_->header_limit(kHeaderLimit);
    parser_->eager(true);
    head_.reset();
    handed_ = 0;
    read_some();
  }

 private:
  /// Not beast's async_read_some: with chunks it reads on until the message is whole.
  void read_some() {
    if (buffer_.size() > 0) return arrived({}, 0);
    read_bytes();
  }

  void read_bytes() {
    socket_.async_read_some(buffer_.prepare(kPortion),
                            [self = shared_from_this()](error_code error, std::size_t count) {
                              self->arrived(error, count);
                            });
  }

  void arrived(error_code error, std::size_t count) {
    buffer_.commit(count);
    if (error == asio::error::eof) {
      if (!parser_->got_some()) return;
      error = {};
      parser_->put_eof(error);
      if (!error && !parser_->is_done()) error = beast::http::error::partial_message;
      return progressed(error);
    }
    const bool had_bytes = buffer_.size() > 0;
    if (!error) buffer_.consume(parser_->put(buffer_.data(), error));
    const bool wants_more = error == beast::http::error::need_more;
    if (wants_more) error = {};
    if (wants_more && had_bytes && buffer_.size() > 0 && !parser_->is_done()) return read_more();
    progressed(error);
  }

  /// A line or a chunk's head is incomplete: what is in the buffer stays there.
  void read_more() {
    hand_part([](Connection& self) { self.read_bytes(); });
  }

  void progressed(error_code error) {
    if (error || parser_->is_done()) {
      return hand_part([error](Connection& self) { self.received(error); });
    }
    hand_part([](Connection& self) { self.read_some(); });
  }

  /// Hands on what is new of the body, and does `next` when the service lets it.
  template <class Next>
  void hand_part(Next next) {
    std::chrono::nanoseconds delay{0};
    if (service_.parts && parser_->is_header_done()) {
      if (!head_) head_ = head();
      const std::string_view bytes = std::string_view(parser_->get().body()).substr(handed_);
      handed_ += bytes.size();
      if (!bytes.empty()) delay = service_.parts(*head_, bytes);
    }
    if (delay <= std::chrono::nanoseconds{0}) return next(*this);
    pause_.expires_after(delay);
    pause_.async_wait([self = shared_from_this(), next](error_code) { next(*self); });
  }

  http::Request head() const {
    const auto& message = parser_->get();
    http::Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.fields.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    return request;
  }

  void received(error_code error) {
    if (error == beast::http::error::body_limit) return send({413, {}, {}});
    if (error && !parser_->is_header_done()) return;
    http::Request request = head();
    keep_ = parser_->get().keep_alive() && !error;
    request.truncated = static_cast<bool>(error);
    request.body = std::move(parser_->get().body());
    service_.handler(std::move(request), [self = shared_from_this()](http::Response response) {
      self->send(std::move(response));
    });
  }

  void send(http::Response response) {
    answer_ = {};
    answer_.result(static_cast<unsigned>(response.status));
    for (const auto& [name, value] : response.fields) answer_.insert(name, value);
    answer_.keep_alive(keep_);
    if (response.stream) return begin_stream(response);
    answer_.body() = std::move(response.body);
    answer_.prepare_payload();
    beast::http::async_write(socket_, answer_,
                             [self = shared_from_this()](error_code error, std::size_t) {
                               if (!error && self->keep_) self->read();
                             });
  }

  void begin_stream(const http::Response& response) {
    answer_.erase(beast::http::field::content_length);
    answer_.chunked(true);
    std::string text = fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                                   std::string(beast::http::obsolete_reason(answer_.result())));
    for (const auto& field : answer_) {
      text += std::string(field.name_string()) + ": " + std::string(field.value()) + "\r\n";
    }
    outbox_.push_back(text + "\r\n");
    add_chunk(response.body);
    write_outbox();
    response.stream([self = shared_from_this()](const std::string& bytes, bool last) {
      self->add_chunk(bytes);
      if (last) self->outbox_.emplace_back("0\r\n\r\n");
      self->ended_ = last;
      self->write_outbox();
    });
  }

  void add_chunk(const std::string& bytes) {
    if (!bytes.empty()) outbox_.push_back(fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes));
  }

  void write_outbox() {
    if (writing_ || outbox_.empty()) return;
    writing_ = true;
    asio::async_write(socket_, asio::buffer(outbox_.front()),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        self->writing_ = false;
                        self->outbox_.pop_front();
                        if (error) return self->outbox_.clear();
                        if (!self->outbox_.empty()) return self->write_outbox();
                        if (self->ended_ && self->keep_) self->next_request();
                      });
  }

  void next_request() {
    ended_ = false;
    read();
  }

  tcp::socket socket_;
  asio::steady_timer pause_;
  const Service& service_;
  beast::flat_buffer buffer_;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_;
  std::optional<http::Request> head_;
  std::size_t handed_ = 0;
  beast::http::response<beast::http::string_body> answer_;
  std::deque<std::string> outbox_;  ///< of a streamed answer
  bool writing_ = false;
  bool ended_ = false;
  bool keep_ = false;
};

struct Server {
  Server(asio::io_context& context, Service what) : acceptor(context), service(std::move(what)) {}

  void accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      std::make_shared<Connection>(std::move(socket), service)->read();
      accept();
    });
  }

  tcp::acceptor acceptor;
  Service service;
};

/// One delivery to a port of this machine, see Loop::exchange. Keeps itself alive.
class Delivery : public std::enable_shared_from_this<Delivery> {
 public:
  Delivery(asio::io_context& context, std::string bytes, bool half_close,
           std::function<void(std::string)> done)
      : socket_(context),
        limit_(context),
        bytes_(std::move(bytes)),
        half_close_(half_close),
        done_(std::move(done)) {}

  void start(std::uint16_t port) {
    limit_.expires_after(kAnswerLimit);
    limit_.async_wait([self = shared_from_this()](error_code error) {
      error_code ignored;
      if (!error) self->socket_.close(ignored);
    });
    socket_.async_connect(
        {asio::ip::address_v4::loopback(), port},
        [self = shared_from_this()](error_code error) { error ? self->finish() : self->write(); });
  }

 private:
  void write() {
    asio::async_write(socket_, asio::buffer(bytes_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        error_code ignored;
                        if (error) return self->finish();
                        if (self->half_close_) {
                          self->socket_.shutdown(tcp::socket::shutdown_send, ignored);
                        }
                        self->read();
                      });
  }

  void read() {
    asio::async_read(socket_, asio::dynamic_buffer(answer_),
                     [self = shared_from_this()](error_code, std::size_t) { self->finish(); });
  }

  void finish() {
    limit_.cancel();
    done_(std::move(answer_));
  }

  tcp::socket socket_;
  asio::steady_timer limit_;
  std::string bytes_;
  std::string answer_;
  bool half_close_;
  std::function<void(std::string)> done_;
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

Result<std::uint16_t> Loop::serve(http::Handler handler, std::uint64_t body_limit,
                                  std::uint16_t wanted, http::Parts parts) {
  auto server = std::make_unique<Server>(state_->context,
                                         Service{std::move(handler), std::move(parts), body_limit});
  error_code error;
  const tcp::endpoint loopback(asio::ip::address_v4::loopback(), wanted);
  server->acceptor.open(loopback.protocol(), error);
  // A port that was served a moment ago may be had again at once.
  if (!error) server->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) server->acceptor.bind(loopback, error);
  if (!error) server->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    const std::string where = wanted == 0 ? "127.0.0.1" : fmt::format("127.0.0.1:{}", wanted);
    return fail(fmt::format("cannot listen on {}: {}", where, str::lower(error.message())),
                wanted == 0 ? "" : "another program has that port: choose one with --port");
  }
  const std::uint16_t port = server->acceptor.local_endpoint().port();
  server->accept();
  state_->servers.push_back(std::move(server));
  return port;
}

void Loop::exchange(std::uint16_t port, std::string bytes, bool half_close,
                    std::function<void(std::string)> done) {
  std::make_shared<Delivery>(state_->context, std::move(bytes), half_close, std::move(done))
      ->start(port);
}

void Loop::post(Task task) { asio::post(state_->context, std::move(task)); }

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

boost::asio::io_context& Loop::context() { return state_->context; }

void Loop::run_until(const std::function<bool()>& done) {
  state_->context.restart();
  while (!done() && state_->context.run_one() > 0) {
  }
}

}  // namespace meshfn::invoke
