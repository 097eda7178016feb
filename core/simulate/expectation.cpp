#include "simulate/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/str.h"
#include "base/suggest.h"
#include "base/units.h"

namespace meshfn::simulate {

namespace {

constexpr MetricRow kMetrics[] = {
    {Metric::success_rate, "success-rate", Unit::percent,
     "requests answered below 400, of those that ended"},
    {Metric::mean, "mean", Unit::duration, "mean latency"},
    {Metric::p50, "p50", Unit::duration, "latency that half of the requests stay below"},
    {Metric::p90, "p90", Unit::duration, "90th percentile of latency"},
    {Metric::p95, "p95", Unit::duration, "95th percentile of latency"},
    {Metric::p99, "p99", Unit::duration, "99th percentile of latency"},
    {Metric::p999, "p999", Unit::duration, "99.9th percentile of latency"},
    {Metric::max, "max", Unit::duration, "longest latency"},
    {Metric::rps, "rps", Unit::per_second, "requests started per second"},
    {Metric::retry_ratio, "retry-ratio", Unit::ratio, "attempts per request, less one"},
    {Metric::recovery_time, "recovery-time", Unit::duration,
     "from the start of the fault until success stays as before it", true, false},
    {Metric::detection_time, "detection-time", Unit::duration,
     "from the start of the fault until the first proxy stops using an endpoint it hits", true,
     false},
    {Metric::utilization, "utilization", Unit::percent,
     "share of the endpoints' slots that is busy"},
    {Metric::ejections, "ejections", Unit::count, "hosts ejected, over all proxies", false, true},
    {Metric::availability, "availability", Unit::percent,
     "share of the time steps in which at least 99 % of the requests succeed", false, true},
    {Metric::cost, "cost", Unit::money, "price of the functions' executions in US dollars", false,
     true},
    {Metric::cold_share, "cold-share", Unit::percent,
     "share of the functions' executions that waited for an environment to start", false, false,
     true},
    {Metric::throttled, "throttled", Unit::count, "invocations that functions answered 429", false,
     false, true},
    {Metric::dead_letters, "dead-letters", Unit::count,
     "events that functions never dealt with: too many deliveries, or too old", false, false, true},
    {Metric::event_age, "event-age", Unit::duration,
     "99th percentile of the age of events when functions get them", false, false, true},
};

struct OpRow {
  std::string_view text;
  Expectation::Op op;
};

// Longer ones first: `<=` starts with `<`.
constexpr OpRow kOps[] = {
    {"<=", Expectation::Op::less_equal}, {">=", Expectation::Op::greater_equal},
    {"==", Expectation::Op::equal},      {"<", Expectation::Op::less},
    {">", Expectation::Op::greater},     {"=", Expectation::Op::equal}};

Result<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return usage_error(fmt::format("`{}` is not a number", text));
  }
  return value;
}

Result<double> parse_value(std::string_view text, const MetricRow& row) {
  const auto wrong = [&](std::string_view example) {
    return usage_error(fmt::format("`{}` is no value for {}", text, row.name),
                       fmt::format("write it like `{}`", example));
  };
  switch (row.unit) {
    case Unit::percent:
      if (const auto share = parse_percent(text)) return *share;
      return wrong("99.9%");
    case Unit::duration:
      if (const auto length = parse_duration(text)) {
        return static_cast<double>(length->count()) * 1e-9;
      }
      return wrong("250ms");
    case Unit::per_second:
      if (const auto rate = parse_rate(text)) return *rate;
      break;
    case Unit::ratio:
      if (const auto share = parse_percent(text)) return *share;
      break;
    case Unit::money:
      if (text.starts_with("$")) text.remove_prefix(1);
      break;
    case Unit::count:
      break;
  }
  if (const auto plain = number(text)) return *plain;
  return wrong(row.unit == Unit::per_second ? "800/s" : "0.5");
}

Result<void> parse_scope(std::string_view text, Expectation& out) {
  constexpr struct {
    std::string_view word;
    Expectation::Scope scope;
  } kScopes[] = {{"during", Expectation::Scope::fault},
                 {"service", Expectation::Scope::service},
                 {"zone", Expectation::Scope::zone}};

  const std::size_t space = text.find(' ');
  const std::string_view word = text.substr(0, space);
  for (const auto& [name, scope] : kScopes) {
    if (word != name || space == std::string_view::npos) continue;
    out.scope = scope;
    out.subject = str::trim(text.substr(space));
    return {};
  }
  return usage_error(fmt::format("`{}` is no scope", text),
                     "scopes are `during FAULT:`, `service NAME:` and `zone NAME:`");
}

}  // namespace

