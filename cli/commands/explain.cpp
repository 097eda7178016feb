// meshfn explain RULE|WORD: what a rule wants and why, with its own example of a mistake as
// `lint` reports it. The row of the rule is the only source.

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/json.h"
#include "base/str.h"
#include "base/suggest.h"
#include "cli/catalogue.h"
#include "cli/output.h"
#include "lint/catalogue.h"
#include "lint/example.h"
#include "lint/linter.h"
#include "report/paint.h"
#include "report/report.h"

namespace meshfn::cli {

extern const Command kExplain;

namespace {

using diagnostic::Rule;
using report::Colour;
using report::Paint;

using Rules = std::vector<const Rule*>;

/// The rules that `word` means: an id, name, alias or group; failing that, part of a name or
/// summary.
Rules find(std::string_view word) {
  Rules exact;
  Rules near;
  const std::string lower = str::lower(word);
  for (const Rule* rule : lint::catalogue()) {
    if (answers_to(*rule, word) || answers_to(*rule, str::upper(word))) exact.push_back(rule);
    const bool mentions = rule->name.find(lower) != std::string_view::npos ||
                          str::lower(rule->summary).find(lower) != std::string::npos;
    if (mentions) near.push_back(rule);
  }
  return exact.empty() ? near : exact;
}

tl::unexpected<Error> unknown(std::string_view word) {
  std::vector<std::string_view> candidates;
  for (const Rule* rule : lint::catalogue()) {
    candidates.push_back(rule->id);
    candidates.push_back(rule->name);
  }
  const std::string guess = did_you_mean(word, candidates);
  return usage_error(fmt::format("no rule is called `{}`, and none speaks of it", word),
                     guess.empty() ? "`meshfn list rules` names them all" : guess);
}

/// The example without the marks that tell the tests where findings are.
std::string shown(std::string_view example) { return str::replace_all(example, " #!", ""); }

/// The reporter's last line says to run this very command: of no use here.
std::string without_pointer(const std::string& text, const Rule& rule) {
  const std::string pointer = fmt::format("`meshfn explain {}`", rule.id);
  std::string out;
  for (const std::string_view line : str::lines(text)) {
    if (line.find(pointer) == std::string_view::npos) out += fmt::format("{}\n", line);
  }
  return out;
}

/// What `lint` says about the rule's bad example; empty when the rule has none.
std::string finding_text(const Rule& rule, bool colour, std::size_t width) {
  if (rule.bad.empty()) return "";
  source::Store store;
  report::Report report;
  report.findings = lint::lint({{.path = "bad.yaml", .text = shown(rule.bad), .named = true}},
                               lint::options_of_example(rule.bad), store)
                        .findings;
  std::erase_if(report.findings, [&](const auto& finding) { return finding.rule != &rule; });
  report.colour = colour;
  report.width = width;
  std::ostringstream out;
  report::find_reporter("text")->write(report, out);
  return without_pointer(out.str(), rule);
}

std::string indented(std::string_view text) {
  std::string out;
  for (const std::string_view line : str::lines(text)) {
    out += line.empty() ? "\n" : fmt::format("    {}\n", line);
  }
  return out;
}

std::string heading(const Paint& paint, std::string_view title) {
  return fmt::format("\n{}\n", paint(Colour::bold, title));
}

std::string ignoring(const Rule& rule) {
  return fmt::format(
      "On the line or above it:   # meshfn: ignore[{0}] because ...\n"
      "For one run:               meshfn lint --ignore {0}\n",
      rule.id);
}

std::string as_text(const Rule& rule, bool colour, std::size_t width) {
  const Paint paint(colour);
  std::string text = fmt::format("{} {} ({}, {})\n{}\n", paint(Colour::bold, rule.id), rule.name,
                                 paint(report::colour_of(rule.severity), to_string(rule.severity)),
                                 rule.group, str::wrap(rule.summary, width));
  text += heading(paint, "Why") + str::wrap(str::trim(rule.why), width) + "\n";
  if (!rule.bad.empty()) {
    text += heading(paint, "Wrong") + indented(shown(rule.bad));
    const std::string finding = finding_text(rule, colour, width);
    if (!finding.empty()) text += heading(paint, "What lint says") + finding;
  }
  if (!rule.good.empty()) text += heading(paint, "Right") + indented(rule.good);
  text += heading(paint, "To ignore it") + ignoring(rule);
  if (!rule.aliases.empty()) {
    text += heading(paint, "Other names") +
            str::wrap(fmt::format("{} (accepted wherever {} is)", rule.aliases, rule.id), width) +
            "\n";
  }
  return text;
}

std::string as_markdown(const Rule& rule) {
  std::string text =
      fmt::format("# {} {}\n\n{} ({}, {})\n\n## Why\n\n{}\n", rule.id, rule.name, rule.summary,
                  to_string(rule.severity), rule.group, str::trim(rule.why));
  if (!rule.bad.empty()) {
    text += fmt::format("\n## Wrong\n\n```yaml\n{}```\n\n```text\n{}```\n", shown(rule.bad),
                        finding_text(rule, false, 100));
  }
  if (!rule.good.empty()) text += fmt::format("\n## Right\n\n```yaml\n{}```\n", rule.good);
  return text;
}

std::vector<std::string_view> aliases_of(const Rule& rule) {
  std::vector<std::string_view> codes = str::split(rule.aliases, ' ');
  std::erase(codes, std::string_view());
  return codes;
}

std::string as_json(const Rules& rules) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Rule* rule : rules) {
    list.push_back({{"id", rule->id},
                    {"name", rule->name},
                    {"severity", to_string(rule->severity)},
                    {"group", rule->group},
                    {"summary", rule->summary},
                    {"aliases", aliases_of(*rule)},
                    {"why", rule->why},
                    {"bad", shown(rule->bad)},
                    {"good", rule->good},
                    {"since", rule->since}});
  }
  const nlohmann::ordered_json document = {{"schema", 1}, {"rules", std::move(list)}};
  return document.dump(2) + "\n";
}

