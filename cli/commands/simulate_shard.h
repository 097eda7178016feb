#pragma once

// Sweeps and replications: what a plan is made of, one part of it, and all parts together.

#include "cli/command.h"
#include "simulate/scenario.h"
#include "simulate/sweep.h"

namespace meshfn::cli {

/// The scenario of the first operand with everything that the options add.
Result<simulate::Scenario> scenario_of(Context& context, const Args& args);
/// `--replications`.
Result<std::uint32_t> replications_of(const Args& args);
/// What `--sweep` and `--load-range` ask for.
Result<simulate::SweepPlan> plan_of(Context& context, const Args& args);
/// Prints a sweep; the exit code is its verdict.
Result<ExitCode> show_sweep(Context& context, const Args& args, const simulate::Sweep& sweep);

/// One part of a sweep or of replications, to a file that only `--merge` reads.
Result<ExitCode> run_shard(Context& context, const Args& args);
/// All parts: the operands are their files, behind the scenario when they hold replications.
Result<ExitCode> run_merge(Context& context, const Args& args);

}  // namespace meshfn::cli
