// Reading over the network: a GET without secrets, and `topology import` from a server that speaks
// as Prometheus does.

#include <functional>
#include <future>
#include <sstream>

#include "base/files.h"
#include "catch.h"
#include "cli/app.h"
#include "invoke/loop.h"
#include "invoke/remote.h"

namespace meshfn::invoke {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view kRates =
    R"({"status":"success","data":{"resultType":"vector","result":[
  {"metric":{"source_workload":"unknown","destination_service_name":"web"},"value":[1,"40"]},
  {"metric":{"source_workload":"web","destination_service_name":"cart"},"value":[1,"40"]}]}})";

constexpr std::string_view kDurations =
    R"({"status":"success","data":{"resultType":"vector","result":[
  {"metric":{"destination_service_name":"web","le":"10"},"value":[1,"0"]},
  {"metric":{"destination_service_name":"web","le":"20"},"value":[1,"40"]},
  {"metric":{"destination_service_name":"cart","le":"5"},"value":[1,"40"]}]}})";

/// Runs `work` with the address of a server whose answers `answer` makes.
template <class Work>
auto with_server(const std::function<http::Response(const http::Request&)>& answer, Work work) {
  Loop loop;
  const auto port = loop.serve(
      [&](const http::Request& request, const http::Reply& reply) { reply(answer(request)); },
      1U << 20U);
  const std::string url = "http://127.0.0.1:" + std::to_string(*port);
  auto done = std::async(std::launch::async, [&] { return work(url); });
  std::function<void()> look = [&] { loop.after(milliseconds{5}, look); };
  look();
  loop.run_until([&] { return done.wait_for(milliseconds{0}) == std::future_status::ready; });
  return done.get();
}

http::Response prometheus(const http::Request& request) {
  const bool durations = request.target.find("duration_milliseconds") != std::string::npos;
  return {200, {}, std::string(durations ? kDurations : kRates)};
}

}  // namespace

TEST_CASE("a GET brings the text of an answer", "[invoke][fetch]") {
  std::string method;
  const auto text = with_server(
      [&](const http::Request& request) {
        method = request.method;
        return http::Response{200, {}, "hello"};
      },
      [](const std::string& url) { return fetch_text(url + "/x"); });
  REQUIRE(text);
  CHECK(*text == "hello");
  CHECK(method == "GET");
  const auto missing = with_server(
      [](const http::Request&) {
        return http::Response{404, {}, ""};
      },
      [](const std::string& url) { return fetch_text(url); });
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("status 404") != std::string::npos);
  CHECK_FALSE(fetch_text("file:///etc/hosts"));
  CHECK_FALSE(fetch_text("http://127.0.0.1:1"));
}

TEST_CASE("a topology comes from Prometheus with rates and durations", "[invoke][fetch]") {
  const auto out = with_server(prometheus, [](const std::string& url) {
    std::istringstream in;
    std::ostringstream text;
    std::ostringstream err;
    cli::Terminal terminal{.in = in, .out = text, .err = err};
    const auto files = real_files();
    cli::Context context{terminal, *files, ".", {}};
    const int code = cli::run(context, {"topology", "import", "--prometheus", url + "/"});
    return code == 0 ? text.str() : err.str();
  });
  INFO(out);
  CHECK(out.find("poisson: 40/s") != std::string::npos);
  // A request takes 15 ms at web, of which 2.5 ms are its call: five sixths stay.
  CHECK(out.find("- 9.375ms 10") != std::string::npos);
  CHECK(out.find("- 0.625ms 10") != std::string::npos);
  CHECK(out.find("# endpoints and concurrency are assumed") != std::string::npos);
}

}  // namespace meshfn::invoke
