#include "simulate/function_figures.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/str.h"
#include "simulate/expectation.h"
#include "simulate/figure.h"

namespace meshfn::simulate {

namespace {

double seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) * 1e-9; }

/// The record of an endpoint; they stand in the order of their endpoints.
const FunctionRecord* find_record(const Recording& record, std::uint32_t endpoint) {
  const auto found = std::lower_bound(
      record.functions.begin(), record.functions.end(), endpoint,
      [](const FunctionRecord& r, std::uint32_t wanted) { return r.endpoint < wanted; });
  if (found == record.functions.end() || found->endpoint != endpoint) return nullptr;
  return &*found;
}

EventFigures event_figures(const FunctionRecord& r) {
  const auto age = [&](double q) { return r.age.quantile(q) * 1e-9; };
  return {r.events,     r.batches,      r.retried, r.pushed_back, r.dead_letters,         r.expired,
          r.duplicates, r.most_waiting, age(0.5),  age(0.99),     to_seconds(r.age.max())};
}

void add_course(const FunctionRecord& r, Time step, std::vector<double>& out) {
  out.resize(std::max(out.size(), r.course.size()), 0);
  for (std::size_t i = 0; i < r.course.size(); ++i) {
    out[i] += static_cast<double>(r.course[i]) / static_cast<double>(step);
  }
}

}  // namespace

std::optional<FunctionFigures> function_figures(const World& world, const ClusterInfo& cluster,
                                                const Recording& record, double runs) {
  const auto& spec = world.services[cluster.service].spec->function;
  if (!spec) return std::nullopt;
  FunctionFigures f;
  FunctionRecord sum;
  for (const std::uint32_t e : cluster.hosts) {
    const FunctionRecord* own = find_record(record, e);
    if (own == nullptr) continue;
    sum.merge(*own);
    add_course(*own, world.step, f.at_once);
    f.executions += record.endpoints[e].requests;
    f.most_at_once = std::max(f.most_at_once, record.endpoints[e].most_busy);
    f.mean_at_once += to_seconds(record.endpoints[e].busy);
  }
  // The last step of the series is the one that has just begun.
  const auto steps = static_cast<std::size_t>(world.scenario.duration / world.step);
  f.at_once.resize(std::min(f.at_once.size(), steps));
  f.mean_at_once /= to_seconds(world.scenario.duration - world.scenario.warmup) * runs;
  f.cold_starts = sum.cold_starts;
  f.throttled = sum.throttled();
  f.refused = sum.refused;
  f.timeouts = sum.timeouts;
  f.environments = sum.started;
  f.most_environments = sum.most_environments;
  if (f.executions > 0) {
    f.cold_share = static_cast<double>(f.cold_starts) / static_cast<double>(f.executions);
  }
  f.executed_seconds = seconds(sum.executed_ns);
  f.existed_seconds = seconds(sum.existed_ns);
  const Usage usage{f.executions, sum.billed_ms, sum.provisioned_billed_ms, seconds(sum.ready_ns)};
  f.billed_seconds = static_cast<double>(usage.billed_ms + usage.provisioned_billed_ms) / 1000;
  f.gb_seconds = f.billed_seconds * spec->price.billed_gb(spec->memory_mb);
  f.price = price_of(spec->price, spec->memory_mb, usage);
  f.cost = f.price.total();
  if (sum.events > 0) f.events = event_figures(sum);
  return f;
}

