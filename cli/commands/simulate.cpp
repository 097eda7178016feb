// meshfn simulate SCENARIO: what happens to the requests, answered from the deployed YAML.

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <thread>

#include "base/str.h"
#include "cli/command.h"
#include "cli/output.h"
#include "report/report.h"
#include "simulate/from_mesh.h"
#include "simulate/report.h"
#include "simulate/scenario_reader.h"
#include "yaml/reader.h"

namespace meshfn::cli {

extern const Command kSimulate;

namespace {

using simulate::Scenario;

constexpr std::uint64_t kMostReplications = 100'000;

/// Shows findings with excerpts; the error that is returned says how many there are.
tl::unexpected<Error> refuse(Context& context, std::vector<diagnostic::Diagnostic> problems,
                             const std::string& path) {
  diagnostic::sort_and_merge(problems);
  const bool syntax = std::any_of(problems.begin(), problems.end(), [](const auto& problem) {
    return problem.rule != nullptr && problem.rule->id < "MF0020";
  });
  report::Report out;
  out.findings = std::move(problems);
  out.summary.files = 1;
  report::count_findings(out.findings, out.summary);
  out.colour = context.terminal.err_colour;
  report::find_reporter("text")->write(out, context.terminal.err);
  const std::string message =
      "`" + path + "` cannot be simulated: " + str::count(out.findings.size(), "mistake");
  return syntax ? fail(message) : usage_error(message);
}

/// Text of `path`, "-" being standard input.
Result<const source::File*> open(Context& context, const std::string& path, source::Store& store) {
  if (path == "-") {
    std::string text(std::istreambuf_iterator<char>(context.terminal.in), {});
    return &store.add("<stdin>", std::move(text));
  }
  auto text = context.files.read(path);
  if (!text) return tl::unexpected(text.error());
  return &store.add(path, std::move(*text));
}

/// YAML and JSON files of the mesh, directories walked.
Result<std::vector<std::string>> mesh_files(Context& context,
                                            const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!context.files.is_directory(path)) {
      files.push_back(path);
      continue;
    }
    auto inside = context.files.walk(path);
    if (!inside) return tl::unexpected(inside.error());
    for (std::string& file : *inside) {
      const std::string_view ending = path::extension(file);
      if (ending == ".yaml" || ending == ".yml" || ending == ".json")
        files.push_back(std::move(file));
    }
  }
  return files;
}

/// The mesh and the trees it points into.
struct LoadedMesh {
  std::vector<std::unique_ptr<yaml::Tree>> trees;
  std::unique_ptr<resource::Mesh> mesh;
};

Result<LoadedMesh> load_mesh(Context& context, const std::vector<std::string>& paths,
                             std::string_view name_space, source::Store& store) {
  LoadedMesh loaded;
  resource::MeshSettings settings;
  settings.default_namespace = name_space;
  loaded.mesh = std::make_unique<resource::Mesh>(std::move(settings));
  const auto files = mesh_files(context, paths);
  if (!files) return tl::unexpected(files.error());
  for (const std::string& path : *files) {
    const auto file = open(context, path, store);
    if (!file) return tl::unexpected(file.error());
    std::vector<diagnostic::Diagnostic> problems;
    loaded.trees.push_back(yaml::read(**file, problems));
    std::erase_if(problems,
                  [](const auto& p) { return p.severity != diagnostic::Severity::error; });
    if (!problems.empty()) return refuse(context, std::move(problems), path);
    loaded.mesh->load(*loaded.trees.back());
  }
  if (!paths.empty() && loaded.mesh->objects().empty()) {
    return fail("no mesh YAML in `" + paths[0] + "`", "give files or directories with --mesh");
  }
  return loaded;
}

Result<std::uint64_t> number(const Args& args, std::string_view option, std::uint64_t least,
                             std::uint64_t most) {
  const std::string text(args.value(option));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) {
    return value;
  }
  return usage_error("--" + std::string(option) + " must be a whole number of " +
                     std::to_string(least) + " or more, not `" + text + "`");
}

Result<void> add_options(const Args& args, Scenario& scenario) {
  for (const std::string& text : args.values("fail")) {
    auto fault = simulate::parse_fault(text);
    if (!fault) return tl::unexpected(fault.error());
    scenario.faults.push_back(std::move(*fault));
  }
  for (const std::string& text : args.values("expect")) {
    auto expectation = simulate::parse_expectation(text);
    if (!expectation) return tl::unexpected(expectation.error());
    scenario.expect.push_back(std::move(*expectation));
  }
  if (args.has("seed")) {
    const auto seed = number(args, "seed", 0, UINT64_MAX);
    if (!seed) return tl::unexpected(seed.error());
    scenario.seed = *seed;
  }
  return {};
}

