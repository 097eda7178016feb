// Faults of a scenario, and those of `--fail`.

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "base/suggest.h"
#include "base/units.h"
#include "simulate/scenario_reader.h"
#include "yaml/scalar.h"

namespace meshfn::simulate {

namespace {

using yaml::MapReader;
using Effect = FaultSpec::Effect;

/// How long a restarted endpoint stays slow, if nothing else is said.
constexpr Time kWarm = 30 * kSecond;

/// An effect as people write it.
struct EffectRow {
  enum class Amount : std::uint8_t { none, factor, share, warming };

  std::string_view word;
  Effect effect;
  Amount amount;
};

constexpr EffectRow kEffects[] = {
    {"down", Effect::down, EffectRow::Amount::none},
    {"unreachable", Effect::unreachable, EffectRow::Amount::none},
    {"partition", Effect::partition, EffectRow::Amount::none},
    {"slow", Effect::slow, EffectRow::Amount::factor},
    {"errors", Effect::errors, EffectRow::Amount::share},
    {"loss", Effect::loss, EffectRow::Amount::share},
    {"capacity", Effect::capacity, EffectRow::Amount::share},
    {"restart", Effect::restart, EffectRow::Amount::warming},
};

constexpr std::string_view kEffectHelp =
    "effects are `down`, `unreachable`, `partition`, `restart`, and with an amount `slow: 10`, "
    "`errors: 20%`, `loss: 5%`, `capacity: 50%`, `restart: 5`";

const EffectRow* row_of(std::string_view word) {
  const auto* found = std::find_if(std::begin(kEffects), std::end(kEffects),
                                   [&](const EffectRow& row) { return row.word == word; });
  return found == std::end(kEffects) ? nullptr : found;
}

/// Puts the effect into the fault; what is wrong with it, or "".
std::string set_effect(const EffectRow& row, std::optional<std::string_view> amount,
                       FaultSpec& fault) {
  fault.effect = row.effect;
  switch (row.amount) {
    case EffectRow::Amount::none:
      return amount ? fmt::format("`{}` has no amount", row.word) : "";
    case EffectRow::Amount::warming:
    case EffectRow::Amount::factor: {
      const bool warms = row.amount == EffectRow::Amount::warming;
      if (warms) fault.warm = kWarm;
      fault.amount = 1;
      if (!amount) return warms ? "" : fmt::format("`{}` needs a factor above 0", row.word);
      fault.amount = yaml::to_double(*amount).value_or(0);
      return fault.amount > 0 ? "" : fmt::format("`{}` is a factor above 0", row.word);
    }
    case EffectRow::Amount::share: {
      const auto share = amount ? parse_percent(*amount) : std::nullopt;
      fault.amount = share.value_or(0);
      const bool fits = share && *share >= 0 && *share <= 1;
      return fits ? "" : fmt::format("`{}` is a share from 0% to 100%", row.word);
    }
  }
  return {};
}

/// What a target cannot suffer, or "". Names the effect of a link that is down.
std::string check_effect(FaultSpec& fault) {
  if (fault.link) {
    switch (fault.effect) {
      case Effect::down:
      case Effect::unreachable:
      case Effect::partition:
        fault.effect = Effect::partition;
        return {};
      case Effect::slow:
      case Effect::loss:
        return {};
      default:
        return "a link can be `down`, `slow` or have a `loss`";
    }
  }
  if (fault.control_plane && fault.effect != Effect::down) return "a control plane can be `down`";
  return {};
}

void read_restart(yaml::Node node, FaultSpec& fault, yaml::Problems& problems) {
  MapReader map(node, "restart", problems);
  if (const auto factor = map.number("slow")) {
    fault.amount = *factor;
    if (*factor < 1)
      yaml::bad_value(problems, map.where("slow"), "`slow` is a factor of 1 or more");
  }
  if (const auto warm = map.duration("warm")) fault.warm = warm->count();
  map.done();
}

void read_effect(yaml::Node node, FaultSpec& fault, yaml::Problems& problems) {
  std::string_view word = node.text();
  yaml::Node amount;
  if (node.is_mapping() && node.size() == 1) {
    const yaml::Entry only = *node.entries().begin();
    word = only.key.text();
    amount = only.value;
  }
  const EffectRow* row = row_of(word);
  if (row == nullptr) {
    std::vector<std::string_view> words;
    for (const EffectRow& known : kEffects) words.push_back(known.word);
    const std::string help = did_you_mean(word, words);
    return yaml::bad_value(problems, node.where(),
                           fmt::format("`{}` is no effect of a fault", word),
                           help.empty() ? std::string(kEffectHelp) : help);
  }
  const bool spelt_out = row->amount == EffectRow::Amount::warming && amount.is_mapping();
  const std::string wrong =
      set_effect(*row, amount && !spelt_out ? std::optional(amount.text()) : std::nullopt, fault);
  if (!wrong.empty()) {
    yaml::bad_value(problems, (amount ? amount : node).where(), wrong, std::string(kEffectHelp));
  }
  if (spelt_out) read_restart(amount, fault, problems);
}

void read_link(yaml::Node node, FaultSpec& fault, yaml::Problems& problems) {
  MapReader map(node, "link", problems);
  fault.link.emplace();
  fault.link->from = map.require("from").text();
  fault.link->to = map.require("to").text();
  if (const auto one_way = map.boolean("one-way")) fault.link->both_ways = !*one_way;
  map.done();
}

bool aims_at_endpoints(const FaultSpec& fault) {
  return fault.picks_endpoints() || !fault.zone.empty() || !fault.region.empty();
}

/// How many kinds of things the fault is aimed at; it can be only one.
int targets_of(const FaultSpec& fault) {
  return int{aims_at_endpoints(fault)} + int{fault.link.has_value()} + int{fault.control_plane};
}

void check_target(yaml::Node node, const FaultSpec& fault, yaml::Problems& problems) {
  const int targets = targets_of(fault);
  if (targets == 0) {
    yaml::bad_value(
        problems, node.where(), "the fault does not say what it hits",
        "add `zone`, `region`, `service`, `endpoint`, `labels`, `link` or `control-plane: true`");
  }
  if (targets > 1) {
    yaml::bad_value(problems, node.where(), "a link or the control plane is a target of its own",
                    "write another fault for the endpoints");
  }
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
  if (const yaml::Node link = map.find("link")) read_link(link, fault, problems);
  fault.control_plane = map.boolean("control-plane").value_or(false);
  const yaml::Node effect = map.find("effect");
  if (effect) read_effect(effect, fault, problems);
  if (node.is_mapping()) check_target(node, fault, problems);
  const std::string wrong = check_effect(fault);
  if (!wrong.empty()) yaml::bad_value(problems, effect.where(), wrong);
  map.done();
  return fault;
}

namespace {

tl::unexpected<Error> bad_target(std::string_view part) {
  return usage_error(
      fmt::format("`{}` says neither zone, region, service, endpoint, link nor control-plane",
                  part),
      "write it like `zone=eu-west-1/a`, `link=eu-west-1/a<->eu-west-1/b` or `control-plane`");
}

/// `a<->b`, or `a->b` for one direction only.
bool set_link(std::string_view text, FaultSpec& fault) {
  const std::size_t arrow = text.find("->");
  if (arrow == std::string_view::npos) return false;
  const bool both = arrow > 0 && text[arrow - 1] == '<';
  fault.link = {std::string(text.substr(0, arrow - (both ? 1 : 0))),
                std::string(text.substr(arrow + 2)), both};
  return !fault.link->from.empty() && !fault.link->to.empty();
}

Result<void> set_target(std::string_view part, FaultSpec& fault) {
  if (part == "control-plane") {
    fault.control_plane = true;
    return {};
  }
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos || equals == 0) return bad_target(part);
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
  } else if (key == "link") {
    if (!set_link(value, fault)) return bad_target(part);
  } else {
    fault.labels.emplace(key, value);
  }
  return {};
}

Result<void> parse_effect(std::string_view text, FaultSpec& fault) {
  const std::size_t equals = text.find('=');
  const EffectRow* row = row_of(text.substr(0, equals));
  if (row == nullptr) {
    return usage_error(fmt::format("`{}` is no effect of a fault", text), std::string(kEffectHelp));
  }
  const auto amount =
      equals == std::string_view::npos ? std::nullopt : std::optional(text.substr(equals + 1));
  const std::string wrong = set_effect(*row, amount, fault);
  if (wrong.empty()) return {};
  return usage_error(fmt::format("`{}` is no effect of a fault: {}", text, wrong),
                     std::string(kEffectHelp));
}

Result<void> parse_target(std::string_view target, FaultSpec& fault) {
  for (const std::string_view part : str::split(target, ',')) {
    if (const auto set = set_target(part, fault); !set) return set;
  }
  if (targets_of(fault) > 1) {
    return usage_error(
        fmt::format("`{}`: a link or the control plane is a target of its own", target),
        "write another --fail for the endpoints");
  }
  const std::string wrong = check_effect(fault);
  if (!wrong.empty()) return usage_error(fmt::format("--fail `{}`: {}", fault.name, wrong));
  return {};
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
    if (const auto set = parse_effect(target.substr(colon + 1), fault); !set) {
      return tl::unexpected(set.error());
    }
    target = target.substr(0, colon);
  }
  if (const auto set = parse_target(target, fault); !set) return tl::unexpected(set.error());
  return fault;
}

}  // namespace meshfn::simulate
