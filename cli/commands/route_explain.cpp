// meshfn route explain: one request through the routing YAML.

#include <fmt/format.h>

#include "base/str.h"
#include "cli/command.h"
#include "cli/mesh_input.h"
#include "cli/output.h"
#include "render/explanation.h"
#include "routing/request_text.h"
#include "yaml/scalar.h"

namespace meshfn::cli {

extern const Command kRouteExplain;

namespace {

/// `ns` or `ns/service-account`; labels are given by `--from-label`.
void set_source(routing::Request& request, std::string_view from) {
  request.source_namespace = std::string(from.substr(0, from.find('/')));
}

Result<void> set_pairs(const Args& args, std::string_view option, char separator,
                       routing::Texts& out) {
  for (const std::string& pair : args.values(option)) {
    const std::size_t at = pair.find(separator);
    if (at == pair.npos) {
      return usage_error(fmt::format("--{} `{}` has no `{}`", option, pair, separator),
                         fmt::format("write `--{} name{}value`", option, separator));
    }
    const std::string name(str::trim(std::string_view(pair).substr(0, at)));
    out[option == "header" ? str::lower(name) : name] =
        std::string(str::trim(std::string_view(pair).substr(at + 1)));
  }
  return {};
}

Result<void> set_flags(const Args& args, routing::Request& request) {
  if (args.has("host")) request.authority = std::string(args.value("host"));
  if (args.has("path")) {
    const auto parsed = routing::request_from_url(args.value("path"));
    if (!parsed) return tl::unexpected(parsed.error());
    request.path = parsed->path;
    request.query.insert(parsed->query.begin(), parsed->query.end());
  }
  if (args.has("method")) request.method = std::string(args.value("method"));
  if (args.has("gateway")) request.gateway = std::string(args.value("gateway"));
  if (args.has("port")) {
    const auto port = yaml::to_int(args.value("port"));
    if (!port || *port < 1 || *port > 65535) {
      return usage_error(fmt::format("--port `{}` is no port", args.value("port")));
    }
    request.port = static_cast<std::uint32_t>(*port);
  }
  set_source(request, args.value("from"));
  if (auto set = set_pairs(args, "header", ':', request.headers); !set) return set;
  if (auto set = set_pairs(args, "query", '=', request.query); !set) return set;
  if (auto set = set_pairs(args, "from-label", '=', request.source_labels); !set) return set;
  if (const auto host = request.headers.find("host"); host != request.headers.end()) {
    request.authority = host->second;
    request.headers.erase(host);
  }
  return {};
}

Result<routing::Request> request_of(const Args& args) {
  routing::Request request;
  const std::string_view text = args.operand(0);
  if (!text.empty()) {
    auto parsed = text.starts_with("curl") ? routing::request_from_curl(text)
                                           : routing::request_from_url(text);
    if (!parsed) return parsed;
    request = std::move(*parsed);
  }
  if (auto set = set_flags(args, request); !set) return tl::unexpected(set.error());
  if (request.authority.empty()) {
    return usage_error("the request has no host", "give a URL, or `--host NAME`");
  }
  return request;
}

constexpr std::string_view kExplainFormats[] = {"text", "json"};

constexpr Option kExplainOptions[] = {
    {.name = "mesh",
     .value = "PATH",
     .help = "YAML to look at; the directory here by default, - for standard input",
     .fallback = ".",
     .repeatable = true,
     .group = "Input",
     .completes = Completes::file},
    kNamespaceOption,
    {.name = "host", .value = "HOST", .help = "host, with a port if sent", .group = "Request"},
    {.name = "path", .value = "PATH", .help = "path, with a query if sent", .group = "Request"},
    {.name = "method", .value = "METHOD", .help = "GET when not given", .group = "Request"},
    {.name = "header",
     .letter = 'H',
     .value = "NAME:VALUE",
     .help = "a header",
     .repeatable = true,
     .group = "Request"},
    {.name = "query",
     .value = "NAME=VALUE",
     .help = "a query parameter",
     .repeatable = true,
     .group = "Request"},
    {.name = "port", .value = "PORT", .help = "port of the listener", .group = "Request"},
    {.name = "gateway",
     .value = "NAMESPACE/NAME",
     .help = "gateway it comes in by; a sidecar otherwise",
     .group = "Request"},
    {.name = "from",
     .value = "NAMESPACE[/ACCOUNT]",
     .help = "namespace of the caller",
     .group = "Request"},
    {.name = "from-label",
     .value = "NAME=VALUE",
     .help = "label of the caller",
     .repeatable = true,
     .group = "Request"},
    output_option(kExplainFormats),
};

constexpr Operand kExplainOperands[] = {
    {.name = "REQUEST", .help = "a URL, or a curl command line in quotes"},
};

constexpr Example kExplainExamples[] = {
    {"meshfn route explain http://reviews:9080/ -H 'end-user: jason' --mesh mesh/",
     "say where it goes and why"},
    {"meshfn route explain \"curl -XPOST https://shop.example.com/api -d x\" --gateway prod/web",
     "the same for a curl command"},
};

Result<ExitCode> run_explain(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  const auto request = request_of(args);
  if (!request) return tl::unexpected(request.error());
  routing::IstioOptions options;
  options.client_namespace = request->gateway == "mesh" ? request->source_namespace : "";
  const auto input = load_mesh(context, args, args.values("mesh"), options);
  if (!input) return tl::unexpected(input.error());
  tell_notes(context, (*input)->table());
  const routing::Answer answer = routing::explain((*input)->table(), *request);
  for (const Output& output : *wanted) {
    const std::string text = output.format == "json"
                                 ? render::explanation_json(**input, *request, answer)
                                 : render::explanation_text(**input, *request, answer);
    if (auto written = write_output(context, output, text); !written) {
      return tl::unexpected(written.error());
    }
  }
  return answer.route == nullptr ? kBadAnswer : kOk;
}

}  // namespace

constinit const Command kRouteExplain = {
    .name = "explain",
    .summary = "Say where a request goes, and why",
    .description =
        "Follows one request through the routing YAML: the rules it fails with the "
        "first condition that failed, the rule that takes it, the destinations and "
        "what applies to them, each with its file and line.",
    .examples = kExplainExamples,
    .operands = kExplainOperands,
    .options = kExplainOptions,
    .run = run_explain,
};

}  // namespace meshfn::cli
