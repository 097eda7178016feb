#pragma once

// What comes out of a lint run: the report in every format that was asked for, the words for the
// person at the terminal, and the exit code, which no format has a say in.

#include "cli/lint_settings.h"
#include "report/report.h"

namespace meshfn::cli {

/// The outcome as reporters see it.
report::Report lint_report(const Context& context, const Args& args, const lint::Outcome& outcome);

/// Writes the report in each format of `-o`. In a GitHub workflow the `github` format also adds
/// its table to the job summary, because annotations beyond the tenth are lost.
Result<void> write_lint_reports(Context& context, const Args& args, report::Report& report);

/// What `-v` says: configuration, rules, files that were passed over, kinds without a schema.
void say_what_was_used(const Context& context, const LintSettings& settings,
                       const lint::Outcome& outcome);

/// The exit code for what was found.
ExitCode lint_verdict(const Args& args, const config::Config& config, const report::Report& report);

}  // namespace meshfn::cli
