#include "cli/catalogue.h"

namespace meshfn::cli {

// One line a command, in the order of help.
extern const Command kNew;
extern const Command kLint;
extern const Command kRender;
extern const Command kRoute;
extern const Command kEvent;
extern const Command kInvoke;
extern const Command kSimulate;
extern const Command kTopology;
extern const Command kExplain;
extern const Command kList;
extern const Command kSchema;
extern const Command kDoctor;
extern const Command kCompletion;
extern const Command kHelp;

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
// One line a command: clang-format would pack them, and every addition would then be a conflict.
// clang-format off
constexpr const Command* kCommands[] = {
    &kNew,
    &kLint,
    &kRender,
    &kRoute,
    &kEvent,
    &kInvoke,
    &kSimulate,
    &kTopology,
    &kExplain,
    &kList,
    &kSchema,
    &kDoctor,
    &kCompletion,
    &kHelp,
};
// clang-format on

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
