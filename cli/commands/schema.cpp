// meshfn schema NAME: the JSON Schemas of our own files, for editors. They are files under
// cli/schemas/, embedded by the build; a new one needs a name here.

#include <fmt/format.h>

#include <ostream>

#include "base/blob.h"
#include "cli/catalogue.h"

// The symbols that meshfn_embed makes.
extern "C" const char meshfn_schemas[];
extern "C" const char meshfn_schemas_end[];

namespace meshfn::cli {

extern const Command kSchema;

namespace {

constexpr std::string_view kNames[] = {"config", "event-test", "route-test", "routes", "scenario"};

Result<ExitCode> run_schema(Context& context, const Args& args) {
  const std::string path = fmt::format("{}.json", args.operand(0));
  for (const BlobFile& file : blob_files(meshfn_schemas, meshfn_schemas_end)) {
    if (file.path == path) context.terminal.out << file.bytes;
  }
  return kOk;
}

constexpr Operand kOperands[] = {
    {.name = "NAME", .help = "which file it describes", .required = true, .choices = kNames},
};

constexpr Example kExamples[] = {
    {"meshfn schema config > meshfn.schema.json", "of meshfn.yaml"},
    {"meshfn schema routes > routes.schema.json", "of routes.yaml"},
    {"meshfn schema event-test", "of what `meshfn event test` checks"},
    {"meshfn schema scenario", "of what `meshfn simulate` plays"},
};

}  // namespace

constexpr Command kSchema = {
    .name = "schema",
    .summary = "Print the JSON Schema of one of meshfn's own files",
    .description =
        "Editors complete and check a YAML file that starts with "
        "`# yaml-language-server: $schema=FILE`.",
    .examples = kExamples,
    .operands = kOperands,
    .run = run_schema,
};

}  // namespace meshfn::cli
