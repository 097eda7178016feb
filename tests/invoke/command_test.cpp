// `meshfn invoke` as a process: exit codes, streams and Ctrl-C.

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/process.h"
#include "cli/app.h"
#include "invoke/workshop.h"
#include "support/paths.h"

namespace meshfn::cli {

namespace {

struct Run {
  ExitCode code;
  std::string out;
  std::string err;
};

Run run(const std::vector<std::string>& words, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  Terminal terminal{.in = in, .out = out, .err = err};
  const auto files = real_files();
  Context context{terminal, *files, ".", {{"PATH", std::getenv("PATH")}}};
  if (const char* home = std::getenv("HOME")) context.environment["HOME"] = home;
  const ExitCode code = cli::run(context, words);
  return {code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("invoke prints the answer alone on standard output", "[invoke][command]") {
  invoke::Workshop shop;
  shop.python("import os\ndef handler(e, c): print('log'); return [e, os.environ['A']]\n");
  const Run done = run({"invoke", shop.folder(), "--event", "-", "--env", "A=b"}, "{\"x\":1}");
  CHECK(done.code == kOk);
  CHECK(done.out == "[{\"x\": 1}, \"b\"]\n");
  CHECK(done.err.find("\nlog\nEND RequestId: ") != std::string::npos);
}

TEST_CASE("invoke exits with 1 when the function fails", "[invoke][command]") {
  invoke::Workshop shop;
  shop.python("def handler(e, c): raise ValueError('no')\n");
  const Run done = run({"invoke", shop.folder(), "-o", "json", "-q"});
  CHECK(done.code == kBadAnswer);
  CHECK(nlohmann::json::parse(done.out)["error"]["type"] == "ValueError");
  CHECK(done.err.ends_with("failed (function-error): ValueError\n"));
  CHECK(done.err.find("REPORT") == std::string::npos);
}

TEST_CASE("invoke exits with 2 on wrong usage", "[invoke][command]") {
  invoke::Workshop shop;
  shop.python("def handler(e, c): pass\n");
  CHECK(run({"invoke", shop.folder(), "--memory", "64"}).code == kUsage);
  CHECK(run({"invoke", shop.folder(), "--timeout", "soon"}).code == kUsage);
  CHECK(run({"invoke", shop.folder(), "--runtime", "cobol"}).code == kUsage);
  CHECK(run({"invoke", shop.folder(), "--env", "AWS_REGION=x"}).code == kUsage);
}

TEST_CASE("invoke exits with 3 when there is nothing to run", "[invoke][command]") {
  invoke::Workshop shop;
  shop.python("def handler(e, c): pass\n").write("bad.json", "{\n  oops\n}");
  const Run bad = run({"invoke", shop.folder(), "--event", shop.folder() + "/bad.json"});
  CHECK(bad.code == kInput);
  CHECK(bad.err.find("bad.json:2:3: the event is not JSON") != std::string::npos);
  CHECK(run({"invoke", shop.folder() + "/none"}).code == kInput);
  CHECK(run({"invoke", shop.folder(), "--runtime", "java21", "--handler", "a.B"}).code == kInput);
}

TEST_CASE("invoke repeats in one warm environment", "[invoke][command]") {
  invoke::Workshop shop;
  shop.node("let n = 0; exports.handler = async () => ++n;");
  const Run done = run({"invoke", shop.folder(), "--repeat", "20", "-o", "json"});
  CHECK(done.code == kOk);
  const auto result = nlohmann::json::parse(done.out);
  CHECK(result["response"] == 20);
  CHECK(result["repeat"]["count"] == 20);
}

TEST_CASE("two invocations at once do not disturb each other", "[invoke][command]") {
  invoke::Workshop shop;
  shop.python("import time\ndef handler(e, c): time.sleep(0.3); return e\n");
  const auto in_background = [&](const std::string& event) {
    return std::async(std::launch::async, [&shop, event] {
      return run({"invoke", shop.folder(), "-e", "-"}, event);
    });
  };
  auto first = in_background("1");
  auto second = in_background("2");
  CHECK(first.get().out == "1\n");
  CHECK(second.get().out == "2\n");
}

TEST_CASE("invoke --async prints the last answer and what follows", "[invoke][command]") {
  invoke::Workshop shop;
  shop.python("def handler(e, c): raise ValueError(c.aws_request_id)\n");
  const Run done = run({"invoke", shop.folder(), "--async", "-o", "json", "-q"});
  CHECK(done.code == kBadAnswer);
  const auto result = nlohmann::json::parse(done.out);
  const auto& async = result["outputs"]["async"];
  CHECK(async["condition"] == "RetriesExhausted");
  CHECK(async["attempts"].size() == 3);
  CHECK(async["attempts"][2]["afterSeconds"] == 180);
  CHECK(result["error"]["message"] == result["requestId"]);
}

TEST_CASE("invoke --cold starts as many environments", "[invoke][command]") {
  invoke::Workshop shop;
  shop.python("import os\ndef handler(e, c): return os.getpid()\n");
  const Run done =
      run({"invoke", shop.folder(), "--cold", "3", "--repeat", "2", "-o", "json", "--weight", "2"});
  CHECK(done.code == kOk);
  const auto result = nlohmann::json::parse(done.out);
  CHECK(result["repeat"]["count"] == 4);
  CHECK(result["repeat"]["cold"] == 3);
  CHECK(result["repeat"]["initMs"]["p50"] > 0);
  CHECK(result["figures"]["trigger"]["work"] == 8);
  CHECK(done.err.find("direct trigger: 2 x 4 = 8; ") != std::string::npos);
}

TEST_CASE("Ctrl-C ends a server with its functions", "[invoke][command]") {
  invoke::Workshop shop;
  shop.python("def handler(e, c): return 1\n");
  Program program{{test::program(), "invoke", shop.folder(), "--serve", "--port", "0"},
                  {{"PATH", std::getenv("PATH")}},
                  "",
                  0};
  if (const char* home = std::getenv("HOME")) program.environment["HOME"] = home;
  Result<Process> process = Process::start(program);
  REQUIRE(process.has_value());
  pollfd printed{process->output_fd(), POLLIN, 0};
  REQUIRE(::poll(&printed, 1, 20'000) == 1);
  char text[4096] = {};
  REQUIRE(::read(process->output_fd(), text, sizeof text - 1) > 0);
  CHECK(std::string(text).find("POST http://127.0.0.1:") != std::string::npos);
  ::kill(process->pid(), SIGINT);
  pollfd ended{process->exit_fd(), POLLIN, 0};
  REQUIRE(::poll(&ended, 1, 5'000) == 1);
  CHECK(process->exit() == Exit{130, 0});
}

TEST_CASE("Ctrl-C ends the function with its children and exits with 130", "[invoke][command]") {
  invoke::Workshop shop;
  shop.python(
      "import subprocess, time\ndef handler(e, c):\n"
      "  print(subprocess.Popen(['sleep', '1000']).pid); time.sleep(1000)\n");
  Program program{{test::program(), "invoke", shop.folder(), "-q", "--timeout", "60s"},
                  {{"PATH", std::getenv("PATH")}},
                  "",
                  0};
  if (const char* home = std::getenv("HOME")) program.environment["HOME"] = home;
  Result<Process> process = Process::start(program);
  REQUIRE(process.has_value());
  pollfd printed{process->output_fd(), POLLIN, 0};
  REQUIRE(::poll(&printed, 1, 20'000) == 1);
  char text[64] = {};
  REQUIRE(::read(process->output_fd(), text, sizeof text - 1) > 0);
  const pid_t child = static_cast<pid_t>(std::atoi(text));
  REQUIRE(::kill(child, 0) == 0);
  ::kill(process->pid(), SIGINT);
  pollfd ended{process->exit_fd(), POLLIN, 0};
  REQUIRE(::poll(&ended, 1, 5'000) == 1);
  CHECK(process->exit() == Exit{130, 0});
  CHECK(::kill(child, 0) != 0);
}

}  // namespace meshfn::cli
