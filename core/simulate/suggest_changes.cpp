// What `--suggest` tries: retries, budgets, outlier detection, timeouts and locality, written as
// the mesh that runs writes them, or as the scenario does where it speaks for itself.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/units.h"
#include "simulate/suggest.h"

namespace meshfn::simulate {

namespace {

using yaml::Value;
using Target = Edit::Target;

constexpr std::size_t kMostServices = 6;  ///< those with most failures
constexpr std::string_view kRetryOn = "gateway-error,reset,connect-failure,refused-stream";

/// The next of 1, 2, 5, 10 … milliseconds, as YAML.
std::string round_time(double milliseconds) {
  double step = 1;
  const double factors[] = {2, 2.5, 2};
  for (std::size_t i = 0; step < milliseconds; ++i) step *= factors[i % 3];
  return format_duration(std::chrono::milliseconds(static_cast<std::int64_t>(step)));
}

/// A service and what its callers see of it.
struct Subject {
  const ServiceSpec* spec;
  std::uint32_t index;
  std::uint64_t failures = 0;
  std::uint64_t calls = 0;
  double typical = 0;  ///< ms: the median answer
};

class Changes {
 public:
  Changes(const Drafts& drafts, const Answer& before, const Answer& calm)
      : drafts_(drafts), world_(*before.world), before_(before), calm_(calm) {}

  std::vector<Change> all() {
    for (const Subject& subject : subjects()) {
      subject_ = &subject;
      const bool istio = world_.scenario.plane() == DataPlane::istio;
      if (istio) {
        outlier();
        budget();
        retries();
        timeouts();
        locality();
      } else if (world_.scenario.plane() == DataPlane::linkerd) {
        linkerd();
      }
      own_settings(istio);
    }
    loads();
    return std::move(out_);
  }

 private:
  std::vector<Subject> subjects() const {
    std::vector<Subject> found;
    for (std::uint32_t s = 0; s < world_.services.size(); ++s) {
      Subject subject{world_.services[s].spec, s};
      Histogram latency;
      for (std::size_t c = 0; c < world_.clusters.size(); ++c) {
        if (world_.clusters[c].service != s) continue;
        const Tally& tally = before_.record.clusters[c];
        subject.failures += tally.counts.failed;
        subject.failures -= tally.counts.causes[static_cast<std::size_t>(Cause::dependency)];
        subject.calls += tally.counts.attempts;
        latency.merge(calm_.record.clusters[c].latency);
      }
      if (subject.calls == 0) continue;
      subject.typical = latency.quantile(0.5) * 1e-6;
      found.push_back(subject);
    }
    std::stable_sort(found.begin(), found.end(), [](const Subject& a, const Subject& b) {
      return std::pair(a.failures, a.calls) > std::pair(b.failures, b.calls);
    });
    if (found.size() > kMostServices) found.resize(kMostServices);
    return found;
  }

  const std::string& name() const { return subject_->spec->name; }

  Edit edit(Target target, std::string path, Value value) const {
    return {target, name(), std::move(path), std::move(value)};
  }

  void add(std::string_view what, std::vector<Edit> edits) {
    out_.push_back({fmt::format("{} {}", what, name()), std::move(edits)});
  }

  void outlier() {
    constexpr auto kRule = Target::destination_rule;
    const auto at = [&](std::string_view field, Value value) {
      return edit(kRule, fmt::format("outlierDetection.{}", field), std::move(value));
    };
    add("outlier detection of", {at("consecutive5xxErrors", 5)});
    add("outlier detection of", {at("consecutive5xxErrors", 5), at("maxEjectionPercent", 100)});
    add("outlier detection of",
        {at("consecutive5xxErrors", 3), at("interval", "1s"), at("maxEjectionPercent", 100)});
    if (!subject_->spec->policy.outlier.enabled) return;
    add("more ejections of", {at("maxEjectionPercent", 100)});
    add("no panic for", {at("minHealthPercent", 0)});
    add("faster outlier detection of", {at("interval", "1s")});
    add("longer ejections of", {at("baseEjectionTime", "60s")});
  }

  void budget() {
    add("a retry budget for", {edit(Target::destination_rule, "retryBudget.percent", 20)});
    add("a retry budget for", {edit(Target::destination_rule, "retryBudget.percent", 10)});
  }

  void retries() {
    const auto at = [&](std::string_view field, Value value) {
      return edit(Target::virtual_service, fmt::format("retries.{}", field), std::move(value));
    };
    add("no retries of", {at("attempts", 0)});
    add("fewer retries of", {at("attempts", 1)});
    add("retries of", {at("attempts", 2), at("retryOn", kRetryOn)});
    add("retries of", {at("attempts", 5), at("retryOn", kRetryOn)});
    for (const double factor : {4., 20.}) {
      const std::string time = round_time(subject_->typical * factor);
      add("a time for each try of", {at("perTryTimeout", time), at("attempts", 2)});
      add("a time for each try of",
          {at("perTryTimeout", time), at("attempts", 2), at("retryOn", kRetryOn)});
    }
  }

  void timeouts() {
    for (const double factor : {5., 25., 100.}) {
      add("a timeout of",
          {edit(Target::virtual_service, "timeout", round_time(subject_->typical * factor))});
    }
  }

