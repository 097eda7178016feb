#include "cli/commands/simulate_shard.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/simulate_input.h"
#include "cli/commands/simulate_output.h"
#include "simulate/hashing.h"
#include "simulate/shard_replications.h"
#include "yaml/writer.h"

namespace meshfn::cli {

namespace {

using simulate::Scenario;

constexpr std::uint64_t kMostReplications = 100'000;

/// Replications of the first operand's scenario; the world is kept beside the plan.
struct Replications {
  std::unique_ptr<simulate::World> world;
  simulate::ReplicationPlan plan;
};

/// Everything that replications depend on, as one number.
std::uint64_t hash_of(const Args& args, const simulate::Drafts& drafts) {
  std::string text = yaml::write(drafts.scenario) + yaml::write(drafts.mesh) + drafts.name_space;
  for (const std::string_view option : {"fail", "load", "expect"}) {
    for (const std::string& value : args.values(option))
      text += fmt::format("\n{}={}", option, value);
  }
  return simulate::xx_hash(text);
}

Result<Replications> replications_plan(Context& context, const Args& args) {
  const auto count = replications_of(args);
  if (!count) return tl::unexpected(count.error());
  simulate::Drafts drafts;
  auto scenario =
      read_simulation(context, args, std::string(args.operand(0)), args.values("mesh"), &drafts);
  if (!scenario) return tl::unexpected(scenario.error());
  auto world = simulate::build_world(std::move(*scenario));
  if (!world) return tl::unexpected(world.error());
  Replications out{std::move(*world), {}};
  out.plan = {out.world.get(), out.world->scenario.seed, *count, hash_of(args, drafts)};
  return out;
}

Result<std::vector<simulate::ShardFile>> read_parts(Context& context, const Args& args,
                                                    std::size_t first) {
  std::vector<simulate::ShardFile> files;
  for (std::size_t i = first; i < args.operands().size(); ++i) {
    auto text = context.files.read(args.operands()[i]);
    if (!text) return tl::unexpected(text.error());
    files.push_back({args.operands()[i], std::move(*text)});
  }
  return files;
}

Result<ExitCode> merge_runs(Context& context, const Args& args) {
  const auto fits = check_formats(args, &simulate::Format::answer, "one run");
  if (!fits) return tl::unexpected(fits.error());
  const auto files = read_parts(context, args, 1);
  if (!files) return tl::unexpected(files.error());
  const auto replications = replications_plan(context, args);
  if (!replications) return tl::unexpected(replications.error());
  const auto answer = simulate::merge_replications(replications->plan, *files);
  if (!answer) return tl::unexpected(answer.error());
  const auto written = write_all(context, args, *answer, &simulate::Format::answer);
  if (!written) return tl::unexpected(written.error());
  return answer->passed() ? kOk : kBadAnswer;
}

/// The part as text.
Result<std::string> compute_part(Context& context, const Args& args, simulate::Shard shard) {
  if (args.has("sweep")) {
    const auto plan = plan_of(context, args);
    if (!plan) return tl::unexpected(plan.error());
    return simulate::run_shard(*plan, shard, thread_count());
  }
  const auto replications = replications_plan(context, args);
  if (!replications) return tl::unexpected(replications.error());
  return simulate::run_shard(replications->plan, shard, thread_count());
}

}  // namespace

Result<Scenario> scenario_of(Context& context, const Args& args) {
  return read_simulation(context, args, std::string(args.operand(0)), args.values("mesh"));
}

Result<std::uint32_t> replications_of(const Args& args) {
  const auto count = whole_number(args, "replications", 1, kMostReplications);
  if (!count) return tl::unexpected(count.error());
  return static_cast<std::uint32_t>(*count);
}

Result<simulate::SweepPlan> plan_of(Context& context, const Args& args) {
  const auto kinds = simulate::sweep_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](const auto& k) { return k.name == args.value("sweep"); });
  simulate::LoadRange range;
  if (args.has("load-range")) {
    const auto read = simulate::parse_load_range(args.value("load-range"));
    if (!read) return tl::unexpected(read.error());
    range = *read;
  }
  auto scenario = scenario_of(context, args);
  if (!scenario) return tl::unexpected(scenario.error());
  return simulate::SweepPlan::make(std::move(*scenario), *kind, range);
}

Result<ExitCode> show_sweep(Context& context, const Args& args, const simulate::Sweep& sweep) {
  const auto written = write_all(context, args, sweep, &simulate::Format::sweep);
  if (!written) return tl::unexpected(written.error());
  return sweep.passed() ? kOk : kBadAnswer;
}

Result<ExitCode> run_shard(Context& context, const Args& args) {
  const auto shard = simulate::parse_shard(args.value("shard"));
  if (!shard) return tl::unexpected(shard.error());
  auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  for (const Output& output : *wanted) {
    if (!args.has("output") || output.format == "json") continue;
    return usage_error(fmt::format("a part cannot be shown as {}", output.format),
                       "write it with `-o json:part.json`, and merge the parts with any format");
  }
  const auto text = compute_part(context, args, *shard);
  if (!text) return tl::unexpected(text.error());
  for (const Output& output : *wanted) {
    if (const auto written = write_output(context, output, *text); !written) {
      return tl::unexpected(written.error());
    }
  }
  return kOk;
}

Result<ExitCode> run_merge(Context& context, const Args& args) {
  const auto last = read_parts(context, args, args.operands().size() - 1);
  if (!last) return tl::unexpected(last.error());
  if (simulate::is_replications(last->back())) return merge_runs(context, args);
  const auto fits = check_formats(args, &simulate::Format::sweep, "a sweep");
  if (!fits) return tl::unexpected(fits.error());
  const auto files = read_parts(context, args, 0);
  if (!files) return tl::unexpected(files.error());
  const auto sweep = simulate::merge_shards(*files);
  if (!sweep) return tl::unexpected(sweep.error());
  return show_sweep(context, args, *sweep);
}

}  // namespace meshfn::cli
