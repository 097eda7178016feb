// What can go wrong with one invocation, a test a row: right status, right message, and (checked
// by the Workshop) no process and no file left.

#include "invoke/failure.h"

#include <csignal>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "invoke/elf.h"
#include "invoke/environment.h"
#include "invoke/workshop.h"

namespace meshfn::invoke {

namespace {

std::string message(const Outcome& outcome) {
  return nlohmann::json::parse(outcome.payload)["errorMessage"].get<std::string>();
}

Outcome python(const std::string& text) {
  Workshop shop;
  return shop.python(text).invoke();
}

Outcome node(const std::string& text) {
  Workshop shop;
  return shop.node(text).invoke();
}

}  // namespace

TEST_CASE("a handler that throws", "[invoke][failure]") {
  const Outcome py = python("def handler(e, c): raise KeyError('order')\n");
  CHECK(py.status == Status::function_error);
  CHECK(py.error_type == "KeyError");
  CHECK(message(py) == "'order'");
  CHECK(nlohmann::json::parse(py.payload)["stackTrace"].size() == 1);
  CHECK(py.report_type.empty());
  const Outcome js = node("exports.handler = () => { throw new RangeError('far'); };");
  CHECK(js.status == Status::function_error);
  CHECK(js.error_type == "RangeError");
  CHECK(message(js) == "far");
}

TEST_CASE("a handler that rejects or calls back with an error", "[invoke][failure]") {
  const Outcome error = node("exports.handler = async () => { throw new TypeError('no'); };");
  CHECK(error.status == Status::function_error);
  CHECK(error.error_type == "TypeError");
  const Outcome text = node("exports.handler = () => Promise.reject('plain');");
  CHECK(text.error_type == "string");
  CHECK(message(text) == "plain");
  const Outcome callback = node("exports.handler = (e, c, done) => done(new Error('back'));");
  CHECK(message(callback) == "back");
  const Outcome never = node("exports.handler = () => new Promise(() => {});");
  CHECK(never.status == Status::function_error);
  CHECK(never.error_type == "Runtime.NodeJsExit");
}

TEST_CASE("an error that nobody catches", "[invoke][failure]") {
  const Outcome rejected = node(
      "exports.handler = (e, c, done) => { Promise.reject(new Error('lost'));"
      " setTimeout(done, 1000); };");
  CHECK(rejected.status == Status::function_error);
  CHECK(rejected.error_type == "Runtime.UnhandledPromiseRejection");
  CHECK(message(rejected) == "Error: lost");
  const Outcome thrown = node(
      "exports.handler = (e, c, done) => { setTimeout(() => { throw new Error('late'); }, 1); };");
  CHECK(thrown.status == Status::function_error);
  CHECK(message(thrown) == "late");
}

TEST_CASE("a result that is not JSON", "[invoke][failure]") {
  const Outcome py = python("def handler(e, c): return {1, 2}\n");
  CHECK(py.status == Status::function_error);
  CHECK(py.error_type == "Runtime.MarshalError");
  CHECK(message(py) == "Unable to marshal response: Object of type set is not JSON serializable");
  const Outcome js = node("exports.handler = async () => 10n;");
  CHECK(js.error_type == "Runtime.MarshalError");
}

TEST_CASE("a response over 6 MB", "[invoke][failure]") {
  Workshop shop;
  shop.python("def handler(e, c): return 'x' * e\n");
  CHECK(shop.invoke("6291554").status == Status::ok);
  const Outcome outcome = shop.invoke("6291555");
  CHECK(outcome.status == Status::function_error);
  CHECK(outcome.error_type == "Function.ResponseSizeTooLarge");
  CHECK(message(outcome) ==
        "Response payload size (6291557 bytes) exceeded maximum allowed payload size "
        "(6291556 bytes).");
  CHECK(shop.invoke("1").payload == "\"x\"");
}

TEST_CASE("a Node response over 6 MB", "[invoke][failure]") {
  const Outcome js = node("exports.handler = async () => 'x'.repeat(7 << 20);");
  CHECK(js.error_type == "Function.ResponseSizeTooLarge");
}

TEST_CASE("a function that prints 100 MB", "[invoke][failure]") {
  Workshop shop;
  std::size_t printed = 0;
  shop.settings.log = [&](std::string_view bytes) { printed += bytes.size(); };
  shop.python("def handler(e, c):\n  for i in range(100): print('x' * (1 << 20))\n");
  const Outcome outcome = shop.invoke();
  CHECK(outcome.ok());
  CHECK(printed > 100U << 20U);
  std::size_t kept = 0;
  for (const std::string& line : outcome.logs) kept += line.size();
  CHECK(kept <= 2 * kKeptLogBytes);
  CHECK(outcome.logs.front().ends_with("bytes before this are left out]"));
}

TEST_CASE("a function that exits", "[invoke][failure]") {
  const Outcome py = python("import sys\ndef handler(e, c): print('bye'); sys.exit(3)\n");
  CHECK(py.status == Status::crash);
  CHECK(py.error_type == "Runtime.ExitError");
  CHECK(py.report_type == "Runtime.ExitError");
  CHECK(message(py) ==
        "RequestId: " + py.request_id + " Error: Runtime exited with error: exit status 3");
  CHECK(py.logs == std::vector<std::string>{"bye"});
  const Outcome js = node("exports.handler = () => process.exit(0);");
  CHECK(js.status == Status::crash);
  CHECK(message(js) ==
        "RequestId: " + js.request_id + " Error: Runtime exited without providing a reason");
}

TEST_CASE("a debugger that is not installed", "[invoke][failure]") {
  Outcome outcome;
  describe_exit({1, 0}, "/usr/bin/python3: No module named debugpy\n", outcome);
  CHECK(outcome.status == Status::crash);
  CHECK(outcome.hint == "`--inspect` needs debugpy: python3 -m pip install debugpy");
}

TEST_CASE("a function that segfaults", "[invoke][failure]") {
  const Outcome outcome =
      python("import os, signal\ndef handler(e, c): os.kill(os.getpid(), signal.SIGSEGV)\n");
  CHECK(outcome.status == Status::crash);
  CHECK(message(outcome).ends_with("Runtime exited with error: signal: segmentation fault"));
}

TEST_CASE("a function that leaves children behind", "[invoke][failure]") {
  const Outcome outcome = python(R"(
import os, subprocess, time
def handler(e, c):
    subprocess.Popen(["sleep", "1000"])
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "1000"])
        os._exit(0)
    return "left"
)");
  CHECK(outcome.payload == "\"left\"");
}