  /// Zones of the service's endpoints, and how many stand in each.
  std::map<std::string, std::uint32_t> places() const {
    std::map<std::string, std::uint32_t> out;
    for (const EndpointInfo& endpoint : world_.endpoints) {
      if (endpoint.service == subject_->index) ++out[world_.zones[endpoint.zone]];
    }
    return out;
  }

  void locality() {
    const auto zones = places();
    if (zones.size() < 2) return;
    constexpr std::string_view kSetting = "loadBalancer.localityLbSetting";
    const auto at = [&](std::string_view field, Value value) {
      return edit(Target::destination_rule, fmt::format("{}.{}", kSetting, field),
                  std::move(value));
    };
    const bool distributes = !subject_->spec->policy.locality.distribute.empty();
    if (distributes) {
      add("no distribution by locality for", {at("distribute", Value())});
      add("distribution by endpoints for", {at("distribute", by_endpoints(zones))});
    }
    add("no preference of the nearest for", {at("enabled", false)});
    if (!subject_->spec->policy.outlier.enabled) {
      add("failover by locality for",
          {edit(Target::destination_rule, "outlierDetection.consecutive5xxErrors", 5),
           edit(Target::destination_rule, "outlierDetection.maxEjectionPercent", 100),
           at("enabled", true)});
    }
  }

  /// `distribute` that gives each zone the share of its endpoints, from anywhere.
  static Value by_endpoints(const std::map<std::string, std::uint32_t>& zones) {
    std::uint32_t all = 0;
    for (const auto& [zone, count] : zones) all += count;
    Value to = Value::map();
    std::uint32_t left = 100;
    std::size_t open = zones.size();
    for (const auto& [zone, count] : zones) {
      // The last one takes what rounding leaves, so that the sum is 100.
      const std::uint32_t share = --open == 0 ? left : 100 * count / all;
      left -= share;
      to.set(zone + "/*", share);
    }
    return Value::list({Value::map({{"from", "*"}, {"to", std::move(to)}})});
  }

  void linkerd() {
    if (!has_service(drafts_, name())) {
      return add("failure accrual of",
                 {edit(Target::scenario_service, "failure-accrual.failures", 7)});
    }
    const auto at = [&](std::string_view annotation, Value value) {
      return edit(Target::annotation, std::string(annotation), std::move(value));
    };
    add("failure accrual of", {at("balancer.linkerd.io/failure-accrual", "consecutive")});
    add("retries of", {at("retry.linkerd.io/http", "5xx")});
    add("retries of", {at("retry.linkerd.io/http", "5xx"), at("retry.linkerd.io/limit", "2")});
    for (const double factor : {5., 25.}) {
      const std::string time = round_time(subject_->typical * factor);
      add("a timeout of", {at("timeout.linkerd.io/request", time)});
      add("a time for each try of",
          {at("retry.linkerd.io/http", "5xx"), at("retry.linkerd.io/timeout", time)});
    }
  }

  /// What only the scenario can say: without a mesh, or where it overrides the mesh.
  void own_settings(bool istio) {
    const auto at = [&](std::string_view path, Value value) {
      return edit(Target::scenario_service, std::string(path), std::move(value));
    };
    const PolicyOverride& own = subject_->spec->own;
    if (!istio || own.outlier) {
      add("outlier detection of",
          {at("outlier.consecutive-5xx", 5), at("outlier.most-ejected", "100%")});
    }
    if (!istio || own.budget) add("a retry budget for", {at("retry-budget.ratio", "20%")});
    if (own.panic_threshold) add("no panic for", {at("panic", "0%")});
  }

  /// What a load says about its own calls goes before the mesh.
  void loads() {
    const bool istio = world_.scenario.plane() == DataPlane::istio;
    for (std::size_t i = 0; i < world_.scenario.load.size(); ++i) {
      const LoadSpec& load = world_.scenario.load[i];
      const auto at = [&](std::string_view path, Value value) {
        return Edit{Target::scenario, "", fmt::format("load.{}.{}", i, path), std::move(value)};
      };
      const std::string from = fmt::format("from {} to {}", load.from, load.call.to);
      if (load.call.policy.retry || !istio) {
        out_.push_back({"no retries " + from, {at("retry", "none")}});
        out_.push_back({"retries " + from, {at("retry", Value::map({{"retries", 2}}))}});
      }
      if (load.call.policy.timeout || !istio) {
        out_.push_back({"a timeout " + from, {at("timeout", round_time(5 * typical_of(i)))}});
      }
      if (!load.call.policy.retry) {
        const std::string after = round_time(4 * typical_of(i));
        out_.push_back({"hedging " + from, {at("hedge", Value::map({{"after", after}}))}});
      }
    }
  }

  /// ms: the median answer to a load.
  double typical_of(std::size_t load) const {
    Histogram latency;
    for (const Tally& tally : calm_.record.loads[load]) latency.merge(tally.latency);
    return latency.quantile(0.5) * 1e-6;
  }

  const Drafts& drafts_;
  const World& world_;
  const Answer& before_;
  const Answer& calm_;
  const Subject* subject_ = nullptr;
  std::vector<Change> out_;
};

}  // namespace

std::vector<Change> changes_for(const Drafts& drafts, const Answer& before, const Answer& calm) {
  return Changes(drafts, before, calm).all();
}

}  // namespace meshfn::simulate
