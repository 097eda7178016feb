#pragma once

// From the command line of `simulate` to a complete scenario: the scenario file, what `--set`
// changes in it and in the mesh, the mesh itself, and what the other options add.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"
#include "simulate/scenario.h"

namespace meshfn::cli {

/// A whole number between `least` and `most`, or a usage error that names the option.
Result<std::uint64_t> whole_number(const Args& args, std::string_view option, std::uint64_t least,
                                   std::uint64_t most);

/// The scenario at `path` ("-": standard input), completed from the mesh it names and from `mesh`.
/// Mistakes are shown with excerpts; the error says how many there are.
Result<simulate::Scenario> read_simulation(Context& context, const Args& args,
                                           const std::string& path,
                                           const std::vector<std::string>& mesh);

}  // namespace meshfn::cli
