// meshfn render: routing YAML in, something to look at or to deploy out.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iostream>

#include "cli/command.h"
#include "cli/mesh_input.h"
#include "render/kubernetes_job.h"
#include "render/verify.h"

namespace meshfn::cli {

extern const Command kRender;

namespace {

constexpr std::array kTargetNames =
    std::to_array<std::string_view>({"table", "json", "mermaid", "dot", "svg", "yaml", "istio",
                                     "gateway-api", "linkerd", "envoy", "kubernetes-job"});

/// What reads the same as resources afterwards, so that it can be compared.
constexpr std::array kComparable =
    std::to_array<std::string_view>({"yaml", "istio", "gateway-api", "linkerd"});

constexpr Example kExamples[] = {
    {"meshfn render mesh/", "print which requests go where"},
    {"meshfn render mesh/ --to mermaid", "draw it for a Markdown page"},
    {"meshfn render routes.yaml --to istio --out-dir deploy", "make Istio resources of an intent"},
    {"meshfn render scenario.yaml mesh/ --to kubernetes-job --parts 20",
     "run a sweep on a cluster, a part in each pod"},
    {"meshfn render mesh/ --to gateway-api --verify", "convert, and prove that nothing changed"},
    {"kubectl get vs,dr,gateway -A -o yaml | meshfn render - --to yaml",
     "normalise what a cluster holds"},
};

constexpr Operand kOperands[] = {
    {.name = "PATH",
     .help = "YAML or JSON files, directories of them, or - for standard input",
     .required = true,
     .repeatable = true,
     .completes = Completes::file},
};

constexpr Option kOptions[] = {
    {.name = "to",
     .value = "TARGET",
     .help = "what to make",
     .fallback = "table",
     .choices = kTargetNames,
     .group = "Output"},
    {.name = "out-dir",
     .value = "DIR",
     .help = "write files there instead of printing, and list them",
     .group = "Output",
     .completes = Completes::directory},
    {.name = "defaults",
     .help = "write out what the mesh would assume (yaml and istio)",
     .group = "Output"},
    {.name = "strict", .help = "fail when something of the input is lost", .group = "Output"},
    {.name = "verify",
     .help = "read the output again and compare the answers to generated requests",
     .group = "Output"},
    {.name = "parts",
     .value = "N",
     .help = "pods of kubernetes-job",
     .fallback = "8",
     .group = "Output"},
    {.name = "simulate",
     .value = "ARGS",
     .help = "what kubernetes-job asks of `meshfn simulate`, as in '--sweep pairs'",
     .fallback = "--sweep each-zone",
     .group = "Output"},
    kNamespaceOption,
    {.name = "from",
     .value = "NAMESPACE",
     .help = "show the mesh as sidecars of this namespace see it",
     .group = "Input"},
};

Result<void> write_files(Context& context, const render::Rendered& rendered,
                         const std::string& directory) {
  for (const render::Document& document : rendered.documents) {
    const std::string path = path::join(directory, document.name);
    if (auto written = context.files.write(path, document.text); !written) return written;
    context.terminal.out << path << '\n';
  }
  return {};
}

void print(Context& context, const render::Rendered& rendered) {
  bool first = true;
  for (const render::Document& document : rendered.documents) {
    if (!first) context.terminal.out << rendered.separator;
    context.terminal.out << document.text;
    first = false;
  }
}

void tell_losses(Context& context, const render::Rendered& rendered) {
  if (context.terminal.quiet) return;
  for (const render::Loss& loss : rendered.losses) {
    context.terminal.err << fmt::format("lost: {}: {}: {}\n", source::to_string(loss.where),
                                        to_string(loss.severity), loss.message);
  }
}

/// Whether the output answers as the input does, apart from what is listed; counterexamples go to
/// standard error.
Result<bool> is_proven(Context& context, const render::Source& source,
                       const render::Rendered& rendered, const routing::IstioOptions& options) {
  const auto verified = render::verify(source, rendered, options);
  if (!verified) return tl::unexpected(verified.error());
  context.terminal.err << render::diff_text(verified->unlisted);
  if (!context.terminal.quiet) context.terminal.err << render::summary(*verified);
  return verified->unlisted.differences.empty();
}

Result<std::uint32_t> parts_of(const Args& args) {
  constexpr std::uint32_t kMostParts = 10'000;
  const std::string_view text = args.value("parts");
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 1 &&
      value <= kMostParts) {
    return value;
  }
  return usage_error(
      fmt::format("--parts must be a whole number of 1 to {}, not `{}`", kMostParts, text));
}

Result<ExitCode> run(Context& context, const Args& args) {
  routing::IstioOptions options;
  options.client_namespace = args.value("from");
  const auto input = load_mesh(context, args, args.operands(), options);
  if (!input) return tl::unexpected(input.error());
  const render::Source source = (*input)->source();
  const bool comparable =
      std::find(kComparable.begin(), kComparable.end(), args.value("to")) != kComparable.end();
  if (args.has("verify") && !comparable) {
    return usage_error(fmt::format("--verify needs resources, which `{}` is not", args.value("to")),
                       "choose yaml, istio, gateway-api or linkerd");
  }
  const auto parts = parts_of(args);
  if (!parts) return tl::unexpected(parts.error());
  const auto rendered =
      args.value("to") == "kubernetes-job"
          ? render::kubernetes_job(source, {*parts, std::string(args.value("simulate"))})
          : render::find_target(args.value("to"))->run(source, {.defaults = args.has("defaults")});
  if (!rendered) return tl::unexpected(rendered.error());
  tell_notes(context, source.table);
  tell_losses(context, *rendered);
  if (rendered->documents.empty()) {
    return fail(fmt::format("nothing of the input can be told to {}", args.value("to")),
                "`meshfn render --to table` shows what there is");
  }
  if (args.has("out-dir")) {
    const auto written = write_files(context, *rendered, std::string(args.value("out-dir")));
    if (!written) return tl::unexpected(written.error());
  } else {
    print(context, *rendered);
  }
  if (args.has("verify")) {
    const auto proven = is_proven(context, source, *rendered, options);
    if (!proven) return tl::unexpected(proven.error());
    if (!*proven) return kBadAnswer;
  }
  return args.has("strict") && !rendered->losses.empty() ? kBadAnswer : kOk;
}

}  // namespace

constinit const Command kRender = {
    .name = "render",
    .summary = "Show what mesh YAML does, or turn it into another form",
    .description =
        "Reads resources of Istio, Linkerd and the Gateway API and routes.yaml documents and "
        "prints "
        "the effective route table: "
        "each listener, host and rule in the order in which the proxy looks at them, with the "
        "file and line of each.\n\n"
        "`--to istio`, `gateway-api`, `linkerd` and `yaml` print resources, `--to envoy` what the "
        "proxy would be told. What the output cannot say is listed on standard error with its "
        "line: `error` where requests go elsewhere, `warning` where they are served differently, "
        "`info` where nothing shows. `--strict` makes any of it exit code 1. `--verify` proves "
        "the rest: the output is read again, and both sides answer the same generated requests.",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run,
};

}  // namespace meshfn::cli
