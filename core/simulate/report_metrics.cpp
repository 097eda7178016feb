// The answer as measurements: the mesh's own metrics for Prometheus, and HdrHistogram's spectrum.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/str.h"
#include "simulate/report.h"

namespace meshfn::simulate {

namespace {

/// Upper bounds of Istio's request durations, in milliseconds (telemetry v2, stats filter).
constexpr std::uint64_t kBounds[] = {1,     5,     10,     25,     50,      100,
                                     250,   500,   1000,   2500,   5000,    10000,
                                     30000, 60000, 300000, 600000, 1800000, 3600000};

struct CauseCode {
  std::string_view code;   ///< HTTP status that the caller saw
  std::string_view flags;  ///< Envoy's response flags
};

/// In the order of `Cause`.
constexpr CauseCode kCodes[kCauses] = {{"500", "-"},  {"503", "UF"}, {"503", "UC"}, {"504", "UT"},
                                       {"504", "UT"}, {"503", "-"},  {"429", "-"},  {"500", "-"},
                                       {"503", "UO"}, {"503", "UH"}, {"503", "FI"}};

std::string escaped(std::string_view text) {
  return str::replace_all(str::replace_all(text, "\\", "\\\\"), "\"", "\\\"");
}

class OpenMetrics {
 public:
  explicit OpenMetrics(const Answer& result) : result_(result), world_(*result.world) {}

  std::string build() {
    requests();
    durations();
    counter("envoy_cluster_upstream_rq_retry", "Attempts after the first one",
            [](const Counts& c) { return c.attempts - std::min(c.attempts, c.ok + c.failed); });
    counter("envoy_cluster_upstream_rq_pending_overflow", "Requests refused by a circuit breaker",
            [](const Counts& c) { return c.causes[static_cast<std::size_t>(Cause::overflow)]; });
    ejections();
    totals();
    return out_ + "# EOF\n";
  }

 private:
  std::string labels(std::uint32_t c) const {
    const ClusterInfo& cluster = world_.clusters[c];
    return fmt::format("destination_service_name=\"{}\",destination_version=\"{}\"",
                       escaped(world_.services[cluster.service].spec->name),
                       cluster.subset.empty() ? "unknown" : escaped(cluster.subset));
  }

  /// As Envoy names a cluster, with its dots kept.
  std::string cluster_label(std::uint32_t c) const {
    const ClusterInfo& cluster = world_.clusters[c];
    const ServiceSpec& service = *world_.services[cluster.service].spec;
    return fmt::format("cluster_name=\"outbound|{}|{}|{}\"", service.port, escaped(cluster.subset),
                       escaped(service.name));
  }

  void head(std::string_view name, std::string_view type, std::string_view help) {
    out_ += fmt::format("# TYPE {0} {1}\n# HELP {0} {2}\n", name, type, help);
  }

  void sample(std::string_view name, std::string_view label, std::uint64_t value, double at) {
    out_ += fmt::format("{}{{{}}} {} {:g}\n", name, label, value, at);
  }

  /// A counter at the start and after every segment; those that stay 0 are left out.
  template <class Value>
  void growth(std::string_view name, const std::string& label, std::uint32_t c,
              const Value& value) {
    const auto& segments = result_.record.phases[c];
    std::uint64_t sum = 0;
    for (const Counts& counts : segments) sum += value(counts);
    if (sum == 0) return;
    sum = 0;
    sample(name, label, 0, to_seconds(world_.scenario.warmup));
    for (std::size_t s = 0; s < segments.size(); ++s) {
      sum += value(segments[s]);
      sample(name, label, sum, to_seconds(world_.segments[s].to));
    }
  }

  template <class Value>
  void counter(std::string_view name, std::string_view help, const Value& value) {
    head(name, "counter", help);
    for (std::uint32_t c = 0; c < world_.clusters.size(); ++c) {
      growth(fmt::format("{}_total", name), cluster_label(c), c, value);
    }
  }

  void requests() {
    head("istio_requests", "counter", "Requests as their callers saw them end");
    for (std::uint32_t c = 0; c < world_.clusters.size(); ++c) {
      const auto label = [&](std::string_view code, std::string_view flags) {
        return fmt::format(
            "reporter=\"source\",source_workload=\"unknown\",{},request_protocol=\"http\","
            "response_code=\"{}\",response_flags=\"{}\"",
            labels(c), code, flags);
      };
      growth("istio_requests_total", label("200", "-"), c, [](const Counts& n) { return n.ok; });
      for (std::size_t i = 0; i < kCauses; ++i) {
        if (is_told_before(i)) continue;
        growth("istio_requests_total", label(kCodes[i].code, kCodes[i].flags), c,
               [i](const Counts& n) { return with_same_code(n, i); });
      }
    }
  }

  static bool is_same_code(std::size_t a, std::size_t b) {
    return kCodes[a].code == kCodes[b].code && kCodes[a].flags == kCodes[b].flags;
  }

  /// Whether an earlier cause has the same labels: one series may appear once.
  static bool is_told_before(std::size_t cause) {
    for (std::size_t i = 0; i < cause; ++i) {
      if (is_same_code(i, cause)) return true;
    }
    return false;
  }

