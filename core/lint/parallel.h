#pragma once

// Independent pieces of work on a few threads. Each piece writes only to its own slot, so the
// order in which they finish cannot be seen.

#include <cstddef>
#include <functional>

namespace meshfn::lint {

/// Calls `work(0)` … `work(count - 1)` on up to `threads` threads, the calling one included.
void parallel_for(std::size_t count, std::size_t threads,
                  const std::function<void(std::size_t)>& work);

}  // namespace meshfn::lint
