// meshfn help [COMMAND...]: the same text as `COMMAND --help`; -o man writes the manual page.

#include "cli/help.h"

#include <fmt/format.h>

#include "base/suggest.h"
#include "cli/catalogue.h"
#include "cli/man.h"
#include "cli/output.h"

namespace meshfn::cli {

extern const Command kHelp;

namespace {

Result<std::vector<const Command*>> find(const std::vector<std::string>& words) {
  std::vector<const Command*> path = {&program()};
  for (const std::string& word : words) {
    const Command* next = find_command(*path.back(), word);
    if (next == nullptr) {
      std::vector<std::string_view> names;
      for (const Command* command : path.back()->subcommands) names.push_back(command->name);
      const std::string guess = did_you_mean(word, names);
      return usage_error(fmt::format("no help for `{}`: there is no such command", word),
                         guess.empty() ? "see `meshfn --help`" : guess);
    }
    path.push_back(next);
  }
  return path;
}

Result<ExitCode> run_help(Context& context, const Args& args) {
  const auto path = find(args.operands());
  if (!path) return tl::unexpected(path.error());
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  for (const Output& output : *wanted) {
    const std::string text =
        output.format == "man" ? manual(program()) : help(*path, context.terminal.width);
    if (const auto written = write_output(context, output, text); !written) {
      return tl::unexpected(written.error());
    }
  }
  return kOk;
}

constexpr std::string_view kFormats[] = {"text", "man"};
constexpr Option kOptions[] = {output_option(kFormats)};

constexpr Operand kOperands[] = {
    {.name = "COMMAND", .help = "the command, and its subcommand", .repeatable = true},
};

constexpr Example kExamples[] = {
    {"meshfn help", "all commands"},
    {"meshfn help help", "this text"},
    {"meshfn help -o man:meshfn.1", "the manual page of everything"},
};

}  // namespace

constexpr Command kHelp = {
    .name = "help",
    .summary = "Show help for a command",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run_help,
};

}  // namespace meshfn::cli
