// meshfn route diff: which requests change their answer.

#include "render/route_diff.h"

#include <fmt/format.h>

#include <iostream>

#include "base/str.h"
#include "cli/command.h"
#include "cli/mesh_input.h"
#include "cli/output.h"
#include "render/route_requests.h"

namespace meshfn::cli {

extern const Command kRouteDiff;

namespace {

constexpr std::string_view kFormats[] = {"text", "json"};

constexpr Option kOptions[] = {
    {.name = "requests",
     .value = "FILE",
     .help = "requests to compare by: NDJSON, HAR, an access log, URLs or curl commands",
     .group = "Input",
     .completes = Completes::file},
    kNamespaceOption,
    output_option(kFormats),
};

constexpr Operand kOperands[] = {
    {.name = "OLD",
     .help = "YAML before the change",
     .required = true,
     .completes = Completes::file},
    {.name = "NEW", .help = "YAML after it", .required = true, .completes = Completes::file},
};

constexpr Example kExamples[] = {
    {"meshfn route diff old/ new/", "find requests that are treated differently"},
    {"meshfn route diff old/ new/ --requests requests.txt", "look at these requests only"},
};

Result<std::vector<routing::Request>> requests_for(Context& context, const Args& args,
                                                   const routing::Table& before,
                                                   const routing::Table& after) {
  if (!args.has("requests")) return render::requests_of(before, after);
  const std::string path(args.value("requests"));
  const auto text = context.files.read(path);
  if (!text) return tl::unexpected(text.error());
  return render::read_requests(path, *text);
}

Result<ExitCode> run(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  const auto before = load_mesh(context, args, {std::string(args.operand(0))}, {});
  if (!before) return tl::unexpected(before.error());
  const auto after = load_mesh(context, args, {std::string(args.operand(1))}, {});
  if (!after) return tl::unexpected(after.error());
  const auto requests = requests_for(context, args, (*before)->table(), (*after)->table());
  if (!requests) return tl::unexpected(requests.error());
  const render::RouteDiff diff = render::diff((*before)->table(), (*after)->table(), *requests);
  for (const Output& output : *wanted) {
    const std::string text =
        output.format == "json" ? render::diff_json(diff) : render::diff_text(diff);
    if (auto written = write_output(context, output, text); !written) {
      return tl::unexpected(written.error());
    }
  }
  if (!context.terminal.quiet) {
    context.terminal.err << fmt::format("{} in {}\n",
                                        diff.differences.empty()
                                            ? std::string("no difference found")
                                            : str::count(diff.differences.size(), "difference"),
                                        str::count(diff.asked, "request"));
  }
  return diff.differences.empty() ? kOk : kBadAnswer;
}

}  // namespace

constinit const Command kRouteDiff = {
    .name = "diff",
    .summary = "Find requests that a change of routing treats differently",
    .description =
        "Sends the same requests through both versions of the YAML. Without `--requests` they are "
        "made from the conditions of both sides: one for each rule and its neighbours across every "
        "condition. Each kind of change is shown by one request.",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run,
};

}  // namespace meshfn::cli
