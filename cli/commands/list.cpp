// meshfn list WHAT: the things that describe themselves, as tables. One row of kInventories makes
// a new list.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/str.h"
#include "cli/catalogue.h"
#include "cli/output.h"
#include "cli/table.h"
#include "config/config.h"
#include "function/event/sample.h"
#include "lint/catalogue.h"
#include "report/report.h"
#include "scaffold/project.h"
#include "schema/catalogue.h"
#include "simulate/balancer.h"

namespace meshfn::cli {

extern const Command kList;

namespace {

constexpr std::string_view kSeverities[] = {"error", "warning", "info"};

/// Whether `--group` and `--severity` leave the rule in.
bool is_wanted(const diagnostic::Rule& rule, const Args& args) {
  const auto asks_for = [&](std::string_view option, std::string_view value) {
    const auto values = args.values(option);
    return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
  };
  return asks_for("group", rule.group) && asks_for("severity", to_string(rule.severity));
}

Result<void> check_groups(const Args& args) {
  std::vector<std::string_view> groups;
  for (const diagnostic::Rule* rule : lint::catalogue()) {
    if (std::find(groups.begin(), groups.end(), rule->group) == groups.end()) {
      groups.push_back(rule->group);
    }
  }
  for (const std::string& group : args.values("group")) {
    if (std::find(groups.begin(), groups.end(), group) != groups.end()) continue;
    return usage_error(fmt::format("no rule is of group `{}`", group),
                       fmt::format("groups: {}", str::join(groups, ", ")));
  }
  return {};
}

Result<Table> rules_table(Context&, const Args& args) {
  if (auto known = check_groups(args); !known) return tl::unexpected(known.error());
  Table table{"rules",
              {{"id"},
               {"severity"},
               {"name"},
               {"summary"},
               {.name = "group", .is_detail = true},
               {.name = "aliases", .is_list = true, .is_detail = true},
               {.name = "since", .is_detail = true}},
              {}};
  for (const diagnostic::Rule* rule : lint::catalogue()) {
    if (!is_wanted(*rule, args)) continue;
    table.rows.push_back({std::string(rule->id), std::string(to_string(rule->severity)),
                          std::string(rule->name), std::string(rule->summary),
                          std::string(rule->group), std::string(rule->aliases),
                          std::string(rule->since)});
  }
  return table;
}

Result<Table> kinds_table(Context&, const Args&) {
  Table table{"kinds", {{"kind"}, {"group"}, {.name = "versions", .is_list = true}, {"scope"}}, {}};
  const schema::Catalogue catalogue;
  for (const schema::KindInfo& kind : catalogue.kinds()) {
    std::vector<std::string_view> versions;
    for (const schema::Version& version : kind.versions) versions.push_back(version.name);
    const bool namespaced = kind.scope == schema::Scope::namespaced;
    table.rows.push_back({std::string(kind.kind), std::string(kind.group), str::join(versions, " "),
                          namespaced ? "namespaced" : "cluster"});
  }
  return table;
}

Result<Table> policies_table(Context&, const Args&) {
  Table table{"policies",
              {{"name"},
               {"istio"},
               {"summary"},
               {.name = "parameters", .is_list = true, .is_detail = true}},
              {}};
  for (const simulate::Policy* policy : simulate::policies()) {
    std::vector<std::string_view> parameters;
    for (const simulate::Parameter& one : policy->parameters) parameters.push_back(one.name);
    if (policy->hashes) parameters.push_back("key");
    table.rows.push_back({std::string(policy->name), std::string(policy->istio),
                          std::string(policy->summary), str::join(parameters, " ")});
  }
  return table;
}

Result<Table> samples_table(Context&, const Args&) {
  Table table{"samples",
              {{"name"},
               {"platform"},
               {"summary"},
               {.name = "aliases", .is_list = true, .is_detail = true}},
              {}};
  for (const function::SampleSource& source : function::sample_sources()) {
    table.rows.push_back(
        {source.name, source.platform, source.summary, str::join(source.aliases, " ")});
  }
  return table;
}

Result<Table> templates_table(Context&, const Args&) {
  Table table{"templates", {{"name"}, {"summary"}, {.name = "command", .is_detail = true}}, {}};
  for (const scaffold::TemplateInfo& info : scaffold::templates()) {
    table.rows.push_back({info.name, info.summary, info.command});
  }
  return table;
}

Result<Table> formats_table(Context&, const Args&) {
  Table table{"formats", {{"name"}, {"summary"}}, {}};
  for (const report::Reporter& reporter : report::reporters()) {
    table.rows.push_back({std::string(reporter.name), std::string(reporter.summary)});
  }
  return table;
}

/// The settings that hold in the working directory.
Result<Table> settings_table(Context& context, const Args&) {
  config::Config config;
  source::Store store;
  const std::string path = config::discover(context.files, context.working_directory);
  if (!path.empty()) {
    Result<config::Loaded> loaded = config::load(context.files, path, store);
    if (!loaded) return tl::unexpected(loaded.error());
    if (!loaded->problems.empty()) {
      const diagnostic::Diagnostic& first = loaded->problems.front();
      return usage_error(fmt::format("{}: {}", to_string(first.where), first.message), first.help);
    }
    config = std::move(loaded->config);
  }
  Table table{"settings", {{"name"}, {"value"}, {"origin"}}, {}};
  for (const config::SettingLine& line : config::settings(config)) {
    table.rows.push_back({std::string(line.name), line.value, line.origin});
  }
  return table;
}

/// One thing that can be listed.
struct Inventory {
  std::string_view what;
  Result<Table> (*table)(Context& context, const Args& args);
};

constexpr Inventory kInventories[] = {
    // One a line, in the order of help.
    {"rules", rules_table},          //
    {"kinds", kinds_table},          //
    {"policies", policies_table},    //
    {"samples", samples_table},      //
    {"templates", templates_table},  //
    {"formats", formats_table},      //
    {"settings", settings_table},    //
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kInventories)> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kInventories[i].what;
  return names;
}();

std::string print(const Table& table, std::string_view format) {
  if (format == "json") return to_json(table);
  if (format == "markdown") return to_markdown(table);
  return to_text(table);
}

Result<ExitCode> run_list(Context& context, const Args& args) {
  const auto wanted = outputs(args);
  if (!wanted) return tl::unexpected(wanted.error());
  const bool filtered = args.has("group") || args.has("severity");
  if (filtered && args.operand(0) != "rules") {
    return usage_error(
        fmt::format("`--group` and `--severity` do not go with `list {}`", args.operand(0)),
        "they choose among rules: `meshfn list rules --severity error`");
  }
  for (const Inventory& inventory : kInventories) {
    if (inventory.what != args.operand(0)) continue;
    const Result<Table> table = inventory.table(context, args);
    if (!table) return tl::unexpected(table.error());
    for (const Output& output : *wanted) {
      const auto written = write_output(context, output, print(*table, output.format));
      if (!written) return tl::unexpected(written.error());
    }
  }
  return kOk;
}

constexpr std::string_view kFormats[] = {"text", "json", "markdown"};
constexpr Option kOptions[] = {
    {.name = "group",
     .value = "GROUP",
     .help = "rules of this group only",
     .repeatable = true,
     .group = "Rules"},
    {.name = "severity",
     .value = "LEVEL",
     .help = "rules of this severity only",
     .choices = kSeverities,
     .repeatable = true,
     .group = "Rules"},
    output_option(kFormats),
};

constexpr Operand kOperands[] = {
    {.name = "WHAT", .help = "what to list", .required = true, .choices = kNames},
};

constexpr Example kExamples[] = {
    {"meshfn list rules", "every rule: id, severity, name and what must hold"},
    {"meshfn list rules --group linkerd --severity error", "some of them"},
    {"meshfn list rules -o markdown:rules.md", "the same as a page"},
    {"meshfn list formats", "what `meshfn lint -o` can write"},
    {"meshfn list settings", "every setting here, and where it comes from"},
};

}  // namespace

constexpr Command kList = {
    .name = "list",
    .summary = "List what meshfn knows",
    .examples = kExamples,
    .operands = kOperands,
    .options = kOptions,
    .run = run_list,
};

}  // namespace meshfn::cli
