#include "simulate/analytic_report.h"

#include <fmt/format.h>

#include <cmath>

#include "base/json.h"
#include "base/str.h"
#include "simulate/figure.h"
#include "simulate/text_table.h"

namespace meshfn::simulate {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kNamedAmplification = 1.01;  ///< from here on retries are worth a sentence
constexpr std::size_t kListed = 40;  ///< rows of the load tables before the rest is counted

std::string millis(const std::optional<double>& ms) {
  if (!ms) return "–";
  return std::isfinite(*ms) ? show(Metric::p99, *ms * 1e-3) : "grows";
}

std::string percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", *share * 100) : "–";
}

std::string stations(const Analysis& analysis) {
  TextTable table({"service", "rate", "attempts", "failed", "slots", "busy", "busiest", "wait",
                   "held", "pooled wait", "random wait", "refused", "response"});
  for (const StationFigures& s : analysis.stations) {
    table.add({s.name, show(Metric::rps, s.rate), fmt::format("{:.3g}", s.attempts),
               percent(s.failed), s.slots ? fmt::format("{:.10g}", *s.slots) : "–",
               percent(s.utilization), percent(s.busiest), percent(s.waiting), millis(s.held),
               millis(s.pooled_wait), millis(s.random_wait), percent(s.refused),
               millis(s.response)});
  }
  std::string out = table.text();
  for (const StationFigures& s : analysis.stations) {
    if (s.amplification < kNamedAmplification) continue;
    out += fmt::format("  retries bring {:.3g} x the requests to {}\n", s.amplification, s.name);
  }
  return out;
}

std::string capacities(const Analysis& analysis) {
  TextTable table({"lost", "fits", "first full", "calls without an endpoint"});
  for (const CapacityFigures& c : analysis.capacity) {
    table.add({c.lost, c.factor ? fmt::format("{:.0f} %", *c.factor * 100) : "–",
               c.bottleneck.empty() ? "–" : c.bottleneck, percent(c.failed)});
  }
  return table.text();
}

/// "eu-west-1/a 70 %, eu-west-1/b 30 %"
std::string places(const World& world, const LevelShare& level) {
  std::vector<std::string> out;
  for (std::size_t z = 0; z < level.zones.size(); ++z) {
    if (level.zones[z] <= 0) continue;
    const std::string& zone = world.zones[z];
    out.push_back(
        fmt::format("{} {:.1f} %", zone.empty() ? "no zone" : zone, level.zones[z] * 100));
  }
  return out.empty() ? "–" : str::join(out, ", ");
}

std::string divisions(const Analysis& analysis) {
  TextTable table({"lost", "calls to", "from", "priority", "load", "healthy", "goes to"});
  std::size_t rows = 0;
  for (const DivisionFigures& d : analysis.divisions) {
    if (++rows > kListed) continue;
    const std::string name = d.service + (d.subset.empty() ? "" : "/" + d.subset);
    for (std::size_t l = 0; l < d.levels.size(); ++l) {
      const LevelShare& level = d.levels[l];
      table.add(
          {l == 0 ? d.lost : "", l == 0 ? name : "", l == 0 ? (d.from.empty() ? "–" : d.from) : "",
           std::to_string(l), fmt::format("{} %{}", level.load, level.panic ? ", panic" : ""),
           fmt::format("{} of {}", level.healthy, level.hosts), places(*analysis.world, level)});
    }
  }
  std::string out = table.text();
  if (rows > kListed) out += fmt::format("  … and {} more, see -o json\n", rows - kListed);
  return out;
}

Json number(double value) { return std::isfinite(value) ? Json(figure(value)) : Json(nullptr); }

Json maybe(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

/// A whole number unless processors are counted.
Json slots_json(const StationFigures& s) {
  if (!s.slots) return nullptr;
  if (*s.slots == std::floor(*s.slots)) return static_cast<std::uint64_t>(*s.slots);
  return number(*s.slots);
}

Json station_json(const StationFigures& s) {
  return {{"name", s.name},
          {"rps", number(s.rate)},
          {"attemptsPerCall", number(s.attempts)},
          {"amplification", number(s.amplification)},
          {"failedShare", number(s.failed)},
          {"endpoints", s.endpoints},
          {"slots", slots_json(s)},
          {"heldMs", number(s.held)},
          {"utilization", maybe(s.utilization)},
          {"busiest", maybe(s.busiest)},
          {"busiestZone", s.busiest_zone},
          {"waiting", maybe(s.waiting)},
          {"pooledWaitMs", maybe(s.pooled_wait)},
          {"randomWaitMs", maybe(s.random_wait)},
          {"refused", maybe(s.refused)},
          {"responseMs", maybe(s.response)}};
}

Json division_json(const World& world, const DivisionFigures& d) {
  Json levels = Json::array();
  for (const LevelShare& level : d.levels) {
    Json zones = Json::object();
    for (std::size_t z = 0; z < level.zones.size(); ++z) {
      if (level.zones[z] > 0) zones[world.zones[z]] = number(level.zones[z]);
    }
    levels.push_back({{"loadPercent", level.load},
                      {"healthy", level.healthy},
                      {"hosts", level.hosts},
                      {"panic", level.panic},
                      {"zones", std::move(zones)}});
  }
  return {{"lost", d.lost},
          {"service", d.service},
          {"subset", d.subset.empty() ? Json(nullptr) : Json(d.subset)},
          {"from", d.from},
          {"rps", number(d.rate)},
          {"levels", std::move(levels)}};
}

}  // namespace

std::string to_text(const Analysis& analysis, const TextStyle& style) {
  const std::string said = conclusion(analysis);
  std::string out = fmt::format(
      "{}: estimates without events for {}\n  {}\n\n", analysis.world->scenario.name,
      show(Metric::rps, analysis.offered),
      style.colour && !analysis.stable() ? fmt::format("\x1b[1;31m{}\x1b[0m", said) : said);
  out += stations(analysis) + "\n" + capacities(analysis) + "\n" + divisions(analysis) + "\n";
  for (const std::string& line : analysis.assumptions) out += "  assumed: " + line + "\n";
  for (const std::string& line : analysis.world->scenario.assumptions) {
    out += "  assumed: " + line + "\n";
  }
  return out;
}

std::string to_json(const Analysis& analysis) {
  Json services = Json::array();
  for (const StationFigures& s : analysis.stations) services.push_back(station_json(s));
  Json capacity = Json::array();
  for (const CapacityFigures& c : analysis.capacity) {
    capacity.push_back({{"lost", c.lost},
                        {"loadFactor", maybe(c.factor)},
                        {"firstFull", c.bottleneck},
                        {"failedShare", number(c.failed)}});
  }
  Json divisions = Json::array();
  for (const DivisionFigures& d : analysis.divisions) {
    divisions.push_back(division_json(*analysis.world, d));
  }
  std::vector<std::string> assumptions = analysis.assumptions;
  const auto& filled = analysis.world->scenario.assumptions;
  assumptions.insert(assumptions.end(), filled.begin(), filled.end());
  const Json out = {{"schema", 1},
                    {"scenario", analysis.world->scenario.name},
                    {"analytic", true},
                    {"rps", number(analysis.offered)},
                    {"stable", analysis.stable()},
                    {"services", std::move(services)},
                    {"capacity", std::move(capacity)},
                    {"divisions", std::move(divisions)},
                    {"assumptions", std::move(assumptions)},
                    {"notModelled", analysis.world->scenario.not_modelled},
                    {"conclusion", conclusion(analysis)}};
  return out.dump(2) + "\n";
}

}  // namespace meshfn::simulate
