// meshfn lint: find mistakes in mesh YAML.

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/str.h"
#include "cli/lint_inputs.h"
#include "cli/lint_report.h"
#include "cli/output.h"
#include "diagnostic/edit.h"
#include "lint/changes.h"
#include "lint/fix.h"
#include "report/report.h"

namespace meshfn::cli {

extern const Command kLint;

namespace {

constexpr std::string_view kBaseline = ".meshfn-baseline.json";

constexpr std::string_view kFormats[] = {"text",       "line",   "json",   "jsonl",
                                         "sarif",      "github", "gitlab", "junit",
                                         "checkstyle", "tap",    "rdjson", "markdown"};
constexpr std::string_view kChannels[] = {"standard", "experimental"};
constexpr std::string_view kFailOn[] = {"info", "warning", "error", "never"};

constexpr Operand kOperands[] = {
    {.name = "PATH",
     .help = "files and directories to check, or `-` for standard input (default: `paths` of "
             "meshfn.yaml, or the working directory)",
     .repeatable = true,
     .completes = Completes::file},
};

constexpr Option kOptions[] = {
    {.name = "exec",
     .value = "COMMAND",
     .help = "check what this shell command prints, and fail when it fails",
     .repeatable = true,
     .group = "Input"},
    {.name = "exec-timeout",
     .value = "DURATION",
     .help = "how long a command of --exec may take (default: 1m)",
     .group = "Input"},
    {.name = "stdin-name",
     .value = "PATH",
     .help = "what to call standard input in findings (default: <stdin>)",
     .group = "Input",
     .completes = Completes::file},
    {.name = "exclude",
     .value = "GLOB",
     .help = "leave out these files; without a slash, by name anywhere",
     .repeatable = true,
     .group = "Input"},
    {.name = "context",
     .value = "PATH",
     .help = "objects to resolve references against, without checking them",
     .repeatable = true,
     .group = "Input",
     .completes = Completes::file},
    {.name = "remote-cluster",
     .value = "NAME=PATH",
     .help = "objects of another cluster of the mesh: its Services are those of this one as well",
     .repeatable = true,
     .group = "Input",
     .completes = Completes::file},
    {.name = "namespace",
     .letter = 'n',
     .value = "NAME",
     .help = "namespace of documents that name none",
     .group = "Input"},
    {.name = "istio-namespace",
     .value = "NAME",
     .help = "Istio's root namespace (default: istio-system)",
     .group = "Input"},
    {.name = "istio",
     .value = "VERSION",
     .help = "Istio's release in the cluster, such as 1.27; what needs a newer one is reported",
     .group = "Input"},
    {.name = "closed-world",
     .help = "what is neither in the input nor assumed in meshfn.yaml does not exist",
     .group = "Input"},
    {.name = "crd",
     .value = "PATH",
     .help = "CustomResourceDefinitions to check objects against, instead of the built-in schemas",
     .repeatable = true,
     .group = "Input",
     .completes = Completes::file},
    {.name = "channel",
     .value = "NAME",
     .help = "Gateway API CRDs of the cluster (default: experimental)",
     .choices = kChannels,
     .group = "Input"},
    {.name = "mesh-config",
     .value = "FILE",
     .help = "Istio's MeshConfig",
     .group = "Input",
     .completes = Completes::file},
    {.name = "mesh-networks",
     .value = "FILE",
     .help = "Istio's MeshNetworks",
     .group = "Input",
     .completes = Completes::file},
    {.name = "select",
     .value = "RULES",
     .help = "run only these: ids, names, groups or other tools' codes, separated by commas",
     .repeatable = true,
     .group = "Rules",
     .completes = Completes::rule},
    {.name = "ignore",
     .value = "RULES",
     .help = "do not run these",
     .repeatable = true,
     .group = "Rules",
     .completes = Completes::rule},
    {.name = "severity",
     .value = "RULE=LEVEL",
     .help = "report a rule as off, info, warning or error",
     .repeatable = true,
     .group = "Rules"},
    {.name = "config",
     .value = "FILE",
     .help = "the configuration (default: the nearest meshfn.yaml upwards)",
     .group = "Rules",
     .completes = Completes::file},
    {.name = "no-config", .help = "read no configuration", .group = "Rules"},
    {.name = "baseline",
     .value = "FILE",
     .help = "silence the findings that this file has accepted",
     .group = "Rules",
     .completes = Completes::file},
    {.name = "update-baseline",
     .help = "accept all present findings (default file: .meshfn-baseline.json)",
     .group = "Rules"},
    {.name = "changed-since",
     .value = "REF",
     .help = "report only what touches lines changed since a git revision",
     .group = "Rules"},
    {.name = "fix", .help = "mend what can be mended safely", .group = "Fixes"},
    {.name = "diff",
     .help = "show what `--fix` would change, and change nothing",
     .group = "Fixes"},
    {.name = "fail-on",
     .value = "LEVEL",
     .help = "exit with 1 at findings of this severity or above (default: error)",
     .choices = kFailOn,
     .group = "Exit code"},
    {.name = "max-warnings",
     .value = "N",
     .help = "exit with 1 at more warnings than this",
     .group = "Exit code"},
    {.name = "exit-zero", .help = "exit with 0 whatever is found", .group = "Exit code"},
    output_option(kFormats),
    {.name = "show-suppressed", .help = "list silenced findings too", .group = "Output"},
    {.name = "jobs",
     .letter = 'j',
     .value = "N",
     .help = "threads (default: as many as the input is worth)",
     .group = "Output"},
};

constexpr Example kExamples[] = {
    {"meshfn lint", "check everything below the working directory"},
    {"meshfn lint mesh/ -o text -o sarif:lint.sarif", "print text and write SARIF in one run"},
    {"meshfn lint --exec 'helm template shop' --context cluster/", "check what a chart renders"},
    {"kustomize build overlays/prod | meshfn lint -", "check standard input"},
    {"meshfn lint apps/ --crd crds/", "check custom resources against their own schemas"},
    {"meshfn lint --closed-world --istio 1.27", "check all that a cluster with this Istio gets"},
    {"meshfn lint --select KIA1107 --fail-on warning", "run one rule, by Kiali's code"},
};

/// A run that has read its settings.
struct Job {
  Context& context;
  const Args& args;
  LintSettings& settings;
  std::optional<diagnostic::Baseline> baseline;
};

Result<void> read_baseline(Job& job) {
  const std::string& path = job.settings.loaded.config.baseline.value;
  if (path.empty() || job.args.has("update-baseline")) return {};
  const Result<std::string> text = job.context.files.read(path);
  if (!text) return usage_error(text.error().message, "write it with `--update-baseline`");
  auto baseline = diagnostic::Baseline::parse(*text, path);
  if (!baseline) return tl::unexpected(baseline.error());
  job.baseline = std::move(*baseline);
  job.settings.options.baseline = &*job.baseline;
  return {};
}

Result<void> keep_changed(const Job& job, lint::Outcome& outcome) {
  if (!job.args.has("changed-since")) return {};
  const auto changes = lint::changes_since(std::string(job.args.value("changed-since")),
                                           job.context.working_directory, job.context.environment);
  if (!changes) return tl::unexpected(changes.error());
  std::erase_if(outcome.findings, [&](const diagnostic::Diagnostic& finding) {
    return !changes->touches(finding, job.context.working_directory);
  });
  return {};
}

Result<ExitCode> show_diff(const Job& job, std::vector<lint::Input> inputs) {
  const lint::Mended mended =
      lint::mend(std::move(inputs), job.settings.options, lint::Piped::mend);
  for (const lint::Change& change : mended.changes) {
    job.context.terminal.out << diagnostic::unified_diff(change.path, change.before, change.after);
  }
  const bool bad = !mended.changes.empty() && !job.args.has("exit-zero");
  return bad ? kBadAnswer : kOk;
}

Result<std::vector<lint::Input>> fix_files(const Job& job, std::vector<lint::Input> inputs) {
  lint::Mended mended = lint::mend(std::move(inputs), job.settings.options, lint::Piped::keep);
  for (const lint::Change& change : mended.changes) {
    if (auto written = job.context.files.write(change.path, change.after); !written) {
      return tl::unexpected(written.error());
    }
  }
  if (!job.context.terminal.quiet && mended.fixes > 0) {
    job.context.terminal.err << fmt::format("mended {} in {}\n", str::count(mended.fixes, "place"),
                                            str::count(mended.changes.size(), "file"));
  }
  return std::move(mended.inputs);
}

Result<ExitCode> update_baseline(const Job& job, const lint::Outcome& outcome) {
  std::string path = job.settings.loaded.config.baseline.value;
  if (path.empty()) path = kBaseline;
  const auto baseline = diagnostic::Baseline::of(outcome.findings);
  if (auto written = job.context.files.write(path, baseline.to_json()); !written) {
    return tl::unexpected(written.error());
  }
  if (!job.context.terminal.quiet) {
    job.context.terminal.err << fmt::format("{} accepts {}; pass it with `--baseline {}`\n", path,
                                            str::count(baseline.size(), "finding"), path);
  }
  return kOk;
}

/// Findings point into the mesh, and the mesh into the texts.
struct Linted {
  source::Store store;
  lint::Outcome outcome;
};

Result<ExitCode> report_on(const Job& job, std::vector<lint::Input> inputs) {
  const auto linted = std::make_shared<Linted>();
  job.context.kept.push_back(linted);
  lint::Outcome& outcome = linted->outcome;
  outcome = lint::lint(std::move(inputs), job.settings.options, linted->store);
  if (job.context.terminal.verbose) say_what_was_used(job.context, job.settings, outcome);
  if (outcome.documents == 0 && outcome.findings.empty()) {
    return fail("nothing to check: the input holds no YAML documents",
                outcome.skipped.empty() ? "name files or directories with Kubernetes objects"
                                        : "`-v` lists the files that were passed over");
  }
  if (job.args.has("update-baseline")) return update_baseline(job, outcome);
  if (auto kept = keep_changed(job, outcome); !kept) return tl::unexpected(kept.error());
  report::Report report = lint_report(job.context, job.args, outcome);
  if (auto written = write_lint_reports(job.context, job.args, report); !written) {
    return tl::unexpected(written.error());
  }
  if (!job.context.terminal.quiet) {
    const Terminal& terminal = job.context.terminal;
    // On one screen the summary stands apart from the findings.
    if (!report.findings.empty() && terminal.out_is_tty && terminal.err_is_tty) {
      terminal.err << "\n";
    }
    terminal.err << report::one_line(report.summary) << "\n";
  }
  return lint_verdict(job.args, job.settings.loaded.config, report);
}

Result<ExitCode> run_lint(Context& context, const Args& args) {
  auto settings = lint_settings(context, args);
  if (!settings) return tl::unexpected(settings.error());
  Job job{context, args, **settings, {}};
  if (const std::string_view jobs = args.value("jobs"); !jobs.empty()) {
    if (jobs.size() > 3 || jobs.find_first_not_of("0123456789") != std::string_view::npos) {
      return usage_error(fmt::format("`--jobs {}` is no number of threads", jobs));
    }
    job.settings.options.threads = std::stoul(std::string(jobs));
  }
  if (auto read = read_baseline(job); !read) return tl::unexpected(read.error());
  auto inputs = lint_inputs(context, args, job.settings.loaded.config);
  if (!inputs) return tl::unexpected(inputs.error());
  if (args.has("diff")) return show_diff(job, std::move(*inputs));
  if (args.has("fix")) inputs = fix_files(job, std::move(*inputs));
  if (!inputs) return tl::unexpected(inputs.error());
  return report_on(job, std::move(*inputs));
}

}  // namespace

constexpr Command kLint = {
    .name = "lint",
    .alias = "validate",
    .summary = "Find mistakes in mesh YAML",
    .description =
        "Reads Istio, Linkerd, Gateway API and Kubernetes objects from files and reports what the "
        "API server, the mesh's webhooks and analyzers would report, and what they miss: with the "
        "place, the reason and, where it is safe, a fix. Nothing is asked of a cluster.\n\n"
        "A finding is silenced with `# meshfn: ignore[RULE] reason` on its line or above its "
        "node, with the annotation `meshfn.dev/ignore`, or in meshfn.yaml.",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run_lint,
};

}  // namespace meshfn::cli
