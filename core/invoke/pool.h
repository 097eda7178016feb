#pragma once

// Several environments of one function, as the cloud keeps them: a call goes to one that is idle
// and warm, or a new one starts, up to a limit. Each lives in a thread of its own, because an
// environment blocks while it invokes, and dies with the thread that started it.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "invoke/instance.h"

namespace meshfn::invoke {

class Pool {
 public:
  using Make = std::function<Result<std::unique_ptr<Instance>>()>;
  /// Called on the environment's thread; the error is for an environment that cannot be made,
  /// and nothing for an invocation that was interrupted.
  using Done = std::function<void(Result<std::optional<Outcome>>)>;

  /// `most` environments at once; one that is idle for `keep_alive` is ended.
  Pool(Make make, std::size_t most, std::chrono::milliseconds keep_alive);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  /// Waits for what is under way and ends every environment.
  ~Pool();

  /// Invokes in the environment that became idle last, or in a new one. False when all are busy:
  /// then `done` is not called.
  bool submit(Call call, Done done);

 private:
  struct Worker {
    std::optional<std::pair<Call, Done>> job;
    std::condition_variable wake;
    std::thread thread;
  };

  void work(Worker& worker);

  Make make_;
  std::size_t most_;
  std::chrono::milliseconds keep_alive_;
  std::mutex mutex_;  ///< guards everything below
  bool stopping_ = false;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;  ///< last in, first out
};

}  // namespace meshfn::invoke
