#include "invoke/pool.h"

#include <utility>

namespace meshfn::invoke {

Pool::Pool(Make make, std::size_t most, std::chrono::milliseconds keep_alive)
    : make_(std::move(make)), most_(most), keep_alive_(keep_alive) {}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& worker : workers_) worker->wake.notify_one();
  }
  for (const auto& worker : workers_) worker->thread.join();
}

bool Pool::submit(Call call, Done done) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  Worker* worker = nullptr;
  if (!idle_.empty()) {
    worker = idle_.back();
    idle_.pop_back();
  } else if (workers_.size() < most_) {
    worker = workers_.emplace_back(std::make_unique<Worker>()).get();
    worker->thread = std::thread([this, worker] { work(*worker); });
  } else {
    return false;
  }
  worker->job.emplace(std::move(call), std::move(done));
  worker->wake.notify_one();
  return true;
}

void Pool::work(Worker& worker) {
  std::unique_ptr<Instance> instance;
  std::unique_lock lock(mutex_);
  const auto has_work = [&] { return worker.job.has_value() || stopping_; };
  while (true) {
    if (!instance) {
      worker.wake.wait(lock, has_work);
    } else if (!worker.wake.wait_for(lock, keep_alive_, has_work)) {
      lock.unlock();
      instance.reset();
      lock.lock();
      continue;
    }
    if (!worker.job) return;
    auto [call, done] = std::move(*worker.job);
    worker.job.reset();
    lock.unlock();
    Result<std::optional<Outcome>> result;
    if (!instance) {
      Result<std::unique_ptr<Instance>> made = make_();
      if (made) {
        instance = std::move(*made);
      } else {
        result = tl::unexpected(made.error());
      }
    }
    if (instance) result = instance->invoke(call);
    lock.lock();
    // Idle before the caller hears of it: whoever calls again at once gets the warm one.
    idle_.push_back(&worker);
    lock.unlock();
    done(std::move(result));
    lock.lock();
  }
}

}  // namespace meshfn::invoke