std::uint64_t peak_rss() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::string print(const simulate::Answer& result, const Output& output, const Terminal& terminal,
                  const std::optional<simulate::RunFigures>& run) {
  if (output.format == "json") return simulate::to_json(result, run);
  if (output.format == "csv") return simulate::to_csv(result);
  return simulate::to_text(result, {coloured(terminal, output), terminal.width}, run);
}

Result<std::unique_ptr<simulate::World>> prepare(Context& context, const Args& args) {
  source::Store store;
  const std::string path(args.operand(0));
  const auto file = open(context, path, store);
  if (!file) return tl::unexpected(file.error());
  std::vector<diagnostic::Diagnostic> problems;
  auto read = simulate::read_scenario(**file, context.files, store, problems);
  if (!read) return refuse(context, std::move(problems), path);
  Scenario& scenario = read->scenario;
  if (const auto added = add_options(args, scenario); !added) return tl::unexpected(added.error());
  for (std::string& more : args.values("mesh")) read->mesh.push_back(std::move(more));
  const auto loaded = load_mesh(context, read->mesh, args.value("namespace"), store);
  if (!loaded) return tl::unexpected(loaded.error());
  simulate::complete_from_mesh(scenario, *loaded->mesh);
  return simulate::build_world(std::move(scenario));
}

Result<ExitCode> run_simulate(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  const auto replications = number(args, "replications", 1, kMostReplications);
  if (!replications) return tl::unexpected(replications.error());
  const auto world = prepare(context, args);
  if (!world) return tl::unexpected(world.error());

  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const auto begin = std::chrono::steady_clock::now();
  const auto count = static_cast<std::uint32_t>(*replications);
  const simulate::Answer result =
      simulate::simulate(**world, (*world)->scenario.seed, count, threads);
  std::optional<simulate::RunFigures> run;
  if (args.has("timing")) {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    run = {wall.count(), peak_rss(), std::min<unsigned>(threads, count)};
  }
  for (const Output& output : *wanted) {
    const auto written =
        write_output(context, output, print(result, output, context.terminal, run));
    if (!written) return tl::unexpected(written.error());
  }
  return result.passed() ? kOk : kBadAnswer;
}

constexpr std::string_view kFormats[] = {"text", "json", "csv"};

constexpr Option kOptions[] = {
    {.name = "mesh",
     .value = "PATH",
     .help = "mesh and Kubernetes YAML, a file or a directory, besides what the scenario names",
     .repeatable = true,
     .group = "Input",
     .completes = Completes::file},
    {.name = "namespace",
     .value = "NAME",
     .help = "namespace of objects and services that name none",
     .fallback = "default",
     .group = "Input"},
    {.name = "fail",
     .value = "FAULT",
     .help = "a further fault: TARGET[:EFFECT]@START+LENGTH, as in zone=eu-west-1/a@60s+30s",
     .repeatable = true,
     .group = "What if"},
    {.name = "expect",
     .value = "TEXT",
     .help = "a further expectation, as in 'p99 < 250ms'",
     .repeatable = true,
     .group = "What if"},
    {.name = "seed", .value = "N", .help = "seed instead of the scenario's", .group = "Run"},
    {.name = "replications",
     .value = "N",
     .help = "run with N seeds and put the results together",
     .fallback = "1",
     .group = "Run"},
    output_option(kFormats),
    {.name = "timing", .help = "also say how long the run took", .group = "Output"},
};

constexpr Operand kOperands[] = {{.name = "SCENARIO",
                                  .help = "scenario or isotope topology; - for standard input",
                                  .required = true,
                                  .completes = Completes::file}};

constexpr Example kExamples[] = {
    {"meshfn simulate scenario.yaml", "run it; exit code 1 when an expectation is missed"},
    {"meshfn simulate scenario.yaml --mesh k8s/ --fail zone=eu-west-1/a@60s+30s",
     "with the deployed YAML, and a zone that dies"},
    {"meshfn simulate scenario.yaml --replications 10 -o text -o json:result.json",
     "ten seeds; a summary here and everything in a file"},
};

}  // namespace

constexpr Command kSimulate = {
    .name = "simulate",
    .summary = "Simulate load balancing and failover from the deployed YAML",
    .description =
        "Runs the requests of a scenario through the balancers, retries, timeouts, outlier "
        "detection and locality failover that the mesh YAML configures, breaks what you tell it "
        "to break, and says whether the expectations hold. The same seed gives the same bytes.",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run_simulate,
};

}  // namespace meshfn::cli
