#pragma once

// How work grows with its size, as a ratio of this process's own processor time.

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <functional>

namespace meshfn::test {

/// How many times as long `work` takes on `4 * size` as on `size`: 4 when it is linear, 16 when it
/// grows with the square. The better of two runs each.
inline double growth(std::size_t size, const std::function<void(std::size_t)>& work) {
  const auto seconds = [&](std::size_t n) {
    double best = 1e9;
    for (int i = 0; i < 2; ++i) {
      const std::clock_t begin = std::clock();
      work(n);
      best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    return best;
  };
  return seconds(4 * size) / seconds(size);
}

}  // namespace meshfn::test
