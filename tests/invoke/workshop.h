#pragma once

// A folder with a function in it, run for real: python3 and node have to be installed, and a test
// that needs them fails where they are not.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/process_tree.h"
#include "catch.h"
#include "invoke/platform.h"

namespace meshfn::invoke {

/// Owns a temporary folder; at its end no process and no file may be left.
class Workshop {
 public:
  Workshop() {
    std::string pattern = (std::filesystem::temp_directory_path() / "meshfn-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    settings.host = {{"PATH", std::getenv("PATH")}};
    if (const char* home = std::getenv("HOME")) settings.host["HOME"] = home;
    settings.log = [this](std::string_view bytes) { log += bytes; };
    function.name = "hello";
    function.function_name = "hello";
    function.code = folder_;
    function.memory_mb = 256;
    function.timeout_ms = 20'000;
  }

  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  ~Workshop() {
    environment_.reset();
    CHECK(process_tree::children(::getpid()).empty());
    std::set<std::string> left;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      left.insert(entry.path().filename().string());
    }
    CHECK(left == written_);
    std::filesystem::remove_all(folder_);
  }

  /// Writes a file of the function.
  Workshop& write(const std::string& name, const std::string& text, bool executable = false) {
    std::ofstream(folder_ + "/" + name) << text;
    if (executable) {
      std::filesystem::permissions(folder_ + "/" + name, std::filesystem::perms::owner_all);
    }
    written_.insert(std::filesystem::path(name).filename().string());
    return *this;
  }

  /// `app.py` with this text, to be run with `app.handler`.
  Workshop& python(const std::string& text) {
    function.runtime = function::find_runtime("python3.11");
    function.handler = "app.handler";
    return write("app.py", text);
  }

  /// `index.js` (CommonJS) with this text, to be run with `index.handler`.
  Workshop& node(const std::string& text) {
    function.runtime = function::find_runtime("nodejs20.x");
    function.handler = "index.handler";
    return write("index.js", text);
  }

  /// An executable `bootstrap`.
  Workshop& bootstrap(const std::string& text) {
    function.runtime = function::find_runtime("provided.al2023");
    return write("bootstrap", text, true);
  }

  /// Invokes in the one environment of this workshop, which starts with the first call.
  Outcome invoke(const std::string& event = "{}") {
    Call call;
    call.event = event;
    return invoke(call);
  }

  Outcome invoke(const Call& call) {
    std::optional<Outcome> outcome = invoke_or_interrupt(call);
    REQUIRE(outcome.has_value());
    return *outcome;
  }

  std::optional<Outcome> invoke_or_interrupt(const Call& call = {}) {
    if (!environment_) {
      const auto host = find_host(function);
      REQUIRE(host.has_value());
      auto made = (*host)->create(function, settings, clock_);
      REQUIRE(made.has_value());
      environment_ = std::move(*made);
    }
    return environment_->invoke(call);
  }

  /// Ends the environment, which extensions hear of.
  void end() { environment_.reset(); }

  /// Names of further files and folders that may be left.
  void keep(const std::set<std::string>& names) { written_.insert(names.begin(), names.end()); }

  const std::string& folder() const { return folder_; }

  function::Function function;
  Settings settings;
  std::string log;

 private:
  Clock clock_;
  std::string folder_;
  std::set<std::string> written_;
  std::unique_ptr<Instance> environment_;
};

}  // namespace meshfn::invoke
