#include <cmath>
#include <nlohmann/json.hpp>

#include "simulate/report.h"

namespace meshfn::simulate {

namespace {

using Json = nlohmann::ordered_json;

/// Six significant digits: the last bits of a mean must not decide whether two runs are equal.
Json figure(double value) {
  if (!(std::fabs(value) < 1e200)) return nullptr;
  if (value == 0) return 0;
  double scale = 1;
  double magnitude = std::fabs(value);
  while (magnitude * scale < 1e5) scale *= 10;
  while (magnitude * scale >= 1e6) scale /= 10;
  const double rounded = scale >= 1 ? std::round(value * scale) / scale
                                    : std::round(value * scale) * std::round(1 / scale);
  if (rounded == std::floor(rounded) && std::fabs(rounded) < 1e15) {
    return static_cast<std::int64_t>(rounded);
  }
  return rounded;
}

Json maybe(const std::optional<double>& value) { return value ? figure(*value) : Json(nullptr); }

Json latency_json(const LatencyFigures& l) {
  return {{"mean", figure(l.mean)}, {"p50", figure(l.p50)}, {"p90", figure(l.p90)},
          {"p95", figure(l.p95)},   {"p99", figure(l.p99)}, {"p999", figure(l.p999)},
          {"max", figure(l.max)}};
}

Json causes_json(const Counts& counts) {
  Json out = Json::object();
  for (std::size_t i = 0; i < kCauses; ++i) {
    if (counts.causes[i] > 0) out[std::string(to_string(static_cast<Cause>(i)))] = counts.causes[i];
  }
  return out;
}

Json totals_json(const Totals& t) {
  const Counts& c = t.counts;
  return {{"requests", c.started > 0 ? c.started : c.ok + c.failed},
          {"succeeded", c.ok},
          {"failed", c.failed},
          {"successRate", figure(t.success_rate)},
          {"rps", figure(t.rps)},
          {"latencyMs", latency_json(t.latency)},
          {"attempts", c.attempts},
          {"failures", causes_json(c)}};
}

Json endpoints_json(const ServiceFigures& service) {
  Json out = Json::array();
  for (const EndpointFigures& e : service.endpoints) {
    out.push_back({{"id", e.id},
                   {"zone", e.zone},
                   {"requests", e.requests},
                   {"meanLatencyMs", figure(e.mean_latency)},
                   {"utilization", maybe(e.utilization)},
                   {"ejectedSeconds", figure(e.ejected_seconds)}});
  }
  return out;
}

Json services_json(const Answer& result) {
  Json out = Json::array();
  for (const ServiceFigures& s : result.services) {
    Json one = {{"name", s.name},
                {"subset", s.subset.empty() ? Json(nullptr) : Json(s.subset)},
                {"requests", s.totals.counts.ok + s.totals.counts.failed},
                {"attempts", s.totals.counts.attempts},
                {"successRate", figure(s.totals.success_rate)},
                {"latencyMs", latency_json(s.totals.latency)},
                {"failures", causes_json(s.totals.counts)},
                {"utilization", maybe(s.utilization)},
                {"allocation", maybe(s.allocation)},
                {"endpoints", endpoints_json(s)}};
    if (s.function) {
      one["function"] = {{"executions", s.function->executions},
                         {"coldStarts", s.function->cold_starts},
                         {"throttled", s.function->throttled},
                         {"gbSeconds", figure(s.function->gb_seconds)},
                         {"cost", figure(s.function->cost)}};
    }
    out.push_back(std::move(one));
  }
  return out;
}

Json series_json(const Answer& result) {
  Json out;
  for (const char* name : {"t", "rps", "successRate", "mean", "p50", "p99", "retries", "ejected"}) {
    out[name] = Json::array();
  }
  const double step = to_seconds(result.world->step);
  for (std::size_t i = 0; i < result.record.windows.size(); ++i) {
    const Window& w = result.record.windows[i];
    const std::uint64_t ended = w.ok + w.failed;
    out["t"].push_back(figure(static_cast<double>(i) * step));
    out["rps"].push_back(figure(static_cast<double>(w.started) / step));
    out["successRate"].push_back(
        ended == 0 ? Json(nullptr)
                   : figure(static_cast<double>(w.ok) / static_cast<double>(ended)));
    out["mean"].push_back(figure(w.mean * 1e-6));
    out["p50"].push_back(figure(w.p50 * 1e-6));
    out["p99"].push_back(figure(w.p99 * 1e-6));
    out["retries"].push_back(w.retries);
    out["ejected"].push_back(w.ejected);
  }
  return out;
}

Json phases_json(const Answer& result) {
  Json out = Json::array();
  const auto& zones = result.world->zones;
  for (const PhaseFigures& phase : result.phases) {
    Json traffic = Json::array();
    for (std::size_t from = 0; from < zones.size(); ++from) {
      for (std::size_t to = 0; to < zones.size(); ++to) {
        std::uint64_t count = 0;
        for (const std::uint32_t s : phase.segments) {
          count += result.record.traffic[s][from * zones.size() + to];
        }
        if (count > 0)
          traffic.push_back({{"from", zones[from]}, {"to", zones[to]}, {"requests", count}});
      }
    }
    out.push_back({{"name", phase.name},
                   {"from", figure(phase.from)},
                   {"to", figure(phase.to)},
                   {"totals", totals_json(phase.totals)},
                   {"traffic", std::move(traffic)}});
  }
  return out;
}

Json faults_json(const Answer& result) {
  Json out = Json::array();
  for (const FaultFigures& fault : result.faults) {
    out.push_back({{"name", fault.name},
                   {"detectionSeconds", maybe(fault.detection_seconds)},
                   {"recoverySeconds", maybe(fault.recovery_seconds)}});
  }
  return out;
}

Json log_json(const Answer& result) {
  Json out = Json::array();
  for (const LogEntry& entry : result.record.log) {
    out.push_back({{"t", figure(to_seconds(entry.at))},
                   {"kind", std::string(entry.kind)},
                   {"text", entry.text}});
  }
  return out;
}

Json expectations_json(const Answer& result) {
  Json out = Json::array();
  for (const ExpectationFigures& e : result.expectations) {
    Json one = {{"text", e.expectation.text},
                {"actual", show(e.expectation.metric, e.actual)},
                {"value", figure(e.actual)},
                {"pass", e.pass}};
    if (!e.why.empty()) one["why"] = e.why;
    out.push_back(std::move(one));
  }
  return out;
}

Json histogram_json(const Answer& result) {
  Histogram all;
  for (const auto& load : result.record.loads) {
    for (const Tally& tally : load) all.merge(tally.latency);
  }
  Json out = Json::array();
  for (const Histogram::Bucket& b : all.buckets()) {
    out.push_back({figure(static_cast<double>(b.lower) * 1e-6),
                   figure(static_cast<double>(b.upper) * 1e-6), b.count});
  }
  return out;
}

/// Half-width of the 95 % interval of the mean over replications; nothing for fewer than two.
Json interval_json(const std::vector<double>& means) {
  // Student's t for 1 … 30 degrees of freedom, then the normal value.
  constexpr double kT[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                           2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                           2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (means.size() < 2) return nullptr;
  const auto n = static_cast<double>(means.size());
  double mean = 0;
  for (const double m : means) mean += m / n;
  double variance = 0;
  for (const double m : means) variance += (m - mean) * (m - mean) / (n - 1);
  const double t = means.size() - 2 < std::size(kT) ? kT[means.size() - 2] : 1.96;
  const double half = t * std::sqrt(variance / n);
  return {{"mean", figure(mean)}, {"low", figure(mean - half)}, {"high", figure(mean + half)}};
}

}  // namespace

std::string to_json(const Answer& result, const std::optional<RunFigures>& run) {
  const Recording& record = result.record;
  Json totals = totals_json(result.totals);
  totals["retries"] = record.retries;
  totals["timeouts"] = record.timeouts;
  totals["ejections"] = record.ejections;
  totals["ejectionsDenied"] = record.ejections_denied;
  totals["inFlight"] = record.in_flight;
  totals["shed"] = record.shed;
  totals["availability"] = figure(result.availability);
  totals["cost"] = figure(result.cost);
  totals["meanInterval95"] = interval_json(result.replication_means);
  Json out = {{"schema", 1},
              {"scenario", result.world->scenario.name},
              {"seed", result.seed},
              {"replications", result.replications},
              {"requests", result.totals.counts.started},
              {"events", record.events},
              {"pass", result.passed()},
              {"totals", std::move(totals)},
              {"services", services_json(result)},
              {"phases", phases_json(result)},
              {"faults", faults_json(result)},
              {"theory",
               {{"meanOfEndpointsMs", figure(result.theory.mean_of_endpoints)},
                {"triggerWork", figure(result.theory.trigger_work)},
                {"bestSiteAvailability", figure(result.theory.best_site)},
                {"anySiteAvailability", figure(result.theory.any_site)}}},
              {"series", series_json(result)},
              {"log", log_json(result)},
              {"logDropped", record.log_dropped},
              {"expectations", expectations_json(result)},
              {"notModelled", result.world->scenario.not_modelled},
              {"assumptions", result.world->scenario.assumptions},
              {"warnings", result.warnings},
              {"histogram", histogram_json(result)}};
  if (run) {
    const double wall = run->wall_seconds > 0 ? run->wall_seconds : 1e-9;
    out["run"] = {
        {"wallSeconds", figure(run->wall_seconds)},
        {"requestsPerSecond", figure(static_cast<double>(result.totals.counts.started) / wall)},
        {"eventsPerSecond", figure(static_cast<double>(record.events) / wall)},
        {"peakRssBytes", run->peak_rss_bytes},
        {"threads", run->threads}};
  }
  return out.dump(2) + "\n";
}

std::string to_csv(const Answer& result) {
  const auto quoted = [](const std::string& text) {
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + "\"";
  };
  const auto number = [](const Json& value) {
    return value.is_null() ? std::string() : value.dump();
  };
  std::string out =
      "service,subset,endpoint,zone,requests,success_rate,mean_ms,p99_ms,utilization,ejected_s\n";
  for (const ServiceFigures& s : result.services) {
    out += quoted(s.name) + "," + quoted(s.subset) + ",,," +
           std::to_string(s.totals.counts.ok + s.totals.counts.failed) + "," +
           number(figure(s.totals.success_rate)) + "," + number(figure(s.totals.latency.mean)) +
           "," + number(figure(s.totals.latency.p99)) + "," + number(maybe(s.utilization)) + ",\n";
    for (const EndpointFigures& e : s.endpoints) {
      out += quoted(s.name) + "," + quoted(s.subset) + "," + quoted(e.id) + "," + quoted(e.zone) +
             "," + std::to_string(e.requests) + ",," + number(figure(e.mean_latency)) + ",," +
             number(maybe(e.utilization)) + "," + number(figure(e.ejected_seconds)) + "\n";
    }
  }
  return out;
}

}  // namespace meshfn::simulate
