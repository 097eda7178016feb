// meshfn event test: what functions make of events, checked against files.

#include "invoke/event_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include "base/clock.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/output.h"
#include "invoke/platform.h"

namespace meshfn::cli {

extern const Command kEventTest;

namespace {

using invoke::EventTest;
using invoke::EventTestFile;
using invoke::EventTestResult;
using invoke::Json;

/// Recorded responses of one test file, kept beside it.
class Snapshots {
 public:
  Snapshots(Files& files, const std::string& test_file)
      : files_(files), path_(test_file + ".snap.json") {
    const Result<std::string> text = files.read(path_);
    if (text) recorded_ = parse_json(*text);
    if (!recorded_.is_object()) recorded_ = Json::object();
  }

  std::optional<Json> of(const std::string& test) const {
    if (!recorded_.contains(test)) return std::nullopt;
    return recorded_[test];
  }

  void record(const std::string& test, Json response) {
    recorded_[test] = std::move(response);
    changed_ = true;
  }

  Result<void> save() {
    if (!changed_) return {};
    return files_.write(path_,
                        recorded_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  }

 private:
  Files& files_;
  std::string path_;
  Json recorded_;
  bool changed_ = false;
};

/// The functions of one test file, each started once and then warm.
class Functions {
 public:
  Functions(Context& context, const Args& args, const std::string& project)
      : context_(context), args_(args), project_(project) {}

  Result<invoke::Instance*> find(const std::string& name) {
    const auto known = started_.find(name);
    if (known != started_.end()) return known->second.get();
    function::Wanted wanted;
    wanted.directory = project_;
    wanted.cloud = std::string(args_.value("cloud"));
    const auto project = function::find_project(context_.files, wanted);
    if (!project) return tl::unexpected(project.error());
    const auto function = function::choose(*project, name);
    if (!function) return tl::unexpected(function.error());
    const auto host = invoke::find_host(*function);
    if (!host) return tl::unexpected(host.error());
    invoke::Settings settings;
    settings.host = context_.environment;
    settings.platform_lines = false;
    if (context_.terminal.verbose) {
      settings.log = [&err = context_.terminal.err](std::string_view bytes) { err << bytes; };
    }
    auto instance = (*host)->create(*function, std::move(settings), clock_);
    if (!instance) return tl::unexpected(instance.error());
    return (started_[name] = std::move(*instance)).get();
  }

 private:
  Context& context_;
  const Args& args_;
  std::string project_;
  Clock clock_;
  std::map<std::string, std::unique_ptr<invoke::Instance>> started_;
};

/// Runs one test; nothing when it was interrupted.
Result<std::optional<EventTestResult>> run_one(const EventTest& test, Functions& functions,
                                               Snapshots& snapshots, bool update) {
  const auto instance = functions.find(test.function);
  if (!instance) return tl::unexpected(instance.error());
  const auto outcome = (*instance)->invoke({.event = test.event});
  if (!outcome) return std::nullopt;
  std::optional<Json> recorded = snapshots.of(test.name);
  if (test.expect.snapshot && (update || !recorded)) {
    recorded = response_of(*outcome);
    snapshots.record(test.name, *recorded);
  }
  return EventTestResult{test, unmet(test.expect, *outcome, recorded), outcome->duration_ms};
}

Result<bool> run_file(Context& context, const Args& args, const std::string& path,
                      std::vector<EventTestResult>& results) {
  const auto file = invoke::read_event_tests(context.files, path);
  if (!file) return tl::unexpected(file.error());
  Functions functions(context, args, file->project);
  Snapshots snapshots(context.files, path);
  for (const EventTest& test : file->tests) {
    auto result = run_one(test, functions, snapshots, args.has("update"));
    if (!result) {
      result.error().message = fmt::format("{}: {}", test.where, result.error().message);
      return tl::unexpected(result.error());
    }
    if (!*result) return false;
    results.push_back(std::move(**result));
  }
  if (auto saved = snapshots.save(); !saved) return tl::unexpected(saved.error());
  return true;
}

Result<ExitCode> run_test(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  std::vector<EventTestResult> results;
  for (const std::string& path : args.operands()) {
    const Result<bool> whole = run_file(context, args, path, results);
    if (!whole) return tl::unexpected(whole.error());
    if (!*whole) return kInterrupted;
  }
  for (const Output& output : *wanted) {
    for (const invoke::EventTestReport& report : invoke::event_test_reports()) {
      if (report.name != output.format) continue;
      if (auto written = write_output(context, output, report.write(results)); !written) {
        return tl::unexpected(written.error());
      }
    }
  }
  const auto failed = static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [](const auto& one) { return !one.failures.empty(); }));
  if (!context.terminal.quiet) {
    context.terminal.err << fmt::format("{}, {} failed\n", str::count(results.size(), "test"),
                                        failed);
  }
  return failed > 0 ? kBadAnswer : kOk;
}

constexpr std::string_view kFormats[] = {"text", "json", "tap", "junit"};
constexpr std::string_view kClouds[] = {"aws", "azure", "gcp"};

constexpr Operand kOperands[] = {
    {.name = "FILE",
     .help = "*.event-test.yaml; `meshfn schema event-test` describes it",
     .required = true,
     .repeatable = true,
     .completes = Completes::file},
};

constexpr Option kOptions[] = {
    {.name = "update", .help = "record the responses of tests with `snapshot: true` anew"},
    {.name = "cloud",
     .value = "CLOUD",
     .help = "whose functions they are, when their folder does not tell",
     .choices = kClouds},
    output_option(kFormats),
};

constexpr Example kExamples[] = {
    {"meshfn event test hello.event-test.yaml", "run the expectations"},
    {"meshfn event test tests/*.event-test.yaml -o junit:report.xml", "for a CI server"},
    {"meshfn event test hello.event-test.yaml --update", "accept what is answered now"},
};

}  // namespace

constinit const Command kEventTest = {
    .name = "test",
    .summary = "Check what functions answer to events",
    .description =
        "Each test hands an event to a function and says what must come of it: status, response, "
        "values at JSONPaths, a JSON Schema, outputs, log, time and memory. A file's function "
        "starts once and stays warm. The exit code is 1 when a test fails.",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run_test,
};

}  // namespace meshfn::cli
