#pragma once

// The same work for 0 … n-1 on several threads. Who does what is left to chance, so results go into
// slots by index and nothing else is shared: equal answers on any number of threads.

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace meshfn::simulate {

/// Calls `work(i)` for every i below `count`, on at most `threads` threads (this one included).
template <class Work>
void for_each_index(std::size_t count, unsigned threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto loop = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t t = 1; t < threads && t < count; ++t) helpers.emplace_back(loop);
  loop();
}

}  // namespace meshfn::simulate
