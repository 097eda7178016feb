#include "base/capture.h"

#include "catch.h"

namespace meshfn {

namespace {

Program program(const std::string& path) {
  Program program;
  program.argv = {path};
  program.environment = {{"GREETING", "hello"}};
  return program;
}

Captured run(const std::string& command, std::chrono::milliseconds limit) {
  Program shell = program("/bin/sh");
  shell.argv.insert(shell.argv.end(), {"-c", command});
  Result<Captured> captured = capture(shell, limit);
  REQUIRE(captured.has_value());
  return *captured;
}

}  // namespace

TEST_CASE("the output of a program is text and an exit", "[capture]") {
  const Captured good = run("echo $GREETING", std::chrono::seconds(20));
  CHECK(good.text == "hello\n");
  CHECK(good.exit == Exit{});
  CHECK_FALSE(good.timed_out);
  CHECK(run("echo out; exit 3", std::chrono::seconds(20)).exit == Exit{3, 0});
  CHECK_FALSE(capture(program("/no/such/program"), std::chrono::seconds(1)).has_value());
}

TEST_CASE("a program that takes too long is ended with all it started", "[capture]") {
  const Captured slow = run("echo begun; sleep 60 & wait", std::chrono::milliseconds(200));
  CHECK(slow.timed_out);
  CHECK(slow.text == "begun\n");
  CHECK(run("exec >&-; sleep 60", std::chrono::milliseconds(200)).timed_out);
}

TEST_CASE("much output arrives whole", "[capture]") {
  const Captured much = run("head -c 3000000 /dev/zero | tr '\\0' a", std::chrono::seconds(20));
  CHECK(much.text.size() == 3'000'000);
}

}  // namespace meshfn
