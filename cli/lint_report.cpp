#include "cli/lint_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <sstream>

#include "base/str.h"
#include "cli/catalogue.h"
#include "cli/output.h"
#include "lint/catalogue.h"
#include "yaml/reader.h"

namespace meshfn::cli {

namespace {

/// GitHub refuses more for one step.
constexpr std::size_t kMostSummaryBytes = 1024 * 1024;

std::string text_in(std::string_view format, const report::Report& report) {
  std::ostringstream text;
  report::find_reporter(format)->write(report, text);
  return text.str();
}

/// Other commands of the step may have written to the summary, so it is added to. A summary that
/// is full is no reason to fail a check.
Result<void> add_job_summary(Context& context, const report::Report& report) {
  const auto variable = context.environment.find("GITHUB_STEP_SUMMARY");
  if (variable == context.environment.end() || variable->second.empty()) return {};
  const std::string& path = variable->second;
  std::string all;
  if (context.files.exists(path)) {
    Result<std::string> before = context.files.read(path);
    if (!before) return tl::unexpected(before.error());
    all = std::move(*before);
    if (!all.empty() && !all.ends_with('\n')) all += '\n';
  }
  all += text_in("markdown", report);
  if (all.size() > kMostSummaryBytes) return {};
  return context.files.write(path, all);
}

/// Whether a document could not be read, so that the findings are about a part of the input only.
bool is_partial(const report::Report& report) {
  return std::any_of(report.findings.begin(), report.findings.end(), [](const auto& finding) {
    return !finding.suppressed && yaml::loses_document(*finding.rule);
  });
}

}  // namespace

report::Report lint_report(const Context& context, const Args& args, const lint::Outcome& outcome) {
  report::Report report;
  report.findings = outcome.findings;
  report.summary.files = outcome.files;
  report.summary.documents = outcome.documents;
  report.summary.resources = outcome.resources;
  report::count_findings(report.findings, report.summary);
  for (const lint::Checked& checked : outcome.checked) {
    report.subjects.push_back({checked.path, checked.document, checked.resource});
  }
  const auto rules = lint::catalogue();
  report.rules.assign(rules.begin(), rules.end());
  report.tool_version = std::string(version());
  report.width = std::max<std::size_t>(context.terminal.width, 80);
  report.show_suppressed = args.has("show-suppressed");
  return report;
}

Result<void> write_lint_reports(Context& context, const Args& args, report::Report& report) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  for (const Output& output : *wanted) {
    report.colour = coloured(context.terminal, output);
    if (auto written = write_output(context, output, text_in(output.format, report)); !written) {
      return written;
    }
    if (output.format != "github") continue;
    if (auto added = add_job_summary(context, report); !added) return added;
  }
  return {};
}

void say_what_was_used(const Context& context, const LintSettings& settings,
                       const lint::Outcome& outcome) {
  std::ostream& err = context.terminal.err;
  const std::string& path = settings.loaded.config.path;
  err << "configuration: " << (path.empty() ? "none" : path) << "\n";
  err << fmt::format("rules: {} of {}\n", settings.options.selection.enabled().size(),
                     lint::catalogue().size());
  for (const auto& skipped : outcome.skipped) {
    err << fmt::format("skipped {}: no Kubernetes objects\n", skipped);
  }
  for (const auto& [kind, count] : outcome.unchecked) {
    err << fmt::format("no schema of {} ({}); `--crd` gives one\n", kind,
                       str::count(count, "object"));
  }
  for (const auto& stale : outcome.stale) {
    err << fmt::format("no longer needed in the baseline: {}\n", stale);
  }
}

ExitCode lint_verdict(const Args& args, const config::Config& config,
                      const report::Report& report) {
  const report::Summary& summary = report.summary;
  if (args.has("exit-zero")) return kOk;
  if (is_partial(report)) return kInput;
  if (config.max_warnings.value && summary.warnings > *config.max_warnings.value) {
    return kBadAnswer;
  }
  switch (config.fail_on.value) {
    case config::FailOn::never:
      return kOk;
    case config::FailOn::error:
      return summary.errors > 0 ? kBadAnswer : kOk;
    case config::FailOn::warning:
      return summary.errors + summary.warnings > 0 ? kBadAnswer : kOk;
    case config::FailOn::info:
      return summary.errors + summary.warnings + summary.infos > 0 ? kBadAnswer : kOk;
  }
  return kOk;
}

}  // namespace meshfn::cli
