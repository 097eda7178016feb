// meshfn simulate SCENARIO: what happens to the requests, answered from the deployed YAML.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>

#include "base/str.h"
#include "cli/commands/simulate_input.h"
#include "cli/commands/simulate_output.h"
#include "cli/commands/simulate_shard.h"
#include "simulate/suggest.h"

namespace meshfn::cli {

extern const Command kSimulate;

namespace {

using simulate::Scenario;

std::uint64_t peak_rss() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

Result<ExitCode> run_once(Context& context, const Args& args) {
  const auto fits = check_formats(args, &simulate::Format::answer, "one run");
  if (!fits) return tl::unexpected(fits.error());
  const auto count = replications_of(args);
  if (!count) return tl::unexpected(count.error());
  auto scenario = scenario_of(context, args);
  if (!scenario) return tl::unexpected(scenario.error());
  const auto world = simulate::build_world(std::move(*scenario));
  if (!world) return tl::unexpected(world.error());
  const auto begin = std::chrono::steady_clock::now();
  const simulate::Answer result =
      simulate::simulate(**world, (*world)->scenario.seed, *count, thread_count());
  std::optional<simulate::RunFigures> run;
  if (args.has("timing")) {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    run = {wall.count(), peak_rss(), std::min(thread_count(), *count)};
  }
  const auto written = write_all(context, args, result, &simulate::Format::answer, run);
  if (!written) return tl::unexpected(written.error());
  return result.passed() ? kOk : kBadAnswer;
}

Result<ExitCode> run_analytic(Context& context, const Args& args) {
  const auto fits = check_formats(args, &simulate::Format::analysis, "estimates");
  if (!fits) return tl::unexpected(fits.error());
  auto scenario = scenario_of(context, args);
  if (!scenario) return tl::unexpected(scenario.error());
  const auto world = simulate::build_world(std::move(*scenario));
  if (!world) return tl::unexpected(world.error());
  const simulate::Analysis analysis = simulate::analyse(**world);
  const auto written = write_all(context, args, analysis, &simulate::Format::analysis);
  if (!written) return tl::unexpected(written.error());
  return analysis.stable() ? kOk : kBadAnswer;
}

Result<ExitCode> run_sweep(Context& context, const Args& args) {
  const auto fits = check_formats(args, &simulate::Format::sweep, "a sweep");
  if (!fits) return tl::unexpected(fits.error());
  const auto plan = plan_of(context, args);
  if (!plan) return tl::unexpected(plan.error());
  return show_sweep(context, args, simulate::run_sweep(*plan, thread_count()));
}

/// What `--compare` puts side by side: two scenarios, or one with either of two meshes.
struct Side {
  std::string name;
  std::string scenario;
  std::vector<std::string> mesh;
};

Result<std::array<Side, 2>> sides_of(const Args& args) {
  const std::vector<std::string>& given = args.operands();
  const std::vector<std::string> mesh = args.values("mesh");
  if (given.size() == 2)
    return std::array{Side{given[0], given[0], mesh}, Side{given[1], given[1], mesh}};
  if (given.size() != 3) {
    return usage_error(
        fmt::format("--compare takes two scenarios, or a scenario and two meshes, not {}",
                    str::count(given.size(), "path")),
        "`meshfn simulate --compare old.yaml new.yaml`, or "
        "`meshfn simulate --compare scenario.yaml old/ new/`");
  }
  std::array sides{Side{given[1], given[0], mesh}, Side{given[2], given[0], mesh}};
  for (Side& side : sides) side.mesh.push_back(side.name);
  return sides;
}

/// A world and its answer, kept together because the answer points into the world.
struct Simulated {
  std::unique_ptr<simulate::World> world;
  simulate::Answer answer;
};

Result<Simulated> simulate_side(Context& context, const Args& args, const Side& side,
                                std::uint32_t count) {
  auto scenario = read_simulation(context, args, side.scenario, side.mesh);
  if (!scenario) return tl::unexpected(scenario.error());
  auto world = simulate::build_world(std::move(*scenario));
  if (!world) return tl::unexpected(world.error());
  simulate::Answer answer =
      simulate::simulate(**world, (*world)->scenario.seed, count, thread_count());
  return Simulated{std::move(*world), std::move(answer)};
}

Result<ExitCode> run_compare(Context& context, const Args& args) {
  const auto fits = check_formats(args, &simulate::Format::comparison, "a comparison");
  if (!fits) return tl::unexpected(fits.error());
  const auto count = replications_of(args);
  if (!count) return tl::unexpected(count.error());
  const auto sides = sides_of(args);
  if (!sides) return tl::unexpected(sides.error());
  const auto a = simulate_side(context, args, (*sides)[0], *count);
  if (!a) return tl::unexpected(a.error());
  const auto b = simulate_side(context, args, (*sides)[1], *count);
  if (!b) return tl::unexpected(b.error());
  const simulate::Comparison comparison =
      simulate::compare(a->answer, b->answer, (*sides)[0].name, (*sides)[1].name);
  const auto written = write_all(context, args, comparison, &simulate::Format::comparison);
  if (!written) return tl::unexpected(written.error());
  return comparison.passed ? kOk : kBadAnswer;
}

Result<ExitCode> run_suggest(Context& context, const Args& args) {
  const auto fits = check_formats(args, &simulate::Format::suggestion, "a suggestion");
  if (!fits) return tl::unexpected(fits.error());
  const auto count = replications_of(args);
  if (!count) return tl::unexpected(count.error());
  const std::string path(args.operand(0));
  simulate::Drafts drafts;
  // Mistakes are shown here, once; what is tried later is read in silence.
  const auto scenario = read_simulation(context, args, path, args.values("mesh"), &drafts);
  if (!scenario) return tl::unexpected(scenario.error());
  const auto read = [&](const simulate::Drafts& d) { return read_drafts(context, args, path, d); };
  const auto suggestion = simulate::suggest(drafts, read, *count, thread_count());
  if (!suggestion) return tl::unexpected(suggestion.error());
  const auto written = write_all(context, args, *suggestion, &simulate::Format::suggestion);
  if (!written) return tl::unexpected(written.error());
  return suggestion->passed() ? kOk : kBadAnswer;
}

/// Each of these is a question of its own.
Result<void> check_question(const Args& args) {
  constexpr std::string_view kQuestions[] = {"compare", "sweep", "analytic", "suggest", "merge"};
  std::string_view asked;
  for (const std::string_view question : kQuestions) {
    if (!args.has(question)) continue;
    if (!asked.empty()) {
      return usage_error(fmt::format("--{} and --{} answer different questions", asked, question),
                         "ask one at a time");
    }
    asked = question;
  }
  return {};
}

Result<ExitCode> run_simulate(Context& context, const Args& args) {
  if (const auto one = check_question(args); !one) return tl::unexpected(one.error());
  if (args.has("load-range") && !args.has("sweep")) {
    return usage_error("--load-range is the range of a sweep", "add `--sweep each-zone`");
  }
  if (args.has("shard") && !args.has("sweep") && args.value("replications") == "1") {
    return usage_error("--shard is a part of a sweep or of replications",
                       "add `--sweep each-zone` or `--replications 100`");
  }
  if (args.has("merge")) return run_merge(context, args);
  if (args.has("compare")) return run_compare(context, args);
  if (args.operands().size() > 1) {
    return usage_error(fmt::format("unexpected argument `{}`", args.operand(1)),
                       "two scenarios are put side by side with --compare");
  }
  if (args.has("analytic")) return run_analytic(context, args);
  if (args.has("suggest")) return run_suggest(context, args);
  if (args.has("shard")) return run_shard(context, args);
  return args.has("sweep") ? run_sweep(context, args) : run_once(context, args);
}

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
    {.name = "load",
     .value = "FACTOR",
     .help = "that much of the scenario's load: 1.5x or 150%",
     .group = "What if"},
    {.name = "set",
     .value = "PATH=VALUE",
     .help = "change a value of the scenario or the mesh, as in load[0].clients=8 or "
             "DestinationRule/reviews.spec.host=reviews.b",
     .repeatable = true,
     .group = "What if"},
    {.name = "sweep",
     .value = "WHAT",
     .help = "lose one thing after the other, and say what is survived",
     .choices = simulate::kSweepNames,
     .group = "What if"},
    {.name = "load-range",
     .value = "LOW..HIGH",
     .help = "with --sweep, also find the load up to which each loss is survived: 20%..200%",
     .group = "What if"},
    {.name = "analytic",
     .help = "estimates without events: where requests go, how busy that makes everything, and "
             "how much load fits when a zone is lost",
     .group = "What if"},
    {.name = "suggest",
     .help = "when expectations are missed, try settings (retries, budgets, outlier detection, "
             "timeouts, locality) and propose the smallest change that meets them, as YAML",
     .group = "What if"},
    {.name = "compare",
     .help = "two scenarios, or a scenario and two meshes: what changed",
     .group = "What if"},
    {.name = "expect",
     .value = "TEXT",
     .help = "a further expectation, as in 'p99 < 250ms'",
     .repeatable = true,
     .group = "What if"},
    {.name = "seed", .value = "N", .help = "seed instead of the scenario's", .group = "Run"},
    {.name = "replications",
     .value = "N",
     .help = "run with N seeds: results together, 95 % confidence intervals",
     .fallback = "1",
     .group = "Run"},
    {.name = "shard",
     .value = "K/N",
     .help = "with --sweep or --replications, compute only the K-th of N parts and write it as "
             "JSON for --merge",
     .group = "Run"},
    {.name = "merge",
     .help = "put parts together: the operands are the files of --shard, behind the scenario when "
             "they hold replications",
     .group = "Run"},
    output_option(simulate::kFormatNames),
    {.name = "timing", .help = "also say how long the run took", .group = "Output"},
};

constexpr Operand kOperands[] = {{.name = "SCENARIO",
                                  .help = "scenario or isotope topology; - for standard input",
                                  .required = true,
                                  .repeatable = true,
                                  .completes = Completes::file}};

constexpr Example kExamples[] = {
    {"meshfn simulate scenario.yaml", "run it; exit code 1 when an expectation is missed"},
    {"meshfn simulate scenario.yaml --mesh k8s/ --fail zone=eu-west-1/a@60s+30s",
     "with the deployed YAML, and a zone that dies"},
    {"meshfn simulate scenario.yaml --sweep each-zone --load-range 20%..200%",
     "how much load is survived when any one zone is lost"},
    {"meshfn simulate scenario.yaml --analytic", "estimates at once, without a simulation"},
    {"meshfn simulate scenario.yaml --suggest -o text -o yaml:fix.yaml",
     "the smallest change of the mesh that meets the expectations, in a file"},
    {"meshfn simulate s.yaml --sweep pairs --shard 2/8 -o json:part2.json",
     "the second of eight parts, for another machine"},
    {"meshfn simulate --merge part*.json", "the eight parts as one sweep"},
    {"meshfn simulate --merge scenario.yaml --replications 100 part*.json",
     "parts of replications, with what they were made of"},
    {"meshfn simulate --compare scenario.yaml deployed/ proposed/",
     "what a change of the mesh changes"},
    {"meshfn simulate scenario.yaml --load 1.5x --set services.pay.concurrency=32",
     "with more load and more capacity"},
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
