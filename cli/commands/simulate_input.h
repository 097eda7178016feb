#pragma once

// From the command line of `simulate` to a complete scenario: the scenario file, what `--set`
// changes in it and in the mesh, the mesh itself, and what the other options add.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"
#include "simulate/draft.h"
#include "simulate/scenario.h"

namespace meshfn::cli {

/// A whole number between `least` and `most`, or a usage error that names the option.
Result<std::uint64_t> whole_number(const Args& args, std::string_view option, std::uint64_t least,
                                   std::uint64_t most);

/// The scenario at `path` ("-": standard input), completed from the mesh it names and from `mesh`.
/// Mistakes are shown with excerpts; the error says how many there are. `drafts` gets the documents
/// that were read, as values, when it is asked for.
Result<simulate::Scenario> read_simulation(Context& context, const Args& args,
                                           const std::string& path,
                                           const std::vector<std::string>& mesh,
                                           simulate::Drafts* drafts = nullptr);

/// The same from drafts of the scenario at `path` that were changed since. Shows nothing, so that
/// several threads may read.
Result<simulate::Scenario> read_drafts(const Context& context, const Args& args,
                                       const std::string& path, const simulate::Drafts& drafts);

}  // namespace meshfn::cli
