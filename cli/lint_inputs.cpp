#include "cli/lint_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <iterator>

#include "base/units.h"
#include "lint/renderer.h"

namespace meshfn::cli {

namespace {

Result<lint::Rendering> rendering(const Context& context, const Args& args) {
  lint::Rendering how{context.working_directory, context.environment};
  if (const std::string_view text = args.value("exec-timeout"); !text.empty()) {
    const auto limit = parse_duration(text);
    if (!limit || *limit <= std::chrono::nanoseconds::zero()) {
      return usage_error(fmt::format("`--exec-timeout {}` is no duration", text),
                         "write it like `30s` or `5m`");
    }
    how.limit = *limit;
  }
  return how;
}

Result<void> add_rendered(const Context& context, const Args& args,
                          std::vector<lint::Input>& inputs) {
  const std::vector<std::string> commands = args.values("exec");
  if (commands.empty()) return {};
  const Result<lint::Rendering> how = rendering(context, args);
  if (!how) return tl::unexpected(how.error());
  for (const std::string& command : commands) {
    Result<lint::Input> rendered = lint::render(command, *how);
    if (!rendered) return tl::unexpected(rendered.error());
    inputs.push_back(std::move(*rendered));
  }
  return {};
}

/// What to check: the operands; without any, what `--exec` prints, or else what the configuration
/// says, or else everything here.
std::vector<std::string> paths_to_check(const Args& args, const config::Config& config) {
  if (!args.operands().empty()) return args.operands();
  if (args.has("exec")) return {};
  if (!config.paths.value.empty()) return config.paths.value;
  return {"."};
}

}  // namespace

Result<std::vector<lint::Input>> lint_inputs(Context& context, const Args& args,
                                             const config::Config& config) {
  lint::Wanted wanted;
  wanted.excludes = config.exclude.value;
  if (args.has("stdin-name")) wanted.standard_input_name = args.value("stdin-name");
  for (const std::string& path : paths_to_check(args, config)) {
    wanted.operands.push_back({path, false});
  }
  for (const std::string& path : config.context.value) wanted.operands.push_back({path, true});
  for (const std::string& cluster : config.remote_clusters.value) {
    const std::size_t equals = cluster.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == cluster.size()) {
      return usage_error(fmt::format("remote cluster `{}` has no name or no path", cluster),
                         "write `NAME=PATH`");
    }
    wanted.operands.push_back({cluster.substr(equals + 1), true, cluster.substr(0, equals)});
  }
  const bool piped = std::any_of(wanted.operands.begin(), wanted.operands.end(),
                                 [](const lint::Operand& operand) { return operand.path == "-"; });
  if (piped && context.terminal.in_is_tty) {
    return usage_error("standard input is a terminal", "pipe YAML into `meshfn lint -`");
  }
  if (piped) {
    wanted.standard_input.assign(std::istreambuf_iterator<char>(context.terminal.in), {});
  }
  Result<std::vector<lint::Input>> inputs = lint::gather(context.files, wanted);
  if (!inputs) return inputs;
  if (auto added = add_rendered(context, args, *inputs); !added) {
    return tl::unexpected(added.error());
  }
  return inputs;
}

}  // namespace meshfn::cli
