// The answer in a terminal: verdict, expectations with reasons, a table of services, phases, a
// sparkline with fault marks, and what was left out.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/str.h"
#include "simulate/figure.h"
#include "simulate/report.h"
#include "simulate/report_places.h"
#include "simulate/text_table.h"

namespace meshfn::simulate {

namespace {

constexpr std::size_t kListed = 10;     ///< lines of a list before the rest is counted
constexpr std::size_t kSparkline = 60;  ///< columns of the time series

std::string percent(double share) { return show(Metric::success_rate, share); }

std::string millis(double ms) { return show(Metric::p99, ms * 1e-3); }

std::string maybe_percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f} %", *share * 100) : "–";
}

class TextReport {
 public:
  TextReport(const Answer& result, const TextStyle& style) : result_(result), style_(style) {}

  std::string build(const std::optional<RunFigures>& run) {
    head();
    expectations();
    services();
    phases();
    traffic();
    series();
    facts();
    list("warning", result_.warnings);
    list("assumed", result_.world->scenario.assumptions);
    not_modelled();
    if (run) timing(*run);
    return std::move(out_);
  }

 private:
  std::string paint(std::string text, const char* code) const {
    return style_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }

  std::string word(bool pass) const { return pass ? paint("PASS", "1;32") : paint("FAIL", "1;31"); }

  void head() {
    const Totals& t = result_.totals;
    const std::string line = verdict(result_);
    if (result_.expectations.empty()) {
      out_ += line + "\n";
    } else {
      out_ += word(result_.passed()) + line.substr(4) + "\n";
    }
    out_ += fmt::format("  {} requests, {} succeeded, {}; mean {}, p50 {}, p99 {}, max {}\n",
                        grouped(t.counts.started), percent(t.success_rate),
                        show(Metric::rps, t.rps), millis(t.latency.mean), millis(t.latency.p50),
                        millis(t.latency.p99), millis(t.latency.max));
    intervals();
    if (result_.record.in_flight > 0) {
      out_ +=
          fmt::format("  {} had no answer when the run ended\n", grouped(result_.record.in_flight));
    }
  }

  /// "99.1 % to 99.3 %"; values in the unit of the metric's own figures.
  static std::string range(Metric metric, const Interval& interval, double unit = 1) {
    return fmt::format("{} to {}", show(metric, std::max(0.0, interval.low) * unit),
                       show(metric, interval.high * unit));
  }

  void intervals() {
    const auto success = interval_of(result_, &ReplicationFigures::success_rate);
    const auto mean = interval_of(result_, &ReplicationFigures::mean);
    const auto p99 = interval_of(result_, &ReplicationFigures::p99);
    if (!success || !mean || !p99) return;
    out_ += fmt::format("  95 % intervals of {} replications: success {}, mean {}, p99 {}\n",
                        result_.replications, range(Metric::success_rate, *success),
                        range(Metric::mean, *mean, 1e-3), range(Metric::p99, *p99, 1e-3));
  }

  void expectations() {
    if (result_.expectations.empty()) return;
    out_ += "\n";
    std::vector<std::string> told;
    for (const ExpectationFigures& e : result_.expectations) {
      const std::string spread =
          e.interval ? fmt::format("; 95 % interval {}", range(e.expectation.metric, *e.interval))
                     : "";
      out_ += fmt::format("  {} {}  (is {}{})\n", e.pass ? paint("✓", "32") : paint("✗", "31"),
                          e.expectation.text, show(e.expectation.metric, e.actual), spread);
      if (!e.why.empty() && e.why == told) {
        out_ += "      for the same reason\n";
        continue;
      }
      for (const std::string& line : e.why) {
        out_ += "      " + str::wrap(line, std::max<std::size_t>(style_.width, 60) - 6, 6) + "\n";
      }
      if (!e.why.empty()) told = e.why;
    }
  }

  void services() {
    TextTable table(
        {"service", "requests", "success", "p50", "p99", "max", "attempts", "busy", "endpoints"});
    std::size_t shown = 0;
    std::size_t hidden = 0;
    for (const ServiceFigures& s : by_requests()) {
      const std::uint64_t ended = s.totals.counts.ok + s.totals.counts.failed;
      if (ended == 0) continue;
      if (++shown > 2 * kListed) {
        ++hidden;
        continue;
      }
      table.add({label_of(s), grouped(ended), percent(s.totals.success_rate),
                 millis(s.totals.latency.p50), millis(s.totals.latency.p99),
                 millis(s.totals.latency.max), fmt::format("{:.3f}", 1 + s.totals.retry_ratio),
                 maybe_percent(s.utilization), size_of(s)});
    }
    out_ += "\n" + table.text();
    if (hidden > 0) out_ += fmt::format("  … and {} more, see -o json\n", hidden);
  }

