// meshfn route explain: one request through the routing YAML.

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/network.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/mesh_input.h"
#include "cli/output.h"
#include "function/event/moment.h"
#include "render/explanation.h"
#include "routing/request_text.h"
#include "yaml/scalar.h"

namespace meshfn::cli {

extern const Command kRouteExplain;

namespace {

/// `NAMESPACE[/ACCOUNT][@ZONE]` in its parts.
struct From {
  std::string name_space;
  std::string account;
  std::string zone;
};

From from_of(std::string_view text) {
  From out;
  const std::size_t at = std::min(text.find('@'), text.size());
  if (at < text.size()) out.zone = std::string(text.substr(at + 1));
  text = text.substr(0, at);
  const std::size_t slash = std::min(text.find('/'), text.size());
  out.name_space = std::string(text.substr(0, slash));
  if (slash < text.size()) out.account = std::string(text.substr(slash + 1));
  return out;
}

/// A part that is announced by its mark has to be there.
Result<void> check_from(const Args& args) {
  const std::string_view text = args.value("from");
  const From from = from_of(text);
  const bool no_namespace = args.has("from") && from.name_space.empty();
  const std::string_view identity = text.substr(0, text.find('@'));
  const bool no_account = identity.find('/') != identity.npos && from.account.empty();
  const bool no_zone = text.find('@') != text.npos && from.zone.empty();
  if (!no_namespace && !no_account && !no_zone) return {};
  return usage_error(fmt::format("--from `{}` has no {}", text,
                                 no_namespace ? "namespace"
                                 : no_account ? "account"
                                              : "zone"),
                     "write NAMESPACE[/ACCOUNT][@ZONE], such as shop/cart@eu-west-1/a");
}

/// Who calls, when the command line says anything about it.
Result<std::optional<routing::Caller>> caller_of(Context& context, const Args& args) {
  const bool asked = args.has("from") || args.has("ip") || args.has("jwt") || args.has("plain");
  if (!asked) return std::nullopt;
  const From from = from_of(args.value("from"));
  routing::Caller caller;
  caller.name_space = from.name_space;
  caller.account = from.account;
  caller.plain = args.has("plain");
  caller.ip = std::string(args.value("ip"));
  if (!caller.ip.empty() && (!parse_network(caller.ip) || caller.ip.find('/') != caller.ip.npos)) {
    return usage_error(fmt::format("--ip `{}` is no address", caller.ip),
                       "for example `--ip 10.0.0.7`");
  }
  if (!args.has("jwt")) return caller;
  const auto text = context.files.read(std::string(args.value("jwt")));
  if (!text) return tl::unexpected(text.error());
  auto claims = routing::parse_claims(*text);
  if (!claims) {
    return fail(fmt::format("{}:1:1: {}", args.value("jwt"), claims.error().message),
                claims.error().hint);
  }
  caller.token = std::move(*claims);
  caller.now = Clock().unix_millis() / 1000;
  if (!args.has("now")) return caller;
  const auto moment = function::parse_moment(args.value("now"));
  if (!moment) return tl::unexpected(moment.error());
  caller.now = moment->ms / 1000;
  return caller;
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
  if (auto checked = check_from(args); !checked) return checked;
  request.source_namespace = from_of(args.value("from")).name_space;
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
     .value = "NAMESPACE[/ACCOUNT][@ZONE]",
     .help = "namespace, service account and zone of the caller",
     .group = "Caller"},
    {.name = "from-label",
     .value = "NAME=VALUE",
     .help = "label of the caller",
     .repeatable = true,
     .group = "Caller"},
    {.name = "ip", .value = "ADDRESS", .help = "address of the caller", .group = "Caller"},
    {.name = "jwt",
     .value = "FILE",
     .help = "claims of the caller's token, as JSON; no signature is checked",
     .group = "Caller",
     .completes = Completes::file},
    {.name = "now",
     .value = "TIME",
     .help = "when the token's dates are judged; now when not given",
     .group = "Caller"},
    {.name = "plain", .help = "the caller has no proxy, so no identity", .group = "Caller"},
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
    {"meshfn route explain http://reviews:9080/ --from shop/productpage@eu-west-1/a --mesh mesh/",
     "say also whether this caller may"},
};

/// Bad when nothing takes the request or somebody on its way refuses it.
ExitCode code_of(const render::Explained& explained) {
  if (explained.answer.route == nullptr) return kBadAnswer;
  if (!explained.access) return kOk;
  const bool denied = std::any_of(explained.access->begin(), explained.access->end(),
                                  [](const auto& stop) { return !stop.verdict.allowed; });
  return denied ? kBadAnswer : kOk;
}

Result<ExitCode> run_explain(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  const auto request = request_of(args);
  if (!request) return tl::unexpected(request.error());
  const auto caller = caller_of(context, args);
  if (!caller) return tl::unexpected(caller.error());
  routing::IstioOptions options;
  options.client_namespace = request->gateway == "mesh" ? request->source_namespace : "";
  const auto input = load_mesh(context, args, args.values("mesh"), options);
  if (!input) return tl::unexpected(input.error());
  tell_notes(context, (*input)->table());
  const routing::Answer answer = routing::explain((*input)->table(), *request);
  render::Explained explained{**input, *request, answer, from_of(args.value("from")).zone,
                              std::nullopt};
  if (*caller) explained.access = routing::access_of((*input)->mesh(), **caller, *request, answer);
  for (const Output& output : *wanted) {
    const std::string text = output.format == "json" ? render::explanation_json(explained)
                                                     : render::explanation_text(explained);
    if (auto written = write_output(context, output, text); !written) {
      return tl::unexpected(written.error());
    }
  }
  return code_of(explained);
}

}  // namespace

constinit const Command kRouteExplain = {
    .name = "explain",
    .summary = "Say where a request goes, and why",
    .description =
        "Follows one request through the routing YAML: the rules it fails with the "
        "first condition that failed, the rule that takes it, the destinations and "
        "what applies to them, each with its file and line. With a caller it also says whether the "
        "pods on the way let the request through, which policy and rule decide, and for a refusal "
        "the nearest rule that would have let it through. `--jwt` gives the claims of a token that "
        "was signed rightly: issuer, audiences and dates (`exp`, `nbf`, at `--now`) are judged, "
        "the "
        "signature is not.",
    .examples = kExplainExamples,
    .operands = kExplainOperands,
    .options = kExplainOptions,
    .run = run_explain,
};

}  // namespace meshfn::cli
