// meshfn completion bash|zsh|fish: the script that teaches a shell to complete meshfn.

#include <ostream>

#include "cli/catalogue.h"
#include "cli/completion/shell.h"
#include "lint/catalogue.h"

namespace meshfn::cli {

extern const Command kCompletion;

namespace {

Result<ExitCode> run_completion(Context& context, const Args& args) {
  Vocabulary vocabulary{program(), {}};
  for (const diagnostic::Rule* rule : lint::catalogue()) vocabulary.rules.push_back(rule->id);
  for (const Shell& shell : shells()) {
    if (shell.name == args.operand(0)) context.terminal.out << shell.script(vocabulary);
  }
  return kOk;
}

constexpr std::string_view kNames[] = {"bash", "zsh", "fish"};

constexpr Operand kOperands[] = {
    {.name = "SHELL", .help = "the shell", .required = true, .choices = kNames},
};

constexpr Example kExamples[] = {
    {"source <(meshfn completion bash)", "complete in this bash; put it in ~/.bashrc to keep it"},
    {"source <(meshfn completion zsh)", "the same for zsh, after compinit"},
    {"meshfn completion fish | source", "the same for fish"},
};

}  // namespace

constexpr Command kCompletion = {
    .name = "completion",
    .summary = "Print the completion script of a shell",
    .description =
        "Commands, flags, choices and rule ids are written into the script: completing "
        "runs nothing.",
    .examples = kExamples,
    .operands = kOperands,
    .run = run_completion,
};

}  // namespace meshfn::cli
