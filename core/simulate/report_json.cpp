#include <cmath>

#include "base/json.h"
#include "simulate/figure.h"
#include "simulate/report.h"

namespace meshfn::simulate {

namespace {

using Json = nlohmann::ordered_json;

/// Null for what is no number; whole numbers without a point.
Json number(double value) {
  if (!(std::fabs(value) < 1e200)) return nullptr;
  const double rounded = figure(value);
  if (rounded == std::floor(rounded) && std::fabs(rounded) < 1e15) {
    return static_cast<std::int64_t>(rounded);
  }
  return rounded;
}

Json maybe(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

Json latency_json(const LatencyFigures& l) {
  return {{"mean", number(l.mean)}, {"p50", number(l.p50)}, {"p90", number(l.p90)},
          {"p95", number(l.p95)},   {"p99", number(l.p99)}, {"p999", number(l.p999)},
          {"max", number(l.max)}};
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
          {"successRate", number(t.success_rate)},
          {"rps", number(t.rps)},
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
                   {"meanLatencyMs", number(e.mean_latency)},
                   {"utilization", maybe(e.utilization)},
                   {"ejectedSeconds", number(e.ejected_seconds)}});
  }
  return out;
}

Json events_json(const EventFigures& e) {
  return {{"events", e.events},
          {"batches", e.batches},
          {"ageSeconds",
           {{"p50", number(e.age_p50)}, {"p99", number(e.age_p99)}, {"max", number(e.age_max)}}},
          {"retried", e.retried},
          {"pushedBack", e.pushed_back},
          {"deadLetters", e.dead_letters},
          {"expired", e.expired},
          {"duplicates", e.duplicates},
          {"mostWaiting", e.most_waiting}};
}

Json function_json(const FunctionFigures& f) {
  Json reasons = Json::object();
  for (std::size_t i = 0; i < kRefusals; ++i) {
    if (f.refused[i] > 0) reasons[std::string(to_string(static_cast<Refusal>(i)))] = f.refused[i];
  }
  Json at_once = Json::array();
  for (const double value : f.at_once) at_once.push_back(number(value));
  Json out = {{"executions", f.executions},
              {"coldStarts", f.cold_starts},
              {"coldShare", number(f.cold_share)},
              {"throttled", f.throttled},
              {"throttledBy", std::move(reasons)},
              {"timeouts", f.timeouts},
              {"concurrency", {{"mean", number(f.mean_at_once)}, {"most", f.most_at_once}}},
              {"environments", {{"started", f.environments}, {"most", f.most_environments}}},
              {"executedSeconds", number(f.executed_seconds)},
              {"billedSeconds", number(f.billed_seconds)},
              {"existedSeconds", number(f.existed_seconds)},
              {"gbSeconds", number(f.gb_seconds)},
              {"cost", number(f.cost)},
              {"price",
               {{"requests", number(f.price.requests)},
                {"time", number(f.price.duration)},
                {"ready", number(f.price.ready)},
                {"storage", number(f.price.storage)}}},
              {"concurrencySeries", std::move(at_once)}};
  if (f.events) out["events"] = events_json(*f.events);
  return out;
}

Json services_json(const Answer& result) {
  Json out = Json::array();
  for (const ServiceFigures& s : result.services) {
    Json one = {{"name", s.name},
                {"subset", s.subset.empty() ? Json(nullptr) : Json(s.subset)},
                {"requests", s.totals.counts.ok + s.totals.counts.failed},
                {"attempts", s.totals.counts.attempts},
                {"successRate", number(s.totals.success_rate)},
                {"latencyMs", latency_json(s.totals.latency)},
                {"failures", causes_json(s.totals.counts)},
                {"utilization", maybe(s.utilization)},
                {"allocation", maybe(s.allocation)},
                {"endpoints", endpoints_json(s)}};
    one["imbalance"] = s.imbalance ? number(*s.imbalance) : Json(nullptr);
    if (s.fleet) {
      one["fleet"] = {{"least", s.fleet->least},
                      {"most", s.fleet->most},
                      {"mean", number(s.fleet->mean)},
                      {"started", s.fleet->started},
                      {"stopped", s.fleet->stopped}};
    }
    if (s.function) one["function"] = function_json(*s.function);
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
    out["t"].push_back(number(static_cast<double>(i) * step));
    out["rps"].push_back(number(static_cast<double>(w.started) / step));
    out["successRate"].push_back(
        ended == 0 ? Json(nullptr)
                   : number(static_cast<double>(w.ok) / static_cast<double>(ended)));
    out["mean"].push_back(number(w.mean * 1e-6));
    out["p50"].push_back(number(w.p50 * 1e-6));
    out["p99"].push_back(number(w.p99 * 1e-6));
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
                   {"from", number(phase.from)},
                   {"to", number(phase.to)},
                   {"totals", totals_json(phase.totals)},
                   {"traffic", std::move(traffic)}});
  }
  return out;
}

