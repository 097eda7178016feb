#pragma once

// Independent pieces of work on a few threads. Each piece writes only to its own slot, so the
// order in which they finish cannot be seen.

#include <cstddef>
#include <functional>

namespace meshfn::lint {

/// Calls `work(0, w)` … `work(count - 1, w)` on up to `threads` threads, the calling one included.
/// `w` is the number of the thread, less than `threads`: for what each thread needs one of.
void parallel_for(std::size_t count, std::size_t threads,
                  const std::function<void(std::size_t, std::size_t)>& work);

}  // namespace meshfn::lint
