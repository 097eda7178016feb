// Loads and faults of a scenario.

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "base/units.h"
#include "simulate/scenario_reader.h"

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
  map.done();
  return load;
}

namespace {

void read_effect(yaml::Node node, FaultSpec& fault, yaml::Problems& problems) {
  constexpr std::string_view kWords[] = {"down", "unreachable", "slow", "errors"};
  const bool single = node.is_mapping() && node.size() == 1;
  if (node.is_scalar() && node.text() == "down") return;
  if (node.is_scalar() && node.text() == "unreachable") {
    fault.effect = FaultSpec::Effect::unreachable;
    return;
  }
  if (single && node.find("slow")) {
    MapReader map(node, "effect", problems);
    fault.effect = FaultSpec::Effect::slow;
    const auto factor = map.number("slow");
    fault.amount = factor.value_or(1);
    if (factor && *factor <= 0) {
      yaml::bad_value(problems, map.where("slow"), "`slow` is a factor above 0");
    }
    return;
  }
  if (single && node.find("errors")) {
    MapReader map(node, "effect", problems);
    fault.effect = FaultSpec::Effect::errors;
    fault.amount = map.percent("errors").value_or(0);
    return;
  }
  std::string_view word = node.text();
  for (const yaml::Entry entry : node.entries()) word = entry.key.text();
  std::string help = did_you_mean(word, {std::begin(kWords), std::end(kWords)});
  if (help.empty()) help = "write `down`, `unreachable`, `{slow: 10}` or `{errors: 20%}`";
  yaml::bad_value(problems, node.where(), fmt::format("`{}` is no effect of a fault", word), help);
}

}  // namespace

FaultSpec read_fault(yaml::Node node, yaml::Problems& problems) {
  MapReader map(node, "fault", problems);
  FaultSpec fault;
  fault.where = place(node);
  if (const auto name = map.string("name")) fault.name = *name;
  map.require("at");
  if (const auto at = map.duration("at")) fault.at = at->count();
  map.require("for");
  if (const auto length = map.duration("for")) fault.length = length->count();
  for (const auto& [key, field] : {std::pair<std::string_view, std::string*>{"zone", &fault.zone},
                                   {"region", &fault.region},
                                   {"service", &fault.service},
                                   {"endpoint", &fault.endpoint}}) {
    if (const auto value = map.string(key)) *field = *value;
  }
  fault.labels = read_labels(map, "labels");
  if (const yaml::Node effect = map.find("effect")) read_effect(effect, fault, problems);
  const bool aims = !fault.zone.empty() || !fault.region.empty() || !fault.service.empty() ||
                    !fault.endpoint.empty() || !fault.labels.empty();
  if (!aims && node.is_mapping()) {
    yaml::bad_value(problems, node.where(), "the fault does not say what it hits",
                    "add `zone`, `region`, `service`, `endpoint` or `labels`");
  }
  map.done();
  return fault;
}

namespace {

Result<void> set_target(std::string_view part, FaultSpec& fault) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return usage_error(fmt::format("`{}` says neither zone, region, service nor endpoint", part),
                       "write it like `zone=eu-west-1/a`");
  }
  const std::string key(part.substr(0, equals));
  const std::string value(part.substr(equals + 1));
  if (key == "zone") {
    fault.zone = value;
  } else if (key == "region") {
    fault.region = value;
  } else if (key == "service") {
    fault.service = value;
  } else if (key == "endpoint") {
    fault.endpoint = value;
  } else {
    fault.labels.emplace(key, value);
  }
  return {};
}

Result<void> set_effect(std::string_view text, FaultSpec& fault) {
  const std::size_t equals = text.find('=');
  const std::string_view word = text.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  if (text == "down") return {};
  if (text == "unreachable") {
    fault.effect = FaultSpec::Effect::unreachable;
    return {};
  }
  if (word == "slow") {
    const auto factor = yaml::to_double(value);
    if (factor && *factor > 0) {
      fault.effect = FaultSpec::Effect::slow;
      fault.amount = *factor;
      return {};
    }
  }
  if (word == "errors") {
    const auto share = parse_percent(value);
    if (share && *share <= 1) {
      fault.effect = FaultSpec::Effect::errors;
      fault.amount = *share;
      return {};
    }
  }
  return usage_error(fmt::format("`{}` is no effect of a fault", text),
                     "effects are `down`, `unreachable`, `slow=10` and `errors=20%`");
}

}  // namespace

Result<FaultSpec> parse_fault(std::string_view text) {
  FaultSpec fault;
  const std::size_t at = text.rfind('@');
  const std::size_t plus = text.rfind('+');
  const bool timed = at != std::string_view::npos && plus != std::string_view::npos && plus > at;
  const auto begin = timed ? parse_duration(text.substr(at + 1, plus - at - 1)) : std::nullopt;
  const auto length = timed ? parse_duration(text.substr(plus + 1)) : std::nullopt;
  if (!begin || !length || begin->count() < 0 || length->count() <= 0) {
    return usage_error(fmt::format("--fail `{}` does not say when", text),
                       "write TARGET@START+LENGTH, like `zone=eu-west-1/a@60s+30s`");
  }
  fault.name = text.substr(0, at);
  fault.at = begin->count();
  fault.length = length->count();
  std::string_view target = text.substr(0, at);
  if (const std::size_t colon = target.find(':'); colon != std::string_view::npos) {
    if (const auto set = set_effect(target.substr(colon + 1), fault); !set) {
      return tl::unexpected(set.error());
    }
    target = target.substr(0, colon);
  }
  for (const std::string_view part : str::split(target, ',')) {
    if (const auto set = set_target(part, fault); !set) return tl::unexpected(set.error());
  }
  return fault;
}

}  // namespace meshfn::simulate