TEST_CASE("a function that allocates past its limit", "[invoke][failure]") {
  const Outcome at_once = python("def handler(e, c): return len(bytearray(1 << 30))\n");
  CHECK(at_once.status == Status::out_of_memory);
  CHECK(at_once.report_type == "Runtime.OutOfMemory");
  CHECK(at_once.hint == "the limit is 256 MB; raise MemorySize, or try --memory 512");
  const Outcome slowly = python(R"(
import time
def handler(e, c):
    kept = []
    while True:
        kept.append(b"x" * (4 << 20))
        time.sleep(0.002)
)");
  CHECK(slowly.status == Status::out_of_memory);
  CHECK(message(slowly).ends_with("Runtime exited with error: signal: killed"));
  const Outcome heap = node(
      "exports.handler = async () => { const kept = []; for (;;) kept.push(new Array(1000).fill({})"
      ".map(() => ({}))); };");
  CHECK(heap.status == Status::out_of_memory);
  const Outcome buffers = node(
      "exports.handler = async () => { const kept = [];"
      " for (;;) kept.push(Buffer.alloc(16 << 20, 1)); };");
  CHECK(buffers.status == Status::out_of_memory);
}

TEST_CASE("a function that hangs", "[invoke][failure]") {
  Workshop shop;
  shop.function.timeout_ms = 300;
  shop.python(
      "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
      "def handler(e, c):\n  time.sleep(0 if e else 1000)\n");
  const Outcome outcome = shop.invoke();
  CHECK(outcome.status == Status::timeout);
  CHECK(outcome.error_type == "Sandbox.Timedout");
  CHECK(message(outcome) ==
        "RequestId: " + outcome.request_id + " Error: Task timed out after 0.30 seconds");
  CHECK(outcome.duration_ms == Approx(300));
  CHECK(shop.log.find(outcome.request_id + " Task timed out after 0.30 seconds\n") !=
        std::string::npos);
  CHECK(shop.log.ends_with("Status: timeout\n"));
}

