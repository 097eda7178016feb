// meshfn doctor: which of the programs that meshfn can start are here, and in which version.

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <chrono>

#include "base/process.h"
#include "cli/catalogue.h"
#include "cli/output.h"
#include "cli/table.h"

namespace meshfn::cli {

extern const Command kDoctor;

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPatience{5000};

/// A program that meshfn may start.
struct Tool {
  std::string_view program;
  std::string_view flag;  ///< makes it print its version
  std::string_view used_for;
};

constexpr Tool kTools[] = {
    {"python3", "--version", "invoke: Python functions"},
    {"node", "--version", "invoke: Node.js functions"},
};

/// What `program` prints until it ends or patience does.
std::string output_of(Process& process) {
  const auto deadline = steady_clock::now() + kPatience;
  std::string text;
  std::array<char, 1024> buffer{};
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    pollfd waiting{process.output_fd(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return text;
    const ssize_t size = ::read(process.output_fd(), buffer.data(), buffer.size());
    if (size <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

/// The first thing in `text` that looks like a version: digits and dots from a digit on.
std::string version_in(std::string_view text) {
  const std::size_t start = text.find_first_of("0123456789");
  if (start == std::string_view::npos) return "unknown";
  const std::size_t end = text.find_first_not_of("0123456789.", start);
  return std::string(text.substr(start, end == std::string_view::npos ? end : end - start));
}

std::string version_of(const std::string& path, const Tool& tool, const Environment& environment) {
  Result<Process> process = Process::start({.argv = {path, std::string(tool.flag)},
                                            .environment = environment,
                                            .working_directory = {}});
  if (!process) return "broken: " + process.error().message;
  const std::string text = output_of(*process);
  process->end(milliseconds(0));
  return version_in(text);
}

Table survey(const Context& context) {
  Table table{"programs", {{"name"}, {"version"}, {"path"}, {"usedFor"}}, {}};
  table.rows.push_back({"meshfn", std::string(version()), "", "this program"});
  const auto path = context.environment.find("PATH");
  const std::string search = path == context.environment.end() ? "" : path->second;
  for (const Tool& tool : kTools) {
    const std::string found = find_program(tool.program, search);
    table.rows.push_back({std::string(tool.program),
                          found.empty() ? "missing" : version_of(found, tool, context.environment),
                          found, std::string(tool.used_for)});
  }
  return table;
}

Result<ExitCode> run_doctor(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  const Table table = survey(context);
  for (const Output& output : *wanted) {
    const std::string text = output.format == "json" ? to_json(table) : to_text(table);
    const auto written = write_output(context, output, text);
    if (!written) return tl::unexpected(written.error());
  }
  return kOk;
}

constexpr std::string_view kFormats[] = {"text", "json"};
constexpr Option kOptions[] = {output_option(kFormats)};

constexpr Example kExamples[] = {
    {"meshfn doctor", "runtimes and tools that were found on PATH"},
    {"meshfn doctor -o json", "the same for a bug report"},
};

}  // namespace

constexpr Command kDoctor = {
    .name = "doctor",
    .summary = "Show which runtimes and tools are found, and their versions",
    .examples = kExamples,
    .options = kOptions,
    .run = run_doctor,
};

}  // namespace meshfn::cli
