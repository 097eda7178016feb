// meshfn topology import: a scenario from what is known of who calls whom.

#include "simulate/topology.h"

#include <fmt/format.h>

#include <cstdlib>
#include <istream>
#include <iterator>
#include <ostream>

#include "cli/command.h"

namespace meshfn::cli {

extern const Command kTopology;

namespace {

constexpr double kMostRate = 1e7;

Result<std::string> text_of(Context& context, const std::string& path) {
  if (path != "-") return context.files.read(path);
  if (context.terminal.in_is_tty) {
    return usage_error("`-` reads standard input, and that is a terminal", "pipe the file in");
  }
  return std::string(std::istreambuf_iterator<char>(context.terminal.in), {});
}

Result<double> rate_of(const Args& args) {
  const std::string text(args.value("rate"));
  char* end = nullptr;
  const double rate = std::strtod(text.c_str(), &end);
  if (end != text.c_str() && *end == '\0' && rate > 0 && rate <= kMostRate) return rate;
  return usage_error(fmt::format("--rate must be requests per second above 0, not `{}`", text));
}

Result<ExitCode> run_import(Context& context, const Args& args) {
  const auto rate = rate_of(args);
  if (!rate) return tl::unexpected(rate.error());
  const std::string path(args.operand(0));
  const auto text = text_of(context, path);
  if (!text) return tl::unexpected(text.error());
  const auto topology = simulate::read_topology(*text, path == "-" ? "<stdin>" : path);
  if (!topology) return tl::unexpected(topology.error());
  context.terminal.out << simulate::to_scenario(*topology, std::string(args.value("name")), *rate);
  return kOk;
}

constexpr Option kOptions[] = {
    {.name = "rate",
     .value = "N",
     .help = "requests per second where the input has no rates",
     .fallback = "100"},
    {.name = "name", .value = "NAME", .help = "name of the scenario", .fallback = "imported"},
};

constexpr Operand kOperands[] = {
    {.name = "FILE",
     .help = "Jaeger's dependencies, a Prometheus answer or docker-compose; - for standard input",
     .required = true,
     .completes = Completes::file}};

constexpr Example kExamples[] = {
    {"curl -s jaeger:16686/api/dependencies?endTs=1700000000000 | meshfn topology import -",
     "from the traces of a running system"},
    {"meshfn topology import docker-compose.yaml > scenario.yaml", "from depends_on"},
};

constexpr Command kImport = {
    .name = "import",
    .summary = "Write a scenario from what is known of who calls whom",
    .description =
        "Reads Jaeger's or OpenTelemetry's dependency JSON, the JSON answer of a Prometheus query "
        "such as `sum by (source_workload, destination_service_name) "
        "(rate(istio_requests_total[5m]))`, or a docker-compose file, and prints a scenario that "
        "`meshfn simulate` runs. What had to be assumed stands in its comments.",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run_import,
};

constexpr const Command* kSubcommands[] = {&kImport};

}  // namespace

constexpr Command kTopology = {
    .name = "topology",
    .summary = "Scenarios from dependency graphs that exist already",
    .subcommands = kSubcommands,
};

}  // namespace meshfn::cli