  /// How many endpoints it has, or had.
  static std::string size_of(const ServiceFigures& s) {
    if (!s.fleet || s.fleet->least == s.fleet->most) return std::to_string(s.endpoints.size());
    return fmt::format("{}-{}", s.fleet->least, s.fleet->most);
  }

  static std::string label_of(const ServiceFigures& s) {
    return s.subset.empty() ? s.name : s.name + " / " + s.subset;
  }

  /// Services as listed; the busiest first when there are many.
  std::vector<ServiceFigures> by_requests() const {
    std::vector<ServiceFigures> sorted = result_.services;
    if (sorted.size() > 2 * kListed) {
      std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return a.totals.counts.ok + a.totals.counts.failed >
               b.totals.counts.ok + b.totals.counts.failed;
      });
    }
    return sorted;
  }

  void phases() {
    if (result_.phases.empty()) return;
    TextTable table({"phase", "from", "to", "requests", "success", "p50", "p99", "cross-zone"});
    for (const PhaseFigures& phase : result_.phases) {
      table.add({phase.name, fmt::format("{:g} s", phase.from), fmt::format("{:g} s", phase.to),
                 grouped(phase.totals.counts.started), percent(phase.totals.success_rate),
                 millis(phase.totals.latency.p50), millis(phase.totals.latency.p99),
                 maybe_percent(cross_zone(phase))});
    }
    out_ += "\n" + table.text();
    for (std::size_t f = 0; f < result_.faults.size(); ++f) {
      const FaultFigures& fault = result_.faults[f];
      if (result_.world->faults[f].spec->effect == FaultSpec::Effect::change) continue;
      out_ += fmt::format("  {}: {}, {}\n", fault.name,
                          fault.detection_seconds
                              ? fmt::format("first noticed after {}",
                                            show(Metric::detection_time, *fault.detection_seconds))
                              : "noticed by no proxy",
                          fault.recovery_seconds
                              ? fmt::format("recovered after {}",
                                            show(Metric::recovery_time, *fault.recovery_seconds))
                              : "not recovered by the end");
    }
  }

  void traffic() { out_ += traffic_table(result_); }

  std::optional<double> cross_zone(const PhaseFigures& phase) const {
    const std::size_t zones = result_.world->zones.size();
    std::uint64_t all = 0;
    std::uint64_t crossing = 0;
    for (const std::uint32_t s : phase.segments) {
      for (std::size_t i = 0; i < zones * zones; ++i) {
        all += result_.record.traffic[s][i];
        if (i / zones != i % zones) crossing += result_.record.traffic[s][i];
      }
    }
    if (all == 0 || zones < 2) return std::nullopt;
    return static_cast<double>(crossing) / static_cast<double>(all);
  }

  /// Steps folded into at most kSparkline columns; the worst of each is shown.
  template <class Step, class Figure, class Worse>
  static std::vector<double> columns(const std::vector<Step>& windows, const Figure& figure,
                                     const Worse& worse) {
    const std::size_t n = std::min(kSparkline, windows.size());
    std::vector<double> out(n, 0);
    for (std::size_t c = 0; c < n; ++c) {
      const std::size_t first = c * windows.size() / n;
      const std::size_t end = (c + 1) * windows.size() / n;
      out[c] = figure(windows[first]);
      for (std::size_t i = first + 1; i < end; ++i) out[c] = worse(out[c], figure(windows[i]));
    }
    return out;
  }

  static std::string spark(const std::vector<double>& values, double low, double high) {
    constexpr const char* kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::string out;
    for (const double v : values) {
      const double share = high > low ? (v - low) / (high - low) : 1;
      out += kBars[static_cast<std::size_t>(std::clamp(share * 7.999, 0.0, 7.0))];
    }
    return out;
  }

  void series() {
    if (result_.record.windows.size() < 2) return;
    const auto success = columns(
        result_.record.windows,
        [](const Window& w) {
          const std::uint64_t ended = w.ok + w.failed;
          return ended == 0 ? 1 : static_cast<double>(w.ok) / static_cast<double>(ended);
        },
        [](double a, double b) { return std::min(a, b); });
    const auto p99 = columns(
        result_.record.windows, [](const Window& w) { return w.p99 * 1e-6; },
        [](double a, double b) { return std::max(a, b); });
    const double least = *std::min_element(success.begin(), success.end());
    const double most = *std::max_element(p99.begin(), p99.end());
    out_ += fmt::format("\n  success  {}  least {}\n", spark(success, std::min(least, 0.9), 1),
                        percent(least));
    out_ += fmt::format("  p99      {}  most {}\n", spark(p99, 0, most), millis(most));
    marks(success.size());
  }

  void marks(std::size_t columns) {
    std::string line(columns, ' ');
    const auto duration = static_cast<double>(result_.world->scenario.duration);
    for (const FaultInfo& fault : result_.world->faults) {
      const auto at = [&](Time t) {
        const double share = std::min(1.0, static_cast<double>(t) / duration);
        return std::min(columns - 1,
                        static_cast<std::size_t>(share * static_cast<double>(columns)));
      };
      for (std::size_t c = at(fault.spec->at); c <= at(fault.spec->at + fault.spec->length); ++c) {
        line[c] = '-';
      }
      line[at(fault.spec->at)] = '^';
    }
    if (line.find('^') == std::string::npos) return;
    std::vector<std::string> names;
    for (const FaultInfo& fault : result_.world->faults) names.push_back(fault.name);
    out_ += fmt::format("  faults   {}  {}\n", line, str::join(names, ", "));
  }

  void facts() {
    const Recording& r = result_.record;
    out_ += fmt::format("\n  retries {}, timeouts {}, ejections {}{}\n", grouped(r.retries),
                        grouped(r.timeouts), grouped(r.ejections),
                        r.ejections_denied > 0
                            ? fmt::format(" ({} more not allowed by maxEjectionPercent)",
                                          grouped(r.ejections_denied))
                            : "");
    if (r.panics > 0) {
      out_ += fmt::format("  {} choices in panic: unhealthy endpoints were used too\n",
                          grouped(r.panics));
    }
    std::set<std::string> told;
    for (const ServiceFigures& s : result_.services) {
      if (!s.fleet || !told.insert(s.name).second) continue;
      out_ += fmt::format("  {}: {} to {} endpoints, {:.1f} on average; {} started, {} stopped\n",
                          s.name, s.fleet->least, s.fleet->most, s.fleet->mean, s.fleet->started,
                          s.fleet->stopped);
    }
    for (const ServiceFigures& s : result_.services) {
      if (!s.function) continue;
      out_ += function_text(s.name, *s.function);
      concurrency(s.function->at_once);
    }
    out_ += hot_spots(result_);
    const TheoryFigures& t = result_.theory;
    out_ += fmt::format("  availability over time {}; best single zone {}, any zone {}\n",
                        percent(result_.availability), percent(t.best_site), percent(t.any_site));
  }

  /// What a function had at work over time.
  void concurrency(const std::vector<double>& at_once) {
    if (at_once.size() < 2) return;
    const auto steps = columns(
        at_once, [](double n) { return n; }, [](double a, double b) { return std::max(a, b); });
    const double most = *std::max_element(steps.begin(), steps.end());
    out_ += fmt::format("    at once  {}  most {:.3g}\n", spark(steps, 0, most), most);
  }

  void list(std::string_view label, const std::vector<std::string>& lines) {
    for (std::size_t i = 0; i < std::min(lines.size(), kListed); ++i) {
      out_ += fmt::format("  {}: {}\n", label, lines[i]);
    }
    if (lines.size() > kListed) out_ += fmt::format("  … and {} more\n", lines.size() - kListed);
  }

  void not_modelled() {
    const auto& lines = result_.world->scenario.not_modelled;
    if (lines.empty()) return;
    out_ += "\n  not modelled, so without effect here:\n";
    for (std::size_t i = 0; i < std::min(lines.size(), kListed); ++i) {
      out_ += "    " + lines[i] + "\n";
    }
    if (lines.size() > kListed) {
      out_ += fmt::format("    … and {} more, see -o json\n", lines.size() - kListed);
    }
  }

  void timing(const RunFigures& run) {
    const double wall = std::max(run.wall_seconds, 1e-9);
    out_ += fmt::format(
        "\n  {:.3g} s, {:.3g} M requests/s, {:.3g} M events/s, {:.0f} MB, {} thread(s)\n",
        run.wall_seconds, static_cast<double>(result_.totals.counts.started) / wall / 1e6,
        static_cast<double>(result_.record.events) / wall / 1e6,
        static_cast<double>(run.peak_rss_bytes) / 1e6, run.threads);
  }

  const Answer& result_;
  TextStyle style_;
  std::string out_;
};

}  // namespace

std::string verdict(const Answer& result) {
  const std::string& name = result.world->scenario.name;
  const std::size_t all = result.expectations.size();
  const auto missed =
      static_cast<std::size_t>(std::count_if(result.expectations.begin(), result.expectations.end(),
                                             [](const ExpectationFigures& e) { return !e.pass; }));
  if (all == 0) return fmt::format("{}: nothing was expected", name);
  if (missed == 0) return fmt::format("PASS {}: {} met", name, str::count(all, "expectation"));
  return fmt::format("FAIL {}: {} of {} missed", name, missed, str::count(all, "expectation"));
}

std::string to_text(const Answer& result, const TextStyle& style,
                    const std::optional<RunFigures>& run) {
  return TextReport(result, style).build(run);
}

}  // namespace meshfn::simulate
