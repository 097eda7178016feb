// `source:` of a load, `functions:` of a scenario, and what only the whole scenario can show.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/str.h"
#include "base/suggest.h"
#include "simulate/function_presets.h"
#include "simulate/function_reader.h"

namespace meshfn::simulate {

namespace {

using yaml::MapReader;

constexpr std::int64_t kMost = 1'000'000;

void read_lanes(MapReader& map, const SourcePreset& preset, SourceSpec& out) {
  // Parts that keep an order have their own names everywhere; one of them is enough.
  for (const std::string_view key : {"shards", "partitions", "groups"}) {
    const auto n = map.integer(key, 1, 100'000);
    if (!n) continue;
    out.lanes = static_cast<std::uint32_t>(*n);
    if (!preset.ordered) {
      yaml::bad_value(map.problems(), map.where(key),
                      fmt::format("{} keeps no order, so it has no `{}`", preset.name, key));
    }
  }
  if (const auto n = map.integer("parallelization", 1, 10)) {
    out.lanes *= static_cast<std::uint32_t>(*n);
    if (!preset.ordered) {
      yaml::bad_value(map.problems(), map.where("parallelization"),
                      fmt::format("{} has no shards to work on in parallel", preset.name));
    }
  }
  if (const auto n = map.integer("order-keys", 1, kMost)) {
    out.keys = static_cast<std::uint32_t>(*n);
    if (!preset.ordered) {
      yaml::bad_value(map.problems(), map.where("order-keys"),
                      fmt::format("{} keeps no order, so keys do not matter", preset.name));
    }
  }
  // Kafka's consumers grow up to the partitions, Lambda's on streams are there from the beginning.
  if (preset.ordered) out.most = std::min(out.most, std::max(1U, out.lanes));
}

void read_pollers(MapReader& map, SourceSpec& out) {
  if (const auto n = map.integer("start", 1, kMost)) out.start = static_cast<double>(*n);
  if (const auto n = map.number("add-per-minute")) {
    out.add_per_minute = *n;
    if (*n < 0) {
      yaml::bad_value(map.problems(), map.where("add-per-minute"),
                      "`add-per-minute` must not be negative");
    }
  }
  if (const auto n = map.integer("max", 1, kMost)) out.most = static_cast<std::uint32_t>(*n);
  out.start = std::min(out.start, static_cast<double>(out.most));
  if (const auto n = map.integer("batch", 1, 10'000)) out.batch = static_cast<std::uint32_t>(*n);
  if (const auto t = map.duration("window")) out.window = t->count();
  if (const auto t = map.duration("poll")) out.poll = t->count();
}

void read_failures(MapReader& map, const SourcePreset& preset, SourceSpec& out) {
  const std::string_view again = preset.ordered ? "retry-after" : "visibility";
  if (const auto t = map.duration(again)) out.visibility = t->count();
  if (!preset.ordered && out.visibility <= 0) {
    yaml::bad_value(map.problems(), map.where(again), "`visibility` must be above 0");
    out.visibility = kSecond;
  }
  if (const auto n = map.integer("max-receive", 1, 1000)) {
    out.max_receive = static_cast<std::uint32_t>(*n);
  }
  if (const auto t = map.duration("max-age")) out.retention = t->count();
  if (const auto partial = map.boolean("partial")) out.partial = *partial;
  if (const auto bisect = map.boolean("bisect")) {
    out.bisect = *bisect;
    if (*bisect && !preset.ordered) {
      yaml::bad_value(
          map.problems(), map.where("bisect"),
          fmt::format("{} gives every message back, so there is nothing to halve", preset.name),
          "use `partial: true`");
    }
  }
  if (const auto share = map.percent("poison")) out.poison = *share;
}

std::optional<SourceSpec> bad_source(yaml::Node node, std::string_view word, ReadContext& context,
                                     const std::vector<std::string_view>& names) {
  std::string help = did_you_mean(word, names);
  if (help.empty()) {
    help = "write one of " + str::join(names, ", ") + ", like `source: {sqs: {batch: 10}}`";
  }
  yaml::bad_value(context.problems, node.where(),
                  word.empty() ? "a source has one name" : fmt::format("`{}` is no source", word),
                  help);
  return std::nullopt;
}

/// Functions of one platform.
struct Share {
  std::uint64_t taken = 0;  ///< reserved or provisioned
  const FunctionSpec* largest = nullptr;
};

}  // namespace

std::optional<SourceSpec> read_source(yaml::Node node, ReadContext& context) {
  const auto presets = source_presets();
  std::vector<std::string_view> names;
  for (const SourcePreset& preset : presets) names.push_back(preset.name);
  yaml::Node settings;
  std::string_view word = node.is_scalar() ? node.text() : std::string_view();
  if (node.is_mapping() && node.size() == 1) {
    for (const yaml::Entry entry : node.entries()) {
      word = entry.key.text();
      settings = entry.value;
    }
  }
  const auto found = std::find_if(presets.begin(), presets.end(),
                                  [&](const SourcePreset& preset) { return preset.name == word; });
  if (found == presets.end()) return bad_source(node, word, context, names);
  SourceSpec out = found->spec;
  if (settings && !settings.is_null()) {
    MapReader map(settings, std::string(found->name), context.problems);
    read_lanes(map, *found, out);
    read_pollers(map, out);
    read_failures(map, *found, out);
    map.done();
  } else if (found->ordered) {
    out.most = std::min(out.most, out.lanes);
    out.start = std::min(out.start, static_cast<double>(out.most));
  }
  return out;
}

bool read_invoke(MapReader& map) {
  constexpr std::string_view kWays[] = {"sync", "async"};
  return map.choice("invoke", kWays) == "async";
}

void read_account(yaml::Node node, Scenario& scenario, ReadContext& context) {
  std::optional<std::int64_t> given;
  if (node) {
    MapReader map(node, "functions", context.problems);
    given = map.integer("account-concurrency", 1, kMost);
    map.done();
  }
  std::map<std::string, Share> shares;
  for (const ServiceSpec& service : scenario.services) {
    if (!service.function) continue;
    const FunctionSpec& function = *service.function;
    Share& share = shares[function.platform];
    share.taken += function.reserved > 0 ? function.reserved : function.provisioned;
    const bool larger =
        share.largest == nullptr || function.concurrency > share.largest->concurrency;
    if (function.reserved == 0 && larger) share.largest = &function;
  }
  for (ServiceSpec& service : scenario.services) {
    if (!service.function) continue;
    FunctionSpec& function = *service.function;
    const std::uint32_t usual = find_preset(function.platform, function.plan)->account_concurrency;
    function.account_concurrency = given ? static_cast<std::uint32_t>(*given) : usual;
    if (given || usual == 0) continue;
    const Share& share = shares[function.platform];
    const std::uint64_t largest = share.largest == nullptr ? 0 : share.largest->concurrency;
    const std::uint64_t needed = std::max(largest, share.taken + kUnreserved);
    if (needed <= usual) continue;
    function.account_concurrency =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(needed, kMost));
    const std::string line = fmt::format(
        "the account concurrency of {} is {} here, as its functions ask for that: an account "
        "begins "
        "with {} (`functions: {{account-concurrency: N}}`)",
        function.platform, needed, usual);
    auto& told = scenario.assumptions;
    if (std::find(told.begin(), told.end(), line) == told.end()) told.push_back(line);
  }
}

}  // namespace meshfn::simulate
