// Where requests went, for people: the share of each zone's requests that each zone served, who
// retries most, and which endpoint is nearest to its limit.

#include "simulate/report_places.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulate/text_table.h"

namespace meshfn::simulate {

namespace {

/// More rows and columns than these are no table that people read.
constexpr std::size_t kMostPairs = 16;
constexpr std::size_t kMostPhases = 6;
/// What is worth a line: every twentieth request sent again, an endpoint with a quarter more.
constexpr double kAmplified = 1.05;
constexpr double kUneven = 1.25;
constexpr std::size_t kMostEdges = 3;

struct Column {
  std::string name;
  std::vector<std::uint32_t> segments;
};

std::vector<Column> columns_of(const Answer& result) {
  std::vector<Column> columns;
  for (const PhaseFigures& phase : result.phases) {
    if (columns.size() < kMostPhases) columns.push_back({phase.name, phase.segments});
  }
  if (!columns.empty()) return columns;
  Column whole{"requests", {}};
  for (std::uint32_t s = 0; s < result.world->segments.size(); ++s) whole.segments.push_back(s);
  return {whole};
}

std::uint64_t count_of(const Answer& result, const Column& column, std::size_t link) {
  std::uint64_t sum = 0;
  for (const std::uint32_t s : column.segments) sum += result.record.traffic[s][link];
  return sum;
}

/// The share of what the zone `from` sent that went to `to`.
std::string share_of(const Answer& result, const Column& column, std::size_t from, std::size_t to) {
  const std::size_t zones = result.world->zones.size();
  std::uint64_t all = 0;
  for (std::size_t z = 0; z < zones; ++z) all += count_of(result, column, from * zones + z);
  if (all == 0) return "-";
  const auto own = static_cast<double>(count_of(result, column, from * zones + to));
  return fmt::format("{:.1f} %", 100 * own / static_cast<double>(all));
}

std::string name_of(const std::string& zone) { return zone.empty() ? "(no zone)" : zone; }

}  // namespace

std::string traffic_table(const Answer& result) {
  const std::size_t zones = result.world->zones.size();
  if (zones < 2) return {};
  const std::vector<Column> columns = columns_of(result);
  std::vector<std::string> header = {"from zone -> to zone"};
  for (const Column& column : columns) header.push_back(column.name);
  TextTable table(std::move(header));
  std::size_t rows = 0;
  for (std::size_t from = 0; from < zones; ++from) {
    for (std::size_t to = 0; to < zones; ++to) {
      const bool used = std::any_of(columns.begin(), columns.end(), [&](const Column& column) {
        return count_of(result, column, from * zones + to) > 0;
      });
      if (!used) continue;
      if (++rows > kMostPairs) return {};
      std::vector<std::string> row = {fmt::format("{} -> {}", name_of(result.world->zones[from]),
                                                  name_of(result.world->zones[to]))};
      for (const Column& column : columns) row.push_back(share_of(result, column, from, to));
      table.add(std::move(row));
    }
  }
  return rows == 0 ? "" : "\n" + table.text();
}

std::string hot_spots(const Answer& result) {
  std::string out;
  std::vector<const EdgeFigures*> edges;
  for (const EdgeFigures& edge : result.edges) {
    if (edge.amplification >= kAmplified) edges.push_back(&edge);
  }
  std::stable_sort(edges.begin(), edges.end(), [](const auto* a, const auto* b) {
    return a->amplification > b->amplification;
  });
  if (edges.size() > kMostEdges) edges.resize(kMostEdges);
  for (const EdgeFigures* edge : edges) {
    out += fmt::format("  retries: {} -> {}{} sends {:.2f} attempts for a request\n", edge->from,
                       edge->to, edge->subset.empty() ? "" : " / " + edge->subset,
                       edge->amplification);
  }
  for (const ServiceFigures& service : result.services) {
    if (!service.imbalance || *service.imbalance < kUneven || service.fleet) continue;
    const auto busiest =
        std::max_element(service.endpoints.begin(), service.endpoints.end(),
                         [](const auto& a, const auto& b) { return a.requests < b.requests; });
    out += fmt::format("  uneven: {} gets {:.2f} times the mean of its {} endpoints\n", busiest->id,
                       *service.imbalance, service.endpoints.size());
  }
  if (result.bottleneck) {
    out += fmt::format("  nearest to its limit: {}, {:.1f} % busy\n", result.bottleneck->endpoint,
                       100 * result.bottleneck->utilization);
  }
  return out;
}

}  // namespace meshfn::simulate
