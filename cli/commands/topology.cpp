// meshfn topology import: a scenario from what is known of who calls whom.

#include "simulate/topology.h"

#include <fmt/format.h>

#include <cstdlib>
#include <istream>
#include <iterator>
#include <ostream>

#include "base/str.h"
#include "base/units.h"
#include "cli/command.h"
#include "function/event/encode.h"
#include "invoke/remote.h"

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

Result<simulate::Topology> read_file(Context& context, const std::string& path) {
  const auto text = text_of(context, path);
  if (!text) return tl::unexpected(text.error());
  return simulate::read_topology(*text, path == "-" ? "<stdin>" : path);
}

/// Asks the server twice: who calls whom, and how long that takes.
Result<simulate::Topology> read_prometheus(const Args& args) {
  std::string url(args.value("prometheus"));
  while (url.ends_with('/')) url.pop_back();
  const std::string range(args.value("range"));
  if (!parse_duration(range)) {
    return usage_error(fmt::format("--range must be a duration like 5m, not `{}`", range));
  }
  const auto ask = [&](const std::string& query) -> Result<std::string> {
    const std::string whole = url + "/api/v1/query?query=" + function::url_encode(query);
    auto answer = invoke::fetch_text(whole);
    if (answer) return answer;
    // The server is what can be mended, not the question.
    Error error = answer.error();
    error.message = str::replace_all(error.message, whole, url);
    return tl::unexpected(std::move(error));
  };
  const auto rates = ask(simulate::rates_query(range));
  if (!rates) return tl::unexpected(rates.error());
  auto topology = simulate::read_topology(*rates, url);
  if (!topology) return tl::unexpected(topology.error());
  const auto durations = ask(simulate::durations_query(range));
  if (!durations) return tl::unexpected(durations.error());
  if (const auto added = simulate::add_durations(*topology, *durations, url); !added) {
    return tl::unexpected(added.error());
  }
  topology->notes.push_back(fmt::format("rates and durations of the last {} from {}", range, url));
  return topology;
}

Result<ExitCode> run_import(Context& context, const Args& args) {
  const auto rate = rate_of(args);
  if (!rate) return tl::unexpected(rate.error());
  const bool from_server = args.has("prometheus");
  if (from_server != args.operands().empty()) {
    return usage_error(
        from_server ? "--prometheus takes the place of a file" : "there is nothing to import",
        "give a file, or --prometheus URL");
  }
  const auto topology =
      from_server ? read_prometheus(args) : read_file(context, std::string(args.operand(0)));
  if (!topology) return tl::unexpected(topology.error());
  context.terminal.out << simulate::to_scenario(*topology, std::string(args.value("name")), *rate);
  return kOk;
}

constexpr Option kOptions[] = {
    {.name = "prometheus",
     .value = "URL",
     .help = "ask this server for istio_requests_total and the durations of requests"},
    {.name = "range",
     .value = "TIME",
     .help = "how far back the server's rates go",
     .fallback = "5m"},
    {.name = "rate",
     .value = "N",
     .help = "requests per second where the input has no rates",
     .fallback = "100"},
    {.name = "name", .value = "NAME", .help = "name of the scenario", .fallback = "imported"},
};

constexpr Operand kOperands[] = {
    {.name = "FILE",
     .help = "Jaeger's dependencies, a Prometheus answer, Kubernetes manifests or docker-compose; "
             "- for standard input",
     .completes = Completes::file}};

constexpr Example kExamples[] = {
    {"curl -s jaeger:16686/api/dependencies?endTs=1700000000000 | meshfn topology import -",
     "from the traces of a running system"},
    {"meshfn topology import --prometheus http://localhost:9090",
     "from the rates and durations that Istio's metrics hold"},
    {"kubectl get svc,deploy,hpa,nodes -o yaml | meshfn topology import -",
     "replicas, zones and ports; calls guessed from environment variables"},
    {"meshfn topology import docker-compose.yaml > scenario.yaml", "from depends_on"},
};

constexpr Command kImport = {
    .name = "import",
    .summary = "Write a scenario from what is known of who calls whom",
    .description =
        "Reads Jaeger's or OpenTelemetry's dependency JSON, the JSON answer of a Prometheus query "
        "such as `sum by (source_workload, destination_service_name) "
        "(rate(istio_requests_total[5m]))`, Kubernetes manifests, or a docker-compose file, or "
        "asks a Prometheus server itself, and prints a scenario that `meshfn simulate` runs. What "
        "had to be assumed stands in its comments.",
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