std::string function_text(const std::string& name, const FunctionFigures& f) {
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < kRefusals; ++i) {
    if (f.refused[i] == 0) continue;
    reasons.push_back(
        fmt::format("{} {}", to_string(static_cast<Refusal>(i)), grouped(f.refused[i])));
  }
  const std::string why = reasons.empty() ? "" : " (" + str::join(reasons, ", ") + ")";
  std::string out = fmt::format(
      "  function {}: {} executions, {} cold starts ({}), {} throttled{}, {:.3g} GB-s, ${:.4f}\n",
      name, grouped(f.executions), grouped(f.cold_starts), show(Metric::success_rate, f.cold_share),
      grouped(f.throttled), why, f.gb_seconds, f.cost);
  out += fmt::format(
      "    at once {:.3g} on average, {} at most; environments: {} started, {} at most at a time\n",
      f.mean_at_once, grouped(f.most_at_once), grouped(f.environments),
      grouped(f.most_environments));
  out += fmt::format(
      "    environments existed {:.4g} s, executions took {:.4g} s, billed {:.4g} s; requests "
      "${:.4f}, time ${:.4f}",
      f.existed_seconds, f.executed_seconds, f.billed_seconds, f.price.requests, f.price.duration);
  if (f.price.ready > 0) out += fmt::format(", kept ready ${:.4f}", f.price.ready);
  if (f.price.storage > 0) out += fmt::format(", storage ${:.4f}", f.price.storage);
  out += "\n";
  if (f.timeouts > 0) out += fmt::format("    ended by the timeout: {}\n", grouped(f.timeouts));
  if (!f.events) return out;
  const EventFigures& e = *f.events;
  out += fmt::format("    events {}", grouped(e.events));
  if (e.batches > 0) out += fmt::format(", batches {}", grouped(e.batches));
  out += fmt::format(", age p50 {}, p99 {}, max {}; at most {} at a time\n",
                     show(Metric::p50, e.age_p50), show(Metric::p99, e.age_p99),
                     show(Metric::max, e.age_max), grouped(e.most_waiting));
  out += fmt::format(
      "    tried again {}, put back after throttles {}, dead letters {}, too old {}, duplicates "
      "{}\n",
      grouped(e.retried), grouped(e.pushed_back), grouped(e.dead_letters), grouped(e.expired),
      grouped(e.duplicates));
  return out;
}

std::string throttle_advice(const std::optional<FunctionFigures>& f) {
  if (!f || f->throttled == 0) return "the server's `rate-limit` is reached: slow the callers down";
  const auto most = std::max_element(f->refused.begin(), f->refused.end()) - f->refused.begin();
  switch (static_cast<Refusal>(most)) {
    case Refusal::account:
      return "the account's concurrency is used up by all its functions together: reserve some for "
             "this one (`concurrency: {reserved: N}`), or have the account's limit raised";
    case Refusal::scaling:
      return "more environments were needed at once than may start: keep some ready "
             "(`concurrency: {provisioned: N}`), or let the load come more slowly";
    case Refusal::rate:
      return "more requests a second came than ten times the concurrency: raise it, also where "
             "executions are short";
    case Refusal::waited:
    case Refusal::full:
      return "no environment was free for as long as a request may wait: raise `max-instances` or "
             "`instance-concurrency`";
    case Refusal::limit:
    case Refusal::none:
      break;
  }
  return "the function's `concurrency` is reached: raise it, or slow the callers down";
}

std::string event_advice(const std::optional<FunctionFigures>& f) {
  if (!f || !f->events || f->events->dead_letters == 0) return {};
  const EventFigures& e = *f->events;
  if (e.batches == 0 || e.batches >= e.events) {
    return fmt::format("{} events ended among the dead letters, their retries used up",
                       e.dead_letters);
  }
  return fmt::format(
      "{} messages ended among the dead letters; one that fails takes its batch with it: let the "
      "function name those that failed (`partial: true`), or make batches smaller",
      e.dead_letters);
}

std::vector<std::string> function_header() {
  return {"function", "executions", "cold", "throttled", "at once", "dead letters", "GB-s", "cost"};
}

std::vector<std::string> function_cells(const std::string& name, const FunctionFigures& f) {
  return {name,
          std::to_string(f.executions),
          show(Metric::success_rate, f.cold_share),
          std::to_string(f.throttled),
          fmt::format("{:.3g} (most {})", f.mean_at_once, f.most_at_once),
          f.events ? std::to_string(f.events->dead_letters) : "–",
          fmt::format("{:.3g}", f.gb_seconds),
          fmt::format("${:.4f}", f.cost)};
}

}  // namespace meshfn::simulate
