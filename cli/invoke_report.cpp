#include "cli/invoke_report.h"

#include <fmt/format.h>

#include <ostream>

#include "base/clock.h"

namespace meshfn::cli {

namespace {

using invoke::Outcome;

void tell_about_failure(std::ostream& err, const function::Function& function,
                        const Outcome& outcome) {
  if (outcome.ok()) {
    // The platform's own answer, such as 404, is no failure of the function, but has a reason.
    if (!outcome.hint.empty()) err << "note: " << outcome.hint << '\n';
    return;
  }
  err << fmt::format("error: `{}` failed ({}): {}\n",
                     function.name.empty() ? function.code : function.name,
                     invoke::to_string(outcome.status), outcome.error_type);
  if (!outcome.hint.empty()) err << "help: " << outcome.hint << '\n';
}

std::string spread(const std::vector<double>& values) {
  return fmt::format("p50 {:.2f} ms, p95 {:.2f} ms, max {:.2f} ms", invoke::percentile(values, 50),
                     invoke::percentile(values, 95), invoke::percentile(values, 100));
}

void tell_about_repeats(std::ostream& err, const std::vector<Outcome>& outcomes) {
  std::vector<double> durations;
  std::vector<double> starts;
  for (const Outcome& outcome : outcomes) {
    durations.push_back(outcome.duration_ms);
    if (outcome.init_ms) starts.push_back(*outcome.init_ms);
  }
  err << fmt::format("{} invocations: {}\n", outcomes.size(), spread(durations));
  if (starts.size() > 1) err << fmt::format("{} cold starts: {}\n", starts.size(), spread(starts));
}

std::string text_of(const std::vector<Outcome>& outcomes, const Output& output) {
  if (output.format == "json") {
    return outcomes.size() == 1 ? invoke::to_json(outcomes.front()) : invoke::to_json(outcomes);
  }
  std::string payload = invoke::representative(outcomes).payload;
  if (!payload.ends_with('\n')) payload += '\n';
  return payload;
}

}  // namespace

/// What the person should know of the runtime, said once at the end.
void tell_about_runtime(std::ostream& err, const function::Function& function,
                        std::string_view version) {
  const function::Runtime& runtime = *function.runtime;
  const UtcTime now = to_utc(Clock().unix_millis());
  const std::string today = fmt::format("{:04}-{:02}-{:02}", now.year, now.month, now.day);
  if (function.runtime_is_guess) return;
  if (!version.empty() && version != runtime.version &&
      !version.starts_with(std::string(runtime.version) + ".")) {
    err << fmt::format("note: `{}` asks for {}, but {} {} ran it\n", function.name, runtime.name,
                       function::to_string(runtime.language), version);
  }
  if (!runtime.deprecated.empty() && runtime.deprecated < today) {
    err << fmt::format("note: {} is deprecated since {}\n", runtime.name, runtime.deprecated);
  }
}

Result<ExitCode> report_outcomes(Context& context, const std::vector<Output>& wanted,
                                 const function::Function& function,
                                 const std::vector<Outcome>& outcomes) {
  const Outcome& outcome = invoke::representative(outcomes);
  for (const Output& output : wanted) {
    if (auto written = write_output(context, output, text_of(outcomes, output)); !written) {
      return tl::unexpected(written.error());
    }
  }
  context.terminal.out.flush();
  if (outcomes.size() > 1 && !context.terminal.quiet) {
    tell_about_repeats(context.terminal.err, outcomes);
  }
  tell_about_failure(context.terminal.err, function, outcome);
  return outcome.ok() ? kOk : kBadAnswer;
}

}  // namespace meshfn::cli
