// Prometheus as a source of topologies: the queries, and histograms of durations.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/json.h"
#include "simulate/topology.h"

namespace meshfn::simulate {

namespace {

using Json = nlohmann::json;

constexpr int kSamplesOfBucket = 4;  ///< a bucket is spread evenly over so many durations

double number_of(const std::string& text) {
  if (text == "+Inf") return HUGE_VAL;
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::isfinite(value) ? value : 0;
}

/// Upper bounds in milliseconds and how many durations are not above.
using Buckets = std::map<double, double>;

std::map<std::string, Buckets> buckets_of(const Json& result) {
  std::map<std::string, Buckets> out;
  for (const Json& sample : result) {
    const Json& labels = sample.at("metric");
    std::string name = labels.value("destination_service_name", "");
    if (name.empty()) name = labels.value("destination_workload", "");
    if (name.empty() || !labels.contains("le")) continue;
    const double count = number_of(sample.at("value").at(1).get<std::string>());
    out[name][number_of(labels.at("le").get<std::string>())] += count;
  }
  return out;
}

/// Durations of the last bucket, which has no end, are taken to be as long as its beginning.
std::vector<TopologyService::Duration> durations_in(const Buckets& buckets) {
  std::vector<TopologyService::Duration> out;
  double low = 0;
  double below = 0;
  for (const auto& [bound, count] : buckets) {
    const double high = std::isfinite(bound) ? bound : low;
    const double here = count - below;
    for (int i = 0; here > 0 && i < kSamplesOfBucket; ++i) {
      const double at = low + (high - low) * (i + 0.5) / kSamplesOfBucket;
      out.push_back({at, here / kSamplesOfBucket});
    }
    below = std::max(below, count);
    low = high;
  }
  return out;
}

}  // namespace

std::string rates_query(std::string_view range) {
  return fmt::format(
      "sum by (source_canonical_service, source_workload, destination_service_name, "
      "destination_workload) (rate(istio_requests_total{{reporter=\"destination\"}}[{}]))",
      range);
}

std::string durations_query(std::string_view range) {
  return fmt::format(
      "sum by (destination_service_name, destination_workload, le) "
      "(rate(istio_request_duration_milliseconds_bucket{{reporter=\"destination\"}}[{}]))",
      range);
}

Result<void> add_durations(Topology& topology, std::string_view text, const std::string& path) {
  try {
    for (const auto& [name, buckets] : buckets_of(parse_json(text).at("data").at("result"))) {
      const bool known =
          std::binary_search(topology.services.begin(), topology.services.end(), name);
      auto durations = durations_in(buckets);
      if (known && !durations.empty()) topology.details[name].durations = std::move(durations);
    }
    return {};
  } catch (const Json::exception&) {
    return fail(fmt::format("`{}` is no answer of Prometheus", path));
  }
}

}  // namespace meshfn::simulate
