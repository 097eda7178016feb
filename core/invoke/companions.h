#pragma once

// The extensions that accompany a function: external ones as processes of their own, their API,
// and the telemetry they subscribe to.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"
#include "invoke/extensions.h"
#include "invoke/loop.h"
#include "invoke/telemetry.h"
#include "invoke/variables.h"

namespace meshfn::invoke {

class Companions {
 public:
  /// Called on what happens. All must be set.
  struct Events {
    std::function<void(std::string_view bytes)> output;  ///< what extensions print
    /// An extension has ended or reports that it cannot go on.
    std::function<void(const std::string& type, const std::string& message)> failed;
  };

  /// `loop` and `clock` outlive the object.
  Companions(Loop& loop, const Clock& clock, ExtensionHost host, Random random, Events events);
  Companions(const Companions&) = delete;
  Companions& operator=(const Companions&) = delete;
  /// Ends every process at once.
  ~Companions();

  /// Answers a request if it is of the Extensions, Telemetry or Logs API; false when it is not.
  bool handle(const http::Request& request, const http::Reply& reply);

  /// Starts the executables `paths` as external extensions with what is theirs of `variables`.
  void start(const std::vector<std::string>& paths, const Variables& variables);

  /// Says SHUTDOWN, gives them the time that Lambda gives them, and ends them. `also_done` tells
  /// whether the runtime, which ends meanwhile, has ended.
  void shut_down(std::string_view reason, const std::function<bool()>& also_done);

  /// Resident memory of all external extensions now, in bytes.
  std::uint64_t memory();

  bool empty() const { return extensions.empty(); }

  Extensions extensions;
  Telemetry telemetry;

 private:
  struct Member {
    std::string name;
    Process process;
    bool ended = false;
  };

  void watch(Member& member);
  bool read_output(Member& member);
  bool all_ended() const;
  void keep_flushing();
  void run_for(std::chrono::milliseconds limit, const std::function<bool()>& done);

  Loop& loop_;
  const Clock& clock_;
  Events events_;
  std::vector<std::unique_ptr<Member>> members_;
  std::size_t deliveries_ = 0;  ///< of telemetry, under way
  TimerId flush_timer_ = 0;
  bool stopping_ = false;
};

/// Extensions in the `extensions` folder of each layer: executable files, not folders, by name.
std::vector<std::string> find_extensions(const std::vector<std::string>& layers);

/// What an extension gets of the function's `variables`: neither those that begin with an
/// underscore nor those that describe the runtime.
Variables extension_variables(const Variables& variables);

}  // namespace meshfn::invoke