Json edges_json(const Answer& result) {
  Json out = Json::array();
  for (const EdgeFigures& edge : result.edges) {
    Json one = {{"from", edge.from}, {"to", edge.to}};
    if (!edge.subset.empty()) one["subset"] = edge.subset;
    one["requests"] = edge.requests;
    one["successRate"] = number(edge.success_rate);
    one["amplification"] = number(edge.amplification);
    out.push_back(std::move(one));
  }
  return out;
}

Json bottleneck_json(const Answer& result) {
  if (!result.bottleneck) return nullptr;
  return {{"service", result.bottleneck->service},
          {"endpoint", result.bottleneck->endpoint},
          {"utilization", number(result.bottleneck->utilization)}};
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
    out.push_back({{"t", number(to_seconds(entry.at))},
                   {"kind", std::string(entry.kind)},
                   {"text", entry.text}});
  }
  return out;
}

Json interval_json(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return {{"mean", number(interval->mean)},
          {"low", number(interval->low)},
          {"high", number(interval->high)}};
}

Json expectations_json(const Answer& result) {
  Json out = Json::array();
  for (const ExpectationFigures& e : result.expectations) {
    Json one = {{"text", e.expectation.text},
                {"actual", show(e.expectation.metric, e.actual)},
                {"value", number(e.actual)},
                {"pass", e.pass}};
    if (e.interval) one["interval95"] = interval_json(e.interval);
    if (!e.why.empty()) one["why"] = e.why;
    out.push_back(std::move(one));
  }
  return out;
}

Json histogram_json(const Answer& result) {
  Json out = Json::array();
  for (const Histogram::Bucket& b : latencies_of(result).buckets()) {
    out.push_back({number(static_cast<double>(b.lower) * 1e-6),
                   number(static_cast<double>(b.upper) * 1e-6), b.count});
  }
  return out;
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
  totals["availability"] = number(result.availability);
  totals["cost"] = number(result.cost);
  totals["meanInterval95"] = interval_json(interval_of(result, &ReplicationFigures::mean));
  if (result.runs.size() > 1) {
    totals["successRateInterval95"] =
        interval_json(interval_of(result, &ReplicationFigures::success_rate));
    totals["p50Interval95"] = interval_json(interval_of(result, &ReplicationFigures::p50));
    totals["p99Interval95"] = interval_json(interval_of(result, &ReplicationFigures::p99));
  }
  Json out = {{"schema", 1},
              {"scenario", result.world->scenario.name},
              {"seed", result.seed},
              {"replications", result.replications},
              {"requests", result.totals.counts.started},
              {"events", record.events},
              {"pass", result.passed()},
              {"totals", std::move(totals)},
              {"services", services_json(result)},
              {"edges", edges_json(result)},
              {"bottleneck", bottleneck_json(result)},
              {"phases", phases_json(result)},
              {"faults", faults_json(result)},
              {"theory",
               {{"meanOfEndpointsMs", number(result.theory.mean_of_endpoints)},
                {"triggerWork", number(result.theory.trigger_work)},
                {"bestSiteAvailability", number(result.theory.best_site)},
                {"anySiteAvailability", number(result.theory.any_site)}}},
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
        {"wallSeconds", number(run->wall_seconds)},
        {"requestsPerSecond", number(static_cast<double>(result.totals.counts.started) / wall)},
        {"eventsPerSecond", number(static_cast<double>(record.events) / wall)},
        {"peakRssBytes", run->peak_rss_bytes},
        {"threads", run->threads}};
  }
  return out.dump(2) + "\n";
}

}  // namespace meshfn::simulate
