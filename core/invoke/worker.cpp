#include "invoke/worker.h"

#include <unistd.h>

#include <csignal>
#include <utility>

namespace meshfn::invoke {

namespace {

constexpr std::chrono::milliseconds kMemoryInterval{10};
/// RLIMIT_DATA counts what is allocated, the limit what is used: allocators keep some in hand.
constexpr std::uint64_t kUnusedData = 64U << 20U;

}  // namespace

Worker::Worker(Loop& loop, Hooks hooks) : loop_(loop), hooks_(std::move(hooks)) {}

Worker::~Worker() { end(std::chrono::milliseconds{0}); }

Result<void> Worker::start(const Program& program, std::int64_t memory_mb, bool refuse) {
  Program limited = program;
  limit_ = static_cast<std::uint64_t>(memory_mb) << 20U;
  if (refuse) limited.data_limit = limit_ + kUnusedData;
  Result<Process> process = Process::start(limited);
  if (!process) return tl::unexpected(process.error());
  exited_ = false;
  over_memory_ = false;
  process_.emplace(std::move(*process));
  loop_.watch(process_->exit_fd(), [this] {
    exited_ = true;
    loop_.unwatch(process_->exit_fd());
  });
  loop_.watch(process_->output_fd(), [this] { read_output(); });
  watch_memory();
  return {};
}

std::int64_t Worker::peak_mb() {
  if (process_) peak_ = process_->peak_memory();
  return static_cast<std::int64_t>((peak_ + (1U << 19U)) >> 20U);
}

void Worker::drain() {
  while (process_ && read_output()) {
  }
}

void Worker::ask_to_end() { ::kill(process_->pid(), SIGTERM); }

void Worker::end(std::chrono::milliseconds grace) {
  if (!process_) return;
  peak_mb();
  loop_.cancel(timer_);
  loop_.unwatch(process_->exit_fd());
  loop_.unwatch(process_->output_fd());
  process_->end(grace);
  drain();
  process_.reset();
  exited_ = false;
  over_memory_ = false;
}

bool Worker::read_output() {
  char buffer[65536];
  const ssize_t n = ::read(process_->output_fd(), buffer, sizeof buffer);
  if (n == 0) loop_.unwatch(process_->output_fd());
  if (n <= 0) return false;
  hooks_.output({buffer, static_cast<std::size_t>(n)});
  return true;
}

void Worker::watch_memory() {
  timer_ = loop_.after(kMemoryInterval, [this] {
    const std::uint64_t beside = hooks_.beside ? hooks_.beside() : 0;
    if (process_ && !exited_ && process_->memory() + beside > limit_) over_memory_ = true;
    watch_memory();
  });
}

}  // namespace meshfn::invoke