TEST_CASE("a function that hangs while it loads", "[invoke][failure]") {
  Workshop shop;
  shop.settings.init_timeout_ms = 300;
  shop.function.timeout_ms = 400;
  shop.python("import time\ntime.sleep(1000)\n");
  const Outcome outcome = shop.invoke();
  CHECK(outcome.status == Status::timeout);
  CHECK(shop.log.starts_with("INIT_REPORT Init Duration: 3"));
  CHECK(shop.log.find("Phase: init\tStatus: timeout\n") != std::string::npos);
}

TEST_CASE("a function that loads longer than the init limit but within its own", "[invoke]") {
  Workshop shop;
  shop.settings.init_timeout_ms = 100;
  shop.python("import time\ntime.sleep(0.5)\ndef handler(e, c): return 1\n");
  const Outcome outcome = shop.invoke();
  CHECK(outcome.payload == "1");
  CHECK(outcome.duration_ms > 500);
}

TEST_CASE("a function that fails while it loads", "[invoke][failure]") {
  const Outcome py = python("1 / 0\n");
  CHECK(py.status == Status::init_error);
  CHECK(py.error_type == "ZeroDivisionError");
  const Outcome js = node("throw new Error('at load');");
  CHECK(js.status == Status::init_error);
  CHECK(message(js) == "at load");
  const Outcome exits = python("import os\nos._exit(4)\n");
  CHECK(exits.status == Status::init_error);
  CHECK(exits.error_type == "Runtime.ExitError");
  CHECK(message(exits).ends_with("Runtime exited with error: exit status 4"));
}

TEST_CASE("code that does not parse", "[invoke][failure]") {
  const Outcome py = python("def handler(:\n");
  CHECK(py.status == Status::init_error);
  CHECK(py.error_type == "Runtime.UserCodeSyntaxError");
  const Outcome js = node("exports.handler = (=> 1;");
  CHECK(js.error_type == "Runtime.UserCodeSyntaxError");
}

TEST_CASE("a handler's file that is not there", "[invoke][failure]") {
  Workshop py;
  py.python("");
  py.function.handler = "other.handler";
  const Outcome missing = py.invoke();
  CHECK(missing.status == Status::init_error);
  CHECK(missing.error_type == "Runtime.ImportModuleError");
  CHECK(message(missing) == "Unable to import module 'other': No module named 'other'");
  CHECK(missing.hint ==
        "the handler `other.handler` names a file in `" + py.folder() + "` that is not there");
  Workshop js;
  js.node("");
  js.function.handler = "src/other.handler";
  const Outcome other = js.invoke();
  CHECK(other.error_type == "Runtime.ImportModuleError");
  CHECK(message(other) == "Error: Cannot find module 'src/other'");
  CHECK(other.hint.starts_with("the handler `src/other.handler` names a file"));
}

TEST_CASE("a dependency that is not installed", "[invoke][failure]") {
  const Outcome py = python("import no_such_package\n");
  CHECK(py.error_type == "Runtime.ImportModuleError");
  CHECK(py.hint.starts_with("install what it imports: pip install"));
  const Outcome js = node("require('no-such-package');");
  CHECK(js.error_type == "Runtime.ImportModuleError");
  CHECK(js.hint.starts_with("install what it imports: npm install"));
}

TEST_CASE("an export that is not there", "[invoke][failure]") {
  const Outcome py = python("def main(e, c): pass\ndef helper(): pass\nhandle = main\n");
  CHECK(py.error_type == "Runtime.HandlerNotFound");
  CHECK(message(py) == "Handler 'handler' missing on module 'app'");
  CHECK(py.hint == "`app` exports main, helper, handle; did you mean `app.handle`?");
  const Outcome js = node("exports.main = async () => 1;");
  CHECK(js.error_type == "Runtime.HandlerNotFound");
  CHECK(message(js) == "index.handler is undefined or not exported");
  CHECK(js.hint == "`index` exports main; did you mean `index.main`?");
}