/// One rule in full; of several a line each, because the word was a group or a topic.
std::string print(const Rules& rules, const Output& output, const Terminal& terminal) {
  if (output.format == "json") return as_json(rules);
  std::string text;
  if (output.format == "markdown") {
    for (const Rule* rule : rules) text += (text.empty() ? "" : "\n") + as_markdown(*rule);
    return text;
  }
  if (rules.size() == 1) {
    return as_text(*rules.front(), coloured(terminal, output),
                   std::min<std::size_t>(terminal.width, 100));
  }
  for (const Rule* rule : rules) {
    text += fmt::format("{}  {}\n        {}\n", rule->id, rule->name, rule->summary);
  }
  return text;
}

Result<ExitCode> run_explain(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  const Rules rules = find(args.operand(0));
  if (rules.empty()) return unknown(args.operand(0));
  for (const Output& output : *wanted) {
    const auto written = write_output(context, output, print(rules, output, context.terminal));
    if (!written) return tl::unexpected(written.error());
  }
  return kOk;
}

constexpr std::string_view kFormats[] = {"text", "json", "markdown"};
constexpr Option kOptions[] = {output_option(kFormats)};

constexpr Operand kOperands[] = {
    {.name = "RULE",
     .help = "an id, a name, another tool's code, a group, or a word",
     .required = true,
     .completes = Completes::rule},
};

constexpr Example kExamples[] = {
    {"meshfn explain MF0002", "what the rule wants, why, and a finding of it"},
    {"meshfn explain duplicate", "every rule that speaks of duplicates"},
    {"meshfn explain yaml", "every rule of a group"},
};

}  // namespace

constexpr Command kExplain = {
    .name = "explain",
    .summary = "Explain a rule: what must hold, what breaks otherwise, how to mend it",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run_explain,
};

}  // namespace meshfn::cli
