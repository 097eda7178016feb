// meshfn event list|make|convert: sample events, made from a seed.

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <ostream>

#include "base/json.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/output.h"
#include "function/event/google.h"
#include "function/event/sample.h"

namespace meshfn::cli {

extern const Command kEvent;
extern const Command kEventNext;
extern const Command kEventTest;

namespace {

using function::Recipe;
using function::SampleSource;

// What several of the subcommands read

/// The text of a file, or of standard input for "-".
Result<std::string> text_of(Context& context, const std::string& path) {
  if (path != "-") return context.files.read(path);
  if (context.terminal.in_is_tty) {
    return usage_error("`-` reads standard input, and that is a terminal", "pipe the event in");
  }
  return std::string(std::istreambuf_iterator<char>(context.terminal.in), {});
}

/// A whole number of an option; nothing when it is not given.
Result<std::optional<std::uint64_t>> number(const Args& args, std::string_view option) {
  const std::string_view text = args.value(option);
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return value;
  return usage_error(fmt::format("`--{} {}` is not a whole number", option, text));
}

// list

std::string as_json(const std::vector<SampleSource>& sources) {
  nlohmann::ordered_json samples = nlohmann::ordered_json::array();
  for (const SampleSource& source : sources) {
    nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
    for (const auto& [name, fallback] : source.parameters) {
      parameters[name] = parse_json(fallback);
    }
    samples.push_back({{"name", source.name},
                       {"platform", source.platform},
                       {"summary", source.summary},
                       {"aliases", source.aliases},
                       {"records", source.many_records},
                       {"parameters", std::move(parameters)}});
  }
  return nlohmann::ordered_json({{"schema", 1}, {"samples", std::move(samples)}}).dump(2) + "\n";
}

std::string as_text(const std::vector<SampleSource>& sources) {
  std::string out;
  std::size_t width = 0;
  for (const SampleSource& source : sources) width = std::max(width, source.name.size());
  for (const SampleSource& source : sources) {
    out += fmt::format("{:<{}}  {}\n", source.name, width, source.summary);
  }
  return out;
}

Result<ExitCode> run_list(Context& context, const Args& args) {
  std::vector<SampleSource> sources = function::sample_sources();
  const std::string_view cloud = args.value("cloud");
  if (!cloud.empty()) std::erase_if(sources, [&](const auto& s) { return s.platform != cloud; });
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  for (const Output& output : *wanted) {
    const std::string text = output.format == "json" ? as_json(sources) : as_text(sources);
    if (auto done = write_output(context, output, text); !done) {
      return tl::unexpected(done.error());
    }
  }
  if (!context.terminal.quiet) context.terminal.err << str::count(sources.size(), "source") << '\n';
  return kOk;
}

constexpr std::string_view kClouds[] = {"aws", "azure", "gcp"};
constexpr std::string_view kListFormats[] = {"text", "json"};

constexpr Option kListOptions[] = {
    {.name = "cloud", .value = "CLOUD", .help = "only the events of one cloud", .choices = kClouds},
    output_option(kListFormats),
};

constexpr Example kListExamples[] = {
    {"meshfn event list --cloud aws", "what AWS can hand to a function"},
    {"meshfn event list -o json", "with the parameters of each source"},
};

constexpr Command kList = {
    .name = "list",
    .summary = "List the sources of sample events",
    .examples = kListExamples,
    .options = kListOptions,
    .run = run_list,
};

// make

Result<Recipe> recipe_of(Context& context, const Args& args) {
  Recipe recipe;
  recipe.chain = args.operand(0);
  recipe.compact = args.has("compact");
  for (const std::string& assignment : args.values("set")) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return usage_error(fmt::format("`--set {}` is not `FIELD=VALUE`", assignment));
    }
    recipe.set.emplace_back(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  if (args.has("body")) {
    const std::string body(args.value("body"));
    const bool from_file = body == "-" || body.starts_with('@');
    auto text = from_file ? text_of(context, body == "-" ? body : body.substr(1)) : body;
    if (!text) return tl::unexpected(text.error());
    recipe.body = *text;
  }
  const auto records = number(args, "records");
  const auto poison = number(args, "poison");
  const auto seed = number(args, "seed");
  for (const auto* read : {&records, &poison, &seed}) {
    if (!*read) return tl::unexpected(read->error());
  }
  recipe.records = *records;
  recipe.poison = *poison;
  recipe.seed = seed->value_or(0);
  if (args.has("now")) {
    const auto now = function::parse_moment(args.value("now"));
    if (!now) return tl::unexpected(now.error());
    recipe.now = *now;
  }
  return recipe;
}

Result<ExitCode> run_make(Context& context, const Args& args) {
  const auto recipe = recipe_of(context, args);
  if (!recipe) return tl::unexpected(recipe.error());
  const auto event = function::make_event(*recipe);
  if (!event) return tl::unexpected(event.error());
  context.terminal.out << *event;
  return kOk;
}

constexpr Operand kMakeOperands[] = {
    {.name = "SOURCE",
     .help = "a name of `meshfn event list`, or envelopes from the inside out: \"sns>sqs\"",
     .required = true},
};

constexpr Option kMakeOptions[] = {
    {.name = "set",
     .value = "FIELD=VALUE",
     .help = "set a parameter of the source or a place in the event",
     .repeatable = true},
    {.name = "body", .value = "BODY", .help = "payload: JSON or text, @FILE, or - for stdin"},
    {.name = "records", .letter = 'n', .value = "N", .help = "number of records"},
    {.name = "poison", .value = "INDEX", .help = "give this record (from 0) an unreadable body"},
    {.name = "seed", .value = "N", .help = "seed of ids", .fallback = "0"},
    {.name = "now", .value = "TIME", .help = "when it happens", .fallback = "2026-01-01T12:00:00Z"},
    {.name = "compact", .help = "print one line"},
};

constexpr Example kMakeExamples[] = {
    {"meshfn event make sqs --body '{\"order\": 42}' --records 3", "three messages of a queue"},
    {"meshfn event make 's3>eventbridge>sqs' --set bucket=photos", "an S3 event on its way"},
    {"meshfn event make api-gateway-http --set method=POST --set headers.x-id=7 --body @order.json",
     "an HTTP request with a header of your own"},
};

constexpr Command kMake = {
    .name = "make",
    .summary = "Print a sample event",
    .description =
        "The same command prints the same bytes: ids come from `--seed`, times from `--now`. A "
        "`--body` reaches the innermost source byte for byte. `--set` takes a parameter "
        "(`meshfn event list -o json` shows them) or a place in the event, `Records.0.awsRegion` "
        "or `/Records/0/awsRegion`.",
    .examples = kMakeExamples,
    .operands = kMakeOperands,
    .options = kMakeOptions,
    .run = run_make,
};

// convert

Result<ExitCode> run_convert(Context& context, const Args& args) {
  const auto text = text_of(context, std::string(args.operand(0)));
  if (!text) return tl::unexpected(text.error());
  std::string_view to = args.value("to");
  if (to.empty()) to = function::is_cloud_event(*text) ? "legacy" : "cloudevent";
  auto event = to == "legacy" ? function::to_legacy_event(*text, args.value("topic"))
                              : function::to_cloud_event(*text, args.value("topic"));
  if (!event) {
    event.error().message = fmt::format("{}: {}", args.operand(0), event.error().message);
    return tl::unexpected(event.error());
  }
  context.terminal.out << *event;
  return kOk;
}

constexpr std::string_view kNotations[] = {"cloudevent", "legacy"};

constexpr Operand kConvertOperands[] = {
    {.name = "FILE",
     .help = "the event, - for stdin",
     .required = true,
     .completes = Completes::file},
};

constexpr Option kConvertOptions[] = {
    {.name = "to",
     .value = "NOTATION",
     .help = "what to make; by default the one that the event is not",
     .choices = kNotations},
    {.name = "topic", .value = "NAME", .help = "projects/P/topics/T of a Pub/Sub push"},
};

constexpr Example kConvertExamples[] = {
    {"meshfn event make gcp-storage | meshfn event convert -", "as the first generation got it"},
    {"meshfn event convert event.json --to cloudevent", "as the second generation gets it"},
};

constexpr Command kConvert = {
    .name = "convert",
    .summary = "Convert between Google's legacy events and CloudEvents",
    .examples = kConvertExamples,
    .operands = kConvertOperands,
    .options = kConvertOptions,
    .run = run_convert,
};

constexpr const Command* kSubcommands[] = {&kList, &kMake, &kConvert, &kEventNext, &kEventTest};

}  // namespace

constexpr Command kEvent = {
    .name = "event",
    .summary = "List, make, convert and test events",
    .description = "Events as AWS, Azure and Google Cloud hand them to functions.",
    .subcommands = kSubcommands,
};

}  // namespace meshfn::cli
