// Loads and faults of a scenario.

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "base/units.h"
#include "simulate/function_reader.h"

namespace meshfn::simulate {

namespace {

using yaml::MapReader;

double read_rate(MapReader& map, std::string_view key, bool required = true) {
  const yaml::Node node = required ? map.require(key) : map.find(key);
  if (!node) return 0;
  const auto rate = node.is_scalar() ? parse_rate(node.text()) : std::nullopt;
  if (rate && *rate >= 0) return *rate;
  yaml::bad_value(map.problems(), node.where(), fmt::format("`{}` is no rate", node.text()),
                  "write it like `800/s` or `30/m`");
  return 0;
}

Time positive_time(MapReader& map, std::string_view key) {
  if (!map.node().find(key)) map.require(key);
  const auto value = map.duration(key);
  if (value && value->count() == 0) {
    yaml::bad_value(map.problems(), map.where(key), fmt::format("`{}` must be above 0", key));
  }
  return value && value->count() > 0 ? value->count() : kSecond;
}

void read_burst(MapReader& map, Arrivals& out, ReadContext&) {
  out.rate = read_rate(map, "rate");
  out.low_rate = read_rate(map, "idle-rate", false);
  out.on = positive_time(map, "on");
  out.off = positive_time(map, "off");
}

void read_ramp(MapReader& map, Arrivals& out, ReadContext&) {
  out.low_rate = read_rate(map, "from");
  out.rate = read_rate(map, "to");
  out.period = positive_time(map, "over");
}

void read_diurnal(MapReader& map, Arrivals& out, ReadContext&) {
  out.rate = read_rate(map, "mean");
  out.low_rate = read_rate(map, "low", false);
  out.period = positive_time(map, "period");
}

void read_closed(MapReader& map, Arrivals& out, ReadContext& context) {
  if (!map.node().find("users")) map.require("users");
  out.users = static_cast<std::uint32_t>(map.integer("users", 1, 10'000'000).value_or(1));
  out.think = read_distribution(map.find("think"), context);
}

struct Pattern {
  std::string_view name;
  Arrivals::Kind kind;
  void (*read)(MapReader&, Arrivals&, ReadContext&);  ///< null: its value is a rate
};

constexpr Pattern kPatterns[] = {
    {"poisson", Arrivals::Kind::poisson, nullptr},
    {"constant", Arrivals::Kind::constant, nullptr},
    {"burst", Arrivals::Kind::burst, read_burst},
    {"ramp", Arrivals::Kind::ramp, read_ramp},
    {"diurnal", Arrivals::Kind::diurnal, read_diurnal},
    {"closed", Arrivals::Kind::closed, read_closed},
};

/// Moments since the start, one duration a line, in any order.
void read_trace(yaml::Node node, Arrivals& out, ReadContext& context) {
  out.kind = Arrivals::Kind::trace;
  const auto text = context.files.read(path::join(context.directory, node.text()));
  if (!text) return yaml::bad_value(context.problems, node.where(), text.error().message);
  std::size_t number = 0;
  for (const std::string_view raw : str::lines(*text)) {
    ++number;
    const std::string_view line = str::trim(raw);
    if (line.empty() || line.starts_with("#")) continue;
    const auto moment = parse_duration(line);
    if (!moment || moment->count() < 0) {
      return yaml::bad_value(
          context.problems, node.where(),
          fmt::format("line {} of `{}` is no moment: `{}`", number, node.text(), line),
          "write the time since the start, like `1.25s`, one a line");
    }
    out.trace.push_back(moment->count());
  }
  std::sort(out.trace.begin(), out.trace.end());
}

Arrivals read_arrivals(yaml::Node node, ReadContext& context) {
  Arrivals out;
  std::vector<std::string_view> names = {"trace"};
  for (const Pattern& pattern : kPatterns) names.push_back(pattern.name);
  std::string help = "write one of " + str::join(names, ", ") + ", like `{poisson: 800/s}`";
  for (const yaml::Entry entry : node.entries()) {
    if (node.size() != 1) break;
    if (entry.key.text() == "trace") {
      read_trace(entry.value, out, context);
      return out;
    }
    for (const Pattern& pattern : kPatterns) {
      if (pattern.name != entry.key.text()) continue;
      out.kind = pattern.kind;
      MapReader map(pattern.read == nullptr ? node : entry.value, "arrivals", context.problems);
      if (pattern.read == nullptr) {
        out.rate = read_rate(map, pattern.name);
      } else {
        pattern.read(map, out, context);
        map.done();
      }
      return out;
    }
    if (std::string better = did_you_mean(entry.key.text(), names); !better.empty()) help = better;
  }
  yaml::bad_value(context.problems, node.where(), "not an arrival pattern that exists", help);
  return out;
}

}  // namespace

LoadSpec read_load(yaml::Node node, ReadContext& context) {
  MapReader map(node, "load", context.problems);
  LoadSpec load;
  if (const auto from = map.string("from")) load.from = *from;
  if (const auto zone = map.string("zone")) load.zone = *zone;
  load.labels = read_labels(map, "labels");
  if (const auto gateway = map.string("gateway")) load.gateway = *gateway;
  if (const auto host = map.string("host")) load.host = *host;
  if (const auto n = map.integer("clients", 1, 1'000'000)) {
    load.clients = static_cast<std::uint32_t>(*n);
  }
  if (const auto n = map.integer("workers", 1, 255)) load.workers = static_cast<std::uint32_t>(*n);
  read_call_fields(map, load.call);
  if (const auto weight = map.number("weight")) load.weight = *weight;
  if (const yaml::Node arrivals = map.require("arrivals")) {
    load.arrivals = read_arrivals(arrivals, context);
  }
  if (const yaml::Node source = map.find("source")) load.source = read_source(source, context);
  if (load.source && load.arrivals.kind == Arrivals::Kind::closed) {
    yaml::bad_value(context.problems, map.where("arrivals"), "a source has no users who wait",
                    "write a rate, like `{poisson: 100/s}`");
  }
  map.done();
  return load;
}

}  // namespace meshfn::simulate
