#pragma once

// How the process takes memory from the operating system.

namespace meshfn {

/// Lets the heap grow in one large step and asks for huge pages under it (Linux with glibc; does
/// nothing elsewhere, nor when another allocator stands in). A mesh of 10 000 routes is 40 MB of
/// small objects: page by page, faults alone take a quarter of the time of a command. Address space
/// is reserved, memory is only used where it is touched. REQUIRES: called once, from `main`,
/// before other threads start.
void prepare_heap();

}  // namespace meshfn