TEST_CASE("an export that is not there is told before the start", "[invoke][failure]") {
  Workshop py;
  py.python("print('loaded')\ndef main(e, c): pass\n");
  const Outcome lacking = py.invoke();
  CHECK(lacking.status == Status::init_error);
  CHECK(lacking.hint == "`app` exports main; did you mean `app.main`?");
  CHECK(lacking.logs.empty());
  // What text cannot tell is left to the runtime.
  const Outcome computed = python("def main(e, c): pass\nglobals()['hand' + 'ler'] = main\n");
  CHECK(computed.ok());
}

TEST_CASE("a handler string without a function", "[invoke][failure]") {
  Workshop py;
  py.python("");
  py.function.handler = "app";
  CHECK(py.invoke().error_type == "Runtime.MalformedHandlerName");
  Workshop js;
  js.node("");
  js.function.handler = "../index.handler";
  CHECK(js.invoke().error_type == "Runtime.MalformedHandlerName");
}

TEST_CASE("a bootstrap that is not there or cannot be run", "[invoke][failure]") {
  Workshop absent;
  absent.function.runtime = function::find_runtime("provided.al2023");
  const Outcome nothing = absent.invoke();
  CHECK(nothing.status == Status::init_error);
  CHECK(nothing.error_type == "Runtime.InvalidEntrypoint");
  CHECK(message(nothing).ends_with("Couldn't find valid bootstrap(s): [" + absent.folder() +
                                   "/bootstrap]"));
  Workshop plain;
  plain.function.runtime = function::find_runtime("provided.al2023");
  plain.write("bootstrap", "#!/bin/sh\n");
  const Outcome denied = plain.invoke();
  CHECK(message(denied).ends_with("/bootstrap: permission denied"));
  CHECK(denied.hint == "make it executable: chmod +x " + plain.folder() + "/bootstrap");
}

TEST_CASE("a bootstrap that is built for another machine", "[invoke][failure]") {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  std::string bytes(4096, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  constexpr std::size_t kMachine = 18;  // e_machine of the ELF header
  bytes[kMachine] = '\x15';             // PowerPC, 64 bits
  Workshop shop;
  shop.bootstrap(bytes);
  const Clock clock;
  const auto made = Environment::create(shop.function, shop.settings, clock);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().message.find("is built for machine 21") != std::string::npos);
}

TEST_CASE("what a compiled bootstrap needs is read from it", "[invoke]") {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  const std::optional<Elf> elf = read_elf(bytes);
  REQUIRE(elf.has_value());
  CHECK(elf->interpreter.find("/ld-linux") != std::string::npos);
  CHECK(elf->glibc.starts_with("2."));
  CHECK_FALSE(read_elf("#!/bin/sh\n").has_value());
  for (std::size_t size = 0; size < 2'000; size += 7) read_elf(bytes.substr(0, size));
  CHECK(is_newer_version("2.34", "2.9"));
  CHECK_FALSE(is_newer_version("2.9", "2.34"));
  CHECK_FALSE(is_newer_version("2.34", "2.34"));
}

TEST_CASE("a runtime that is not installed", "[invoke][failure]") {
  Workshop shop;
  shop.node("");
  shop.settings.host["PATH"] = "/no/such/folder";
  const auto made = Environment::create(shop.function, shop.settings, Clock());
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().kind == Failure::input);
  CHECK(made.error().message == "`hello` needs Node.js, but there is no node, nodejs in PATH");
}

TEST_CASE("an interruption ends the function and its children", "[invoke][failure]") {
  Workshop shop;
  shop.python(
      "import subprocess, time, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
      "def handler(e, c):\n  subprocess.Popen(['sleep', '1000'])\n  time.sleep(1000)\n");
  std::jthread interrupt([] {
    std::this_thread::sleep_for(std::chrono::milliseconds{600});
    ::kill(::getpid(), SIGINT);
  });
  CHECK_FALSE(shop.invoke_or_interrupt().has_value());
}

}  // namespace meshfn::invoke
