#include "cli/app.h"

#include <ostream>

#include "cli/catalogue.h"
#include "cli/help.h"
#include "cli/parser.h"

namespace meshfn::cli {

namespace {

ExitCode exit_code(Failure kind) {
  switch (kind) {
    case Failure::usage:
      return kUsage;
    case Failure::input:
      return kInput;
    case Failure::answer:
      return kBadAnswer;
  }
  return kBug;
}

void settle_colour(Context& context, std::string_view when) {
  Terminal& terminal = context.terminal;
  terminal.out_colour = wants_colour(when, context.environment, terminal.out_is_tty);
  terminal.err_colour = wants_colour(when, context.environment, terminal.err_is_tty);
}

Result<ExitCode> run_command(Context& context, const Invocation& invocation) {
  const Command& command = *invocation.path.back();
  Terminal& terminal = context.terminal;
  if (invocation.args.has("version")) {
    terminal.out << program().name << ' ' << version() << '\n';
    return kOk;
  }
  if (invocation.args.has("help") || command.run == nullptr) {
    terminal.out << help(invocation.path, terminal.width);
    return kOk;
  }
  return command.run(context, invocation.args);
}

}  // namespace

ExitCode run(Context& context, const std::vector<std::string>& words) {
  settle_colour(context, "auto");
  const Result<Invocation> invocation = parse(program(), words);
  if (!invocation) {
    print_error(context.terminal, invocation.error());
    return exit_code(invocation.error().kind);
  }
  settle_colour(context, invocation->args.value("color"));
  context.terminal.quiet = invocation->args.has("quiet");
  context.terminal.verbose = invocation->args.has("verbose");
  const Result<ExitCode> code = run_command(context, *invocation);
  if (code) return *code;
  print_error(context.terminal, code.error());
  return exit_code(code.error().kind);
}

}  // namespace meshfn::cli