  static std::uint64_t with_same_code(const Counts& counts, std::size_t cause) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kCauses; ++i) {
      if (is_same_code(i, cause)) sum += counts.causes[i];
    }
    return sum;
  }

  /// One point of a histogram: every bucket, then count and sum.
  void duration_point(std::uint32_t c, double at, bool begin) {
    constexpr std::string_view kName = "istio_request_duration_milliseconds";
    const Histogram& latency = result_.record.clusters[c].latency;
    const auto buckets = latency.buckets();
    const std::string label = "reporter=\"source\"," + labels(c);
    const auto bucket = [&](const std::string& le, std::uint64_t count) {
      sample(fmt::format("{}_bucket", kName), fmt::format("{},le=\"{}\"", label, le),
             begin ? 0 : count, at);
    };
    for (const std::uint64_t bound : kBounds) {
      std::uint64_t below = 0;
      for (const auto& b : buckets) below += b.upper <= bound * kMillisecond ? b.count : 0;
      bucket(fmt::format("{}.0", bound), below);
    }
    bucket("+Inf", latency.count());
    const double sum = latency.mean() * static_cast<double>(latency.count()) * 1e-6;
    sample(fmt::format("{}_count", kName), label, begin ? 0 : latency.count(), at);
    sample(fmt::format("{}_sum", kName), label,
           begin ? 0 : static_cast<std::uint64_t>(std::llround(sum)), at);
  }

  void durations() {
    head("istio_request_duration_milliseconds", "histogram", "Durations as their callers saw them");
    for (std::uint32_t c = 0; c < world_.clusters.size(); ++c) {
      if (result_.record.clusters[c].latency.count() == 0) continue;
      duration_point(c, to_seconds(world_.scenario.warmup), true);
      duration_point(c, to_seconds(world_.scenario.duration), false);
    }
  }

  void ejections() {
    head("envoy_cluster_outlier_detection_ejections_active", "gauge",
         "Hosts out at the moment, over all proxies");
    const double step = to_seconds(world_.step);
    for (std::size_t i = 0; i < result_.record.windows.size(); ++i) {
      sample("envoy_cluster_outlier_detection_ejections_active", "cluster_name=\"all\"",
             result_.record.windows[i].ejected, static_cast<double>(i + 1) * step);
    }
  }

  void totals() {
    const double end = to_seconds(world_.scenario.duration);
    const Recording& r = result_.record;
    head("envoy_cluster_outlier_detection_ejections_enforced", "counter", "Hosts ejected");
    sample("envoy_cluster_outlier_detection_ejections_enforced_total", "cluster_name=\"all\"",
           r.ejections, end);
    head("envoy_cluster_outlier_detection_ejections_overflow", "counter",
         "Ejections that the maximum percentage did not allow");
    sample("envoy_cluster_outlier_detection_ejections_overflow_total", "cluster_name=\"all\"",
           r.ejections_denied, end);
    head("envoy_cluster_lb_healthy_panic", "counter", "Choices made in panic");
    sample("envoy_cluster_lb_healthy_panic_total", "cluster_name=\"all\"", r.panics, end);
  }

  const Answer& result_;
  const World& world_;
  std::string out_;
};

/// Steps to half of what is left, each divided into this many (HdrHistogram's default).
constexpr int kTicks = 5;
constexpr double kMostNines = 1e7;

std::string spectrum_line(const Histogram& all, double quantile) {
  const auto count = static_cast<double>(all.count());
  const auto below = static_cast<std::uint64_t>(std::ceil(quantile * count));
  const std::string last = quantile < 1 ? fmt::format("{:15.2f}", 1 / (1 - quantile)) : "";
  return fmt::format("{:12.3f} {:2.12f} {:10} {}\n", all.quantile(quantile) * 1e-6, quantile, below,
                     last);
}

double deviation(const Histogram& all) {
  const double mean = all.mean();
  double sum = 0;
  for (const Histogram::Bucket& b : all.buckets()) {
    const double middle = (static_cast<double>(b.lower) + static_cast<double>(b.upper)) / 2;
    sum += (middle - mean) * (middle - mean) * static_cast<double>(b.count);
  }
  return all.count() == 0 ? 0 : std::sqrt(sum / static_cast<double>(all.count()));
}

}  // namespace

Histogram latencies_of(const Answer& result) {
  Histogram all;
  for (const auto& load : result.record.loads) {
    for (const Tally& tally : load) all.merge(tally.latency);
  }
  return all;
}

std::string to_openmetrics(const Answer& result) { return OpenMetrics(result).build(); }

std::string to_hgrm(const Answer& result) {
  const Histogram all = latencies_of(result);
  std::string out = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  const double most = std::min(kMostNines, std::max(2.0, static_cast<double>(all.count())));
  for (double left = 1; left > 1 / most; left /= 2) {
    for (int tick = 0; tick < kTicks; ++tick) {
      out += spectrum_line(all, 1 - left + left / 2 * tick / kTicks);
    }
  }
  out += spectrum_line(all, 1);
  out += fmt::format(
      "#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n"
      "#[Max     = {:12.3f}, Total count    = {:12}]\n"
      "#[Buckets = {:12}, SubBuckets     = {:12}]\n",
      all.mean() * 1e-6, deviation(all) * 1e-6, to_millis(all.max()), all.count(), 57, 128);
  return out;
}

}  // namespace meshfn::simulate
