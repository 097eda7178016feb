// meshfn new function|scenario|routes: a project that works as it is.

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/str.h"
#include "cli/command.h"
#include "scaffold/project.h"
#include "scaffold/update.h"
#include "scaffold/writer.h"

namespace meshfn::cli {

extern const Command kNew;

namespace {

using scaffold::Project;
using scaffold::Request;
using scaffold::Written;

constexpr std::string_view kClouds[] = {"aws", "azure", "gcp"};
constexpr std::string_view kTriggers[] = {"http",    "schedule", "queue",
                                          "storage", "event",    "stream"};
constexpr std::string_view kShared[] = {"postgres", "redis", "queue", "object-store"};
constexpr std::string_view kMeshes[] = {"istio", "linkerd", "gateway-api", "none"};

constexpr Option kForce = {.name = "force", .letter = 'f', .help = "replace files that differ"};
constexpr Option kDryRun = {.name = "dry-run", .help = "print the files, write nothing"};
constexpr Option kUpdate = {
    .name = "update",
    .help = "merge what the template makes now into the project, with your changes kept"};
constexpr Option kSet = {.name = "set",
                         .value = "NAME=VALUE",
                         .help = "set a variable of the template",
                         .repeatable = true};
constexpr Option kTemplate = {.name = "template",
                              .value = "PATH",
                              .help = "a folder with template.yaml instead of the built-in one",
                              .completes = Completes::directory};

Result<void> read_set(const Args& args, Request& request) {
  for (const std::string& assignment : args.values("set")) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return usage_error(fmt::format("`--set {}` is not `NAME=VALUE`", assignment));
    }
    request.set[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
  return {};
}

void report(Terminal& terminal, const std::string& folder, const Written& written,
            const Project& project) {
  if (terminal.quiet) return;
  terminal.err << fmt::format("made {} in {}", str::count(written.made.size(), "file"), folder);
  if (!written.replaced.empty()) {
    terminal.err << fmt::format(", replaced {}", written.replaced.size());
  }
  if (!written.unchanged.empty()) {
    terminal.err << fmt::format(", {} unchanged", written.unchanged.size());
  }
  terminal.err << "\n";
  if (project.next.empty()) return;
  terminal.err << fmt::format("\nnext:\n  cd {}\n", folder);
  std::size_t width = 0;
  for (const auto& step : project.next) width = std::max(width, step.run.size());
  for (const auto& step : project.next) {
    terminal.err << fmt::format("  {:<{}}  # {}\n", step.run, width, step.what);
  }
}

/// What was chosen when the project was made, unless it is chosen anew.
void take_over(const Args& args, const Request& before, Request& request) {
  request.name = before.name;
  if (!args.has("cloud")) request.clouds = before.clouds;
  if (!args.has("lang")) request.language = before.language;
  if (!args.has("trigger")) request.trigger = before.trigger;
  if (!args.has("mesh")) request.mesh = before.mesh;
  if (!args.has("with")) request.with = before.with;
  if (!args.has("template")) request.template_name = before.template_name;
  for (const auto& [name, value] : before.set) request.set.try_emplace(name, value);
}

void report(std::ostream& out, std::string_view what, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) out << fmt::format("{:<9} {}\n", what, path);
}

/// Merges into the project in `folder`; 1 when somebody has to decide something.
Result<ExitCode> update_project(Context& context, const Args& args, const std::string& folder,
                                const Request& request, const scaffold::Record& record) {
  const auto project = scaffold::compose(context.files, request);
  if (!project) return tl::unexpected(project.error());
  const auto done = scaffold::update(context.files, folder, record, *project, args.has("dry-run"));
  if (!done) return tl::unexpected(done.error());
  std::ostream& out = context.terminal.out;
  report(out, "made", done->made);
  report(out, "changed", done->changed);
  report(out, "removed", done->removed);
  report(out, "kept", done->kept);
  report(out, "conflict", done->conflicts);
  if (done->conflicts.empty()) return kOk;
  if (!context.terminal.quiet) {
    context.terminal.err << fmt::format(
        "{} to settle: both you and the template changed the same lines\n",
        str::count(done->conflicts.size(), "conflict"));
  }
  return kBadAnswer;
}

/// The operand is where the project goes; its last part is the name.
Result<ExitCode> make(Context& context, const Args& args, Request request) {
  const std::string folder(args.operand(0));
  request.name = path::name(folder);
  const auto layers = context.environment.find("MESHFN_TEMPLATES");
  if (layers != context.environment.end()) request.layers = layers->second;
  if (args.has("template")) request.template_name = args.value("template");
  if (auto set = read_set(args, request); !set) return tl::unexpected(set.error());
  if (args.has("update")) {
    const auto record = scaffold::record_of(context.files, folder);
    if (!record) return tl::unexpected(record.error());
    take_over(args, record->request, request);
    return update_project(context, args, folder, request, *record);
  }
  const auto project = scaffold::compose(context.files, request);
  if (!project) return tl::unexpected(project.error());
  if (args.has("dry-run")) {
    context.terminal.out << scaffold::tree(*project);
    return kOk;
  }
  const auto written = scaffold::write(context.files, folder, *project, args.has("force"));
  if (!written) return tl::unexpected(written.error());
  report(context.terminal, folder, *written, *project);
  return kOk;
}

Result<ExitCode> run_function(Context& context, const Args& args) {
  Request request;
  request.template_name = "function";
  request.language = args.value("lang");
  request.trigger = args.value("trigger");
  request.mesh = args.value("mesh");
  for (const std::string_view shared : kShared) {
    const auto wanted = args.values("with");
    const bool chosen = std::find(wanted.begin(), wanted.end(), shared) != wanted.end();
    if (chosen) request.with.emplace_back(shared);
  }
  for (const std::string_view cloud : kClouds) {
    const auto wanted = args.values("cloud");
    const bool chosen = std::find(wanted.begin(), wanted.end(), cloud) != wanted.end();
    if (chosen) request.clouds.emplace_back(cloud);
  }
  return make(context, args, std::move(request));
}

constexpr Operand kOperands[] = {
    {.name = "NAME",
     .help = "its name, and the folder to make; with a path, the last part is the name",
     .required = true,
     .completes = Completes::directory},
};

constexpr Option kFunctionOptions[] = {
    {.name = "cloud",
     .value = "CLOUD",
     .help = "where it runs; several give one core with an adapter each",
     .fallback = "aws",
     .choices = kClouds,
     .repeatable = true},
    {.name = "lang",
     .letter = 'l',
     .value = "LANGUAGE",
     .help = "what it is written in (`meshfn list templates`)",
     .fallback = "python"},
    {.name = "trigger",
     .letter = 't',
     .value = "TRIGGER",
     .help = "what calls it",
     .fallback = "http",
     .choices = kTriggers},
    {.name = "mesh",
     .value = "MESH",
     .help = "whose routes to write for its HTTP front",
     .fallback = "istio",
     .choices = kMeshes},
    {.name = "with",
     .value = "STORE",
     .help = "data that all platforms share: client, settings, notes on consistency",
     .choices = kShared,
     .repeatable = true},
    kTemplate,
    kSet,
    kDryRun,
    kForce,
    kUpdate,
};

constexpr Example kFunctionExamples[] = {
    {"meshfn new function hello", "Python on AWS Lambda behind HTTP, with routes for Istio"},
    {"meshfn new function orders --cloud aws --cloud gcp --lang node --trigger queue",
     "one core, an adapter for each cloud"},
    {"meshfn new function orders --trigger queue --with postgres",
     "with a client for data that all its platforms share"},
    {"meshfn new function hello --dry-run", "what it would make"},
};

constexpr Command kFunction = {
    .name = "function",
    .summary = "Make a function with tests, sample events, deployment files and routes",
    .description =
        "The core knows no cloud and each cloud has a thin adapter. Nothing is overwritten: a file "
        "that differs stops the command before anything is written; files that are the same stay.",
    .examples = kFunctionExamples,
    .operands = kOperands,
    .options = kFunctionOptions,
    .run = run_function,
};

// scenario and routes

Result<ExitCode> run_scenario(Context& context, const Args& args) {
  Request request;
  request.template_name = "scenario";
  return make(context, args, std::move(request));
}

Result<ExitCode> run_routes(Context& context, const Args& args) {
  Request request;
  request.template_name = "routes";
  return make(context, args, std::move(request));
}

constexpr Option kSimpleOptions[] = {kTemplate, kSet, kDryRun, kForce, kUpdate};

constexpr Example kScenarioExamples[] = {
    {"meshfn new scenario zone-loss", "a service in three zones that loses one"},
    {"meshfn new scenario zone-loss --set service=shop --set zones=2", "for another service"},
};

constexpr Command kScenario = {
    .name = "scenario",
    .summary = "Make a scenario for `meshfn simulate`",
    .examples = kScenarioExamples,
    .operands = kOperands,
    .options = kSimpleOptions,
    .run = run_scenario,
};

constexpr Example kRoutesExamples[] = {
    {"meshfn new routes shop --set namespace=prod", "routes of the service `shop`"},
};

constexpr Command kRoutes = {
    .name = "routes",
    .summary = "Make a routing intent for `meshfn render`",
    .examples = kRoutesExamples,
    .operands = kOperands,
    .options = kSimpleOptions,
    .run = run_routes,
};

constexpr const Command* kSubcommands[] = {&kFunction, &kScenario, &kRoutes};

}  // namespace

constexpr Command kNew = {
    .name = "new",
    .summary = "Make a function, a scenario or routes from a template",
    .description = "Templates are part of the binary, or a folder of yours.",
    .subcommands = kSubcommands,
};

}  // namespace meshfn::cli
