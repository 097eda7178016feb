#include "cli/catalogue.h"

namespace meshfn::cli {

// One line a command.
// One line a command, in the order of help.
extern const Command kNew;
extern const Command kEvent;
extern const Command kCompletion;
extern const Command kEvent;
extern const Command kExplain;
extern const Command kHelp;
extern const Command kLint;
extern const Command kList;
extern const Command kRender;
extern const Command kSchema;
extern const Command kSimulate;

namespace {

constexpr std::string_view kColours[] = {"auto", "always", "never"};

constexpr Option kGlobals[] = {
    {.name = "color",
     .value = "WHEN",
     .help = "colour the output",
     .fallback = "auto",
     .choices = kColours,
     .group = "Global options"},
    {.name = "quiet", .letter = 'q', .help = "print no summary", .group = "Global options"},
    {.name = "verbose",
     .letter = 'v',
     .help = "say which files and settings are used",
     .group = "Global options"},
    {.name = "help", .letter = 'h', .help = "show help", .group = "Global options"},
    {.name = "version", .letter = 'V', .help = "show the version", .group = "Global options"},
};

// In the order of help: the jobs, then what explains them.
constexpr const Command* kCommands[] = {
    &kLint, &kEvent, &kExplain, &kList, &kSchema, &kCompletion, &kHelp,
    &kSimulate,
    &kLint,
    &kExplain,
    &kList,
    &kNew,
    &kEvent,
    &kCompletion,
    &kHelp,
    &kLint, &kRender, &kEvent, &kExplain, &kList, &kSchema, &kCompletion, &kHelp,
};

constexpr Command kProgram = {
    .name = "meshfn",
    .summary = "Scaffold, lint, render, invoke and simulate functions behind a service mesh",
    .description =
        "Works offline on files: Istio, Linkerd and Gateway API YAML, and functions for AWS "
        "Lambda, Azure Functions and Google Cloud Functions.",
    .options = kGlobals,
    .subcommands = kCommands,
};

}  // namespace

const Command& program() { return kProgram; }

const Command* find_command(const Command& parent, std::string_view name) {
  for (const Command* command : parent.subcommands) {
    if (command->name == name || (!command->alias.empty() && command->alias == name)) {
      return command;
    }
  }
  return nullptr;
}

std::string_view version() { return MESHFN_VERSION; }

}  // namespace meshfn::cli
