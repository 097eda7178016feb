#pragma once

// What a compiled `bootstrap` asks of the machine it runs on, read from its ELF headers: mistakes
// that would otherwise show only in the cloud, or as a bare "exec format error".

#include <optional>
#include <string>
#include <string_view>

namespace meshfn::invoke {

/// A 64-bit little-endian ELF executable.
struct Elf {
  std::string machine;      ///< "x86_64", "arm64", or "machine 40" for others
  std::string interpreter;  ///< the dynamic loader; empty when it is linked statically
  std::string glibc;        ///< highest version that it needs: "2.34"; empty: none
};

/// Nothing when `bytes` are no such file: a script, for example.
std::optional<Elf> read_elf(std::string_view bytes);

/// Whether version `a` ("2.9") is newer than `b` ("2.34").
bool is_newer_version(std::string_view a, std::string_view b);

}  // namespace meshfn::invoke
