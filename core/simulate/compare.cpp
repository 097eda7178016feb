#include "simulate/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/str.h"

namespace meshfn::simulate {

namespace {

using Better = ComparedFigure::Better;

std::optional<double> milliseconds(double ms) { return ms * 1e-3; }

/// Share of the requests between proxies and endpoints that stay in their zone.
std::optional<double> stays_in_zone(const Answer& answer) {
  const std::size_t zones = answer.world->zones.size();
  std::uint64_t all = 0;
  std::uint64_t inside = 0;
  for (const auto& traffic : answer.record.traffic) {
    for (std::size_t i = 0; i < traffic.size(); ++i) {
      all += traffic[i];
      if (i / zones == i % zones) inside += traffic[i];
    }
  }
  if (all == 0) return std::nullopt;
  return static_cast<double>(inside) / static_cast<double>(all);
}

/// The service that has least to spare.
std::optional<double> least_allocation(const Answer& answer) {
  std::optional<double> least;
  for (const ServiceFigures& service : answer.services) {
    if (!service.allocation) continue;
    least = least ? std::min(*least, *service.allocation) : *service.allocation;
  }
  return least;
}

std::optional<double> gb_seconds(const Answer& answer) {
  std::optional<double> sum;
  for (const ServiceFigures& service : answer.services) {
    if (service.function) sum = sum.value_or(0) + service.function->gb_seconds;
  }
  return sum;
}

std::optional<double> price(const Answer& answer) {
  return gb_seconds(answer) ? std::optional(answer.cost) : std::nullopt;
}

struct FigureRow {
  std::string_view name;
  Metric shown_as;
  Better better;
  std::optional<double> (*value)(const Answer&);
  double ReplicationFigures::*replicated = nullptr;
  double unit = 1;  ///< of the replicated figure
};

constexpr FigureRow kRows[] = {
    {"success rate", Metric::success_rate, Better::higher,
     [](const Answer& a) -> std::optional<double> { return a.totals.success_rate; },
     &ReplicationFigures::success_rate},
    {"p50", Metric::p50, Better::lower,
     [](const Answer& a) { return milliseconds(a.totals.latency.p50); }, &ReplicationFigures::p50,
     1e-3},
    {"p99", Metric::p99, Better::lower,
     [](const Answer& a) { return milliseconds(a.totals.latency.p99); }, &ReplicationFigures::p99,
     1e-3},
    {"R  mean response of requests", Metric::mean, Better::lower,
     [](const Answer& a) { return milliseconds(a.totals.latency.mean); }, &ReplicationFigures::mean,
     1e-3},
    {"R  mean response of endpoints", Metric::mean, Better::lower,
     [](const Answer& a) { return milliseconds(a.theory.mean_of_endpoints); }},
    {"D  requests that stay in their zone", Metric::success_rate, Better::neither, stays_in_zone},
    {"P  availability over time", Metric::availability, Better::higher,
     [](const Answer& a) -> std::optional<double> { return a.availability; }},
    {"P  best single zone", Metric::availability, Better::higher,
     [](const Answer& a) -> std::optional<double> { return a.theory.best_site; }},
    {"T  trigger work", Metric::ejections, Better::neither,
     [](const Answer& a) -> std::optional<double> { return a.theory.trigger_work; }},
    {"F  GB-seconds of functions", Metric::ejections, Better::lower, gb_seconds},
    {"F  their price", Metric::cost, Better::lower, price},
    {"C/N  least allocation of a service", Metric::retry_ratio, Better::higher, least_allocation},
    {"retries per request", Metric::retry_ratio, Better::lower,
     [](const Answer& a) -> std::optional<double> { return a.totals.retry_ratio; }},
    {"ejections", Metric::ejections, Better::neither,
     [](const Answer& a) -> std::optional<double> {
       return static_cast<double>(a.record.ejections);
     }},
};

std::optional<Interval> difference(const Answer& a, const Answer& b, const FigureRow& row) {
  if (row.replicated == nullptr || a.runs.size() != b.runs.size()) return std::nullopt;
  std::vector<double> values;
  for (std::size_t i = 0; i < a.runs.size(); ++i) {
    values.push_back((b.runs[i].*row.replicated - a.runs[i].*row.replicated) * row.unit);
  }
  return interval95(values);
}

void add_expectations(const Answer& a, const Answer& b, Comparison& out) {
  for (const ExpectationFigures& e : a.expectations) {
    out.expectations.push_back(
        {e.expectation.text, show(e.expectation.metric, e.actual), "–", e.pass, true});
  }
  for (const ExpectationFigures& e : b.expectations) {
    auto row = std::find_if(out.expectations.begin(), out.expectations.end(),
                            [&](const auto& other) { return other.text == e.expectation.text; });
    if (row == out.expectations.end()) {
      out.expectations.push_back({e.expectation.text, "–", "", true, true});
      row = out.expectations.end() - 1;
    }
    row->b = show(e.expectation.metric, e.actual);
    row->b_pass = e.pass;
  }
}

/// "1.8 x as long", "0.4 points lower".
std::string change(const ComparedFigure& f) {
  const bool share = row_of(f.shown_as).unit == Unit::percent;
  const double by = *f.b - *f.a;
  if (share) {
    return fmt::format("{} {:.3g} points {}", f.name, std::fabs(by) * 100,
                       by > 0 ? "higher" : "lower");
  }
  if (*f.a <= 0 || *f.b <= 0) {
    return fmt::format("{} {} instead of {}", f.name, show(f.shown_as, *f.b),
                       show(f.shown_as, *f.a));
  }
  return fmt::format("{} {:.3g} x as {}", f.name, *f.b / *f.a,
                     row_of(f.shown_as).unit == Unit::duration ? "long" : "much");
}

}  // namespace

bool ComparedFigure::changed() const {
  if (!a || !b) return a.has_value() != b.has_value();
  if (difference && difference->low <= 0 && difference->high >= 0) return false;
  return std::fabs(*b - *a) > 1e-3 * std::max(std::fabs(*a), std::fabs(*b));
}

bool ComparedFigure::worse() const {
  if (!a || !b || !changed()) return false;
  return better == Better::lower ? *b > *a : better == Better::higher && *b < *a;
}

Comparison compare(const Answer& a, const Answer& b, std::string a_name, std::string b_name) {
  Comparison out{std::move(a_name), std::move(b_name), {}, {}, b.passed()};
  for (const FigureRow& row : kRows) {
    ComparedFigure figure{row.name,     row.shown_as, row.better,
                          row.value(a), row.value(b), difference(a, b, row)};
    if (figure.a || figure.b) out.figures.push_back(std::move(figure));
  }
  add_expectations(a, b, out);
  return out;
}

std::string conclusion(const Comparison& comparison) {
  std::vector<std::string> changes;
  for (const ComparedFigure& figure : comparison.figures) {
    const bool watched = figure.better != Better::neither;
    if (watched && figure.changed() && figure.a && figure.b) changes.push_back(change(figure));
  }
  if (changes.empty()) return fmt::format("{}: no figure changed", comparison.b);
  return fmt::format("{}: {}", comparison.b, str::join(changes, ", "));
}

}  // namespace meshfn::simulate
