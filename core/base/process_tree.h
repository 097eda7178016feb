#pragma once

// Who descends from whom, read from /proc. Every program that we start carries a mark in its
// environment, by which its orphans are told from the caller's other children.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace meshfn::process_tree {

/// The environment variable that carries the mark.
inline constexpr std::string_view kMarkVariable = "MESHFN_PROCESS";

/// Direct children of `pid`, zombies included; empty where the kernel does not list them.
std::vector<pid_t> children(pid_t pid);

/// `pid` and all its descendants, parents first.
std::vector<pid_t> family(pid_t pid);

/// Families of children of the calling process, other than `root`, that carry `mark`: orphans
/// which the kernel handed to us.
std::vector<pid_t> adopted(pid_t root, const std::string& mark);

/// Resident bytes of `pid` now, and at its peak; zeros when it is gone.
struct Resident {
  std::uint64_t now = 0;
  std::uint64_t peak = 0;
};

Resident resident(pid_t pid);

}  // namespace meshfn::process_tree
