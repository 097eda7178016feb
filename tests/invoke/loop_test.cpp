#include "invoke/loop.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <thread>

#include "catch.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;

/// Sends `bytes` to the port, says that nothing more comes, and returns all that is answered.
std::string talk(std::uint16_t port, const std::string& bytes) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return {};
  ::shutdown(fd, SHUT_WR);
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return text;
}

/// What the handler was given when `bytes` were sent to it, and what came back.
struct Exchange {
  http::Request request;
  std::string answer;
};

Exchange exchange(const std::string& bytes) {
  Exchange result;
  Loop loop;
  const auto port = loop.serve(
      [&](http::Request request, const http::Reply& reply) {
        result.request = std::move(request);
        reply({202, {{"X-Test", "1"}}, "done"});
      },
      1U << 20U);
  auto answer = std::async(std::launch::async, [&] { return talk(*port, bytes); });
  // The other thread's end is no event of the loop, so look at it now and then.
  std::function<void()> look = [&] { loop.after(milliseconds{5}, look); };
  look();
  loop.run_until([&] { return answer.wait_for(milliseconds{0}) == std::future_status::ready; });
  result.answer = answer.get();
  return result;
}

}  // namespace

TEST_CASE("a request is read and answered", "[invoke][loop]") {
  const Exchange done = exchange(
      "POST /a?b=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
  CHECK(done.request.method == "POST");
  CHECK(done.request.target == "/a?b=1");
  CHECK(done.request.field("host") == "x");
  CHECK(done.request.body == "body");
  CHECK_FALSE(done.request.truncated);
  CHECK(done.answer.starts_with("HTTP/1.1 202 Accepted\r\nX-Test: 1\r\n"));
  CHECK(done.answer.ends_with("\r\n\r\ndone"));
}

TEST_CASE("chunks are put together and trailers are fields", "[invoke][loop]") {
  const Exchange done = exchange(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: X-Last\r\nConnection: "
      "close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Last: yes\r\n\r\n");
  CHECK(done.request.body == "abcde");
  CHECK(done.request.field("X-Last") == "yes");
}

TEST_CASE("a body that breaks off is marked", "[invoke][loop]") {
  const Exchange done =
      exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nde");
  CHECK(done.request.truncated);
}

TEST_CASE("a body over the limit is refused", "[invoke][loop]") {
  const Exchange done = exchange("POST / HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n");
  CHECK(done.answer.starts_with("HTTP/1.1 413 "));
}

TEST_CASE("timers fire once and can be cancelled", "[invoke][loop]") {
  Loop loop;
  int fired = 0;
  loop.after(milliseconds{1}, [&] { ++fired; });
  const TimerId cancelled = loop.after(milliseconds{1}, [&] { fired += 100; });
  loop.cancel(cancelled);
  bool over = false;
  loop.after(milliseconds{20}, [&] { over = true; });
  loop.run_until([&] { return over; });
  CHECK(fired == 1);
}

TEST_CASE("a descriptor is watched until it is not", "[invoke][loop]") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "ab", 2) == 2);
  Loop loop;
  std::string text;
  loop.watch(ends[0], [&] {
    char c = 0;
    if (::read(ends[0], &c, 1) == 1) text += c;
    if (text.size() == 2) loop.unwatch(ends[0]);
  });
  loop.run_until([&] { return text.size() == 2; });
  CHECK(text == "ab");
  CHECK(::close(ends[0]) == 0);
  ::close(ends[1]);
}

}  // namespace meshfn::invoke
