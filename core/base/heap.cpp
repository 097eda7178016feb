#include "base/heap.h"

#if defined(__linux__) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace meshfn {

namespace {

constexpr int kReserve = 256 << 20;
constexpr int kLargestBlock = 32 << 20;  // the most that glibc takes for M_MMAP_THRESHOLD
constexpr std::uintptr_t kHugePage = 2 << 20;

std::uintptr_t end_of_heap() { return reinterpret_cast<std::uintptr_t>(::sbrk(0)); }

}  // namespace

void prepare_heap() {
  // Large vectors come from the heap as well, and what is freed stays for the next one.
  ::mallopt(M_MMAP_THRESHOLD, kLargestBlock);
  ::mallopt(M_TRIM_THRESHOLD, kReserve);
  ::mallopt(M_TOP_PAD, kReserve);
  const std::uintptr_t begin = end_of_heap();
  void* volatile block = std::malloc(kHugePage / 2);  // more than there is: the heap grows now
  std::free(block);
  const std::uintptr_t first = (begin + kHugePage - 1) / kHugePage * kHugePage;
  const std::uintptr_t end = end_of_heap();
  if (end <= first) return;  // no room, or not glibc's malloc
  ::madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

}  // namespace meshfn
#else
namespace meshfn {

void prepare_heap() {}

}  // namespace meshfn
#endif
