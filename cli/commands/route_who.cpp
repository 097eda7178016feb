// meshfn route who: which callers reach which operations of a service.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/suggest.h"
#include "cli/command.h"
#include "cli/mesh_input.h"
#include "cli/output.h"
#include "render/access.h"
#include "routing/host.h"

namespace meshfn::cli {

extern const Command kRouteWho;

namespace {

using resource::kubernetes::Service;

constexpr std::string_view kFormats[] = {"text", "json"};

constexpr Option kOptions[] = {
    {.name = "mesh",
     .value = "PATH",
     .help = "YAML to look at; the directory here by default, - for standard input",
     .fallback = ".",
     .repeatable = true,
     .group = "Input",
     .completes = Completes::file},
    kNamespaceOption,
    {.name = "to",
     .value = "SERVICE",
     .help = "`name`, `name.namespace` or the complete host; every Service otherwise",
     .repeatable = true,
     .group = "Request"},
    output_option(kFormats),
};

constexpr Example kExamples[] = {
    {"meshfn route who --to reviews --mesh mesh/", "show who reaches what of one service"},
    {"meshfn route who --mesh mesh/ -o json", "the same for all services, for programs"},
};

/// Whether `wanted` is one of the names of the Service.
bool is_named(const Service& service, const std::string& wanted) {
  const std::string host = routing::fqdn(*service.name, service.scope);
  if (host == wanted) return true;
  const auto names = routing::names_of(host, service.scope);
  return std::find(names.begin(), names.end(), wanted) != names.end();
}

Result<std::vector<const Service*>> services_of(const Args& args, const resource::Mesh& mesh) {
  std::vector<const Service*> out;
  if (!args.has("to")) {
    for (const Service& service : mesh.all<Service>()) out.push_back(&service);
    if (out.empty()) return fail("the input holds no Service", "add the YAML of the services");
    return out;
  }
  for (const std::string& wanted : args.values("to")) {
    std::vector<std::string_view> known;
    const std::size_t before = out.size();
    for (const Service& service : mesh.all<Service>()) {
      known.push_back(*service.name);
      if (is_named(service, wanted)) out.push_back(&service);
    }
    if (out.size() == before) {
      return fail(fmt::format("the input holds no Service `{}`", wanted),
                  did_you_mean(wanted, known));
    }
  }
  return out;
}

Result<ExitCode> run(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  const auto input = load_mesh(context, args, args.values("mesh"), {});
  if (!input) return tl::unexpected(input.error());
  const auto services = services_of(args, (*input)->mesh());
  if (!services) return tl::unexpected(services.error());
  std::vector<routing::WhoColumn> columns;
  for (const Service* service : *services) {
    auto some = routing::who_reaches((*input)->mesh(), *service);
    std::move(some.begin(), some.end(), std::back_inserter(columns));
  }
  for (const Output& output : *wanted) {
    const std::string text =
        output.format == "json" ? render::who_json(columns) : render::who_text(columns);
    if (auto written = write_output(context, output, text); !written) {
      return tl::unexpected(written.error());
    }
  }
  return kOk;
}

}  // namespace

constinit const Command kRouteWho = {
    .name = "who",
    .summary = "Show who reaches what",
    .description =
        "A matrix for every port of the services: the service accounts of the input, those that "
        "policies name and a caller without identity, against the operations that policies tell "
        "apart. Each answer carries the number of what decides it.",
    .examples = kExamples,
    .options = kOptions,
    .run = run,
};

}  // namespace meshfn::cli
