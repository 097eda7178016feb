// meshfn help [COMMAND...]: the same text as `COMMAND --help`.

#include "cli/help.h"

#include <fmt/format.h>

#include <ostream>

#include "base/suggest.h"
#include "cli/catalogue.h"

namespace meshfn::cli {

extern const Command kHelp;

namespace {

Result<ExitCode> run_help(Context& context, const Args& args) {
  std::vector<const Command*> path = {&program()};
  for (const std::string& word : args.operands()) {
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
  context.terminal.out << help(path, context.terminal.width);
  return kOk;
}

constexpr Operand kOperands[] = {
    {.name = "COMMAND", .help = "the command, and its subcommand", .repeatable = true},
};

constexpr Example kExamples[] = {
    {"meshfn help", "all commands"},
    {"meshfn help help", "this text"},
};

}  // namespace

constexpr Command kHelp = {
    .name = "help",
    .summary = "Show help for a command",
    .examples = kExamples,
    .operands = kOperands,
    .run = run_help,
};

}  // namespace meshfn::cli