std::span<const MetricRow> metrics() { return kMetrics; }

const MetricRow& row_of(Metric metric) { return kMetrics[static_cast<std::size_t>(metric)]; }

bool Expectation::holds(double actual) const {
  switch (op) {
    case Op::less:
      return actual < value;
    case Op::less_equal:
      return actual <= value;
    case Op::greater:
      return actual > value;
    case Op::greater_equal:
      return actual >= value;
    case Op::equal:
      return actual == value;
  }
  return false;
}

Result<Expectation> parse_expectation(std::string_view text) {
  Expectation out;
  out.text = str::trim(text);
  std::string_view rest = out.text;
  if (const std::size_t colon = rest.find(": "); colon != std::string_view::npos) {
    const auto scope = parse_scope(rest.substr(0, colon), out);
    if (!scope) return tl::unexpected(scope.error());
    rest = str::trim(rest.substr(colon + 1));
  }
  for (const OpRow& op : kOps) {
    const std::size_t at = rest.find(op.text);
    if (at == std::string_view::npos) continue;
    const std::string_view name = str::trim(rest.substr(0, at));
    std::vector<std::string_view> names;
    for (const MetricRow& row : kMetrics) {
      names.push_back(row.name);
      if (row.name != name) continue;
      out.metric = row.metric;
      out.op = op.op;
      if (row.needs_fault && out.scope != Expectation::Scope::fault) {
        return usage_error(fmt::format("{} needs a fault", row.name),
                           fmt::format("write `during FAULT: {}`", rest));
      }
      if (row.metric == Metric::utilization && out.scope == Expectation::Scope::fault) {
        return usage_error("utilization is known for the whole run, a service or a zone");
      }
      if (row.whole_run && out.scope != Expectation::Scope::run) {
        return usage_error(fmt::format("{} is known for the whole run only", row.name));
      }
      const bool run_or_service =
          out.scope == Expectation::Scope::run || out.scope == Expectation::Scope::service;
      if (row.of_functions && !run_or_service) {
        return usage_error(fmt::format("{} is known for the whole run or a service", row.name));
      }
      const auto value = parse_value(str::trim(rest.substr(at + op.text.size())), row);
      if (!value) return tl::unexpected(value.error());
      out.value = *value;
      return out;
    }
    std::string hint = did_you_mean(name, names);
    if (hint.empty()) hint = "metrics are " + str::join(names, ", ");
    return usage_error(fmt::format("unknown metric `{}`", name), hint);
  }
  return usage_error(fmt::format("`{}` compares nothing", text),
                     "write it like `p99 < 250ms` or `during zone-loss: success-rate >= 99%`");
}

namespace {

/// Three significant digits, without trailing zeros after the point.
std::string short_number(double value) {
  if (value >= 1000) return fmt::format("{:.0f}", value);
  if (value < 1e-6) return "0";
  std::string text = fmt::format("{:.3g}", value);
  return text;
}

}  // namespace

std::string show(Metric metric, double value) {
  switch (row_of(metric).unit) {
    case Unit::percent:
      // Two digits after the point, more where that would round to a whole.
      for (int digits = 2; digits < 6; ++digits) {
        std::string text = fmt::format("{:.{}f}", value * 100, digits);
        if (value >= 1 || text != fmt::format("{:.{}f}", 100.0, digits)) return text + " %";
      }
      return "99.99999 %";
    case Unit::duration:
      if (value >= 1e200) return "never";
      if (value >= 1) return short_number(value) + " s";
      if (value >= 1e-3 || value < 1e-6) return short_number(value * 1e3) + " ms";
      return short_number(value * 1e6) + " us";
    case Unit::per_second:
      return short_number(value) + "/s";
    case Unit::money:
      return fmt::format("${:.4f}", value);
    case Unit::ratio:
    case Unit::count:
      break;
  }
  return short_number(value);
}

}  // namespace meshfn::simulate
