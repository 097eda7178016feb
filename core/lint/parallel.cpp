#include "lint/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace meshfn::lint {

void parallel_for(std::size_t count, std::size_t threads,
                  const std::function<void(std::size_t, std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&](std::size_t worker) {
    for (std::size_t i = next++; i < count; i = next++) work(i, worker);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t i = 1; i < std::min(threads, count); ++i) helpers.emplace_back(run, i);
  run(0);
}

}  // namespace meshfn::lint
