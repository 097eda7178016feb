// Many runs of one world with different seeds, and how sure their mean is.

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <mutex>

#include "simulate/answer.h"
#include "simulate/parallel.h"
#include "simulate/simulation.h"

namespace meshfn::simulate {

namespace {

/// What is no number: a recovery that never came.
constexpr double kNoNumber = 1e200;

/// Seed of replication `index`; the first one is the scenario's own.
std::uint64_t seed_of(std::uint64_t seed, std::uint32_t index) {
  if (index == 0) return seed;
  std::uint64_t state = seed + index;
  return split_mix(state);
}

/// Takes recordings in any order and merges them in theirs.
class Merger {
 public:
  void add(std::size_t index, Recording record) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(index, std::move(record));
    while (!waiting_.empty() && waiting_.begin()->first == next_) {
      if (next_ == 0) {
        sum_ = std::move(waiting_.begin()->second);
      } else {
        sum_.merge(waiting_.begin()->second);
      }
      waiting_.erase(waiting_.begin());
      ++next_;
    }
  }

  Recording take() { return std::move(sum_); }

 private:
  std::mutex mutex_;
  std::map<std::size_t, Recording> waiting_;
  std::size_t next_ = 0;
  Recording sum_;
};

ReplicationFigures figures_of(const Answer& answer) {
  ReplicationFigures figures{answer.totals.success_rate,
                             answer.totals.latency.mean,
                             answer.totals.latency.p50,
                             answer.totals.latency.p99,
                             {}};
  for (const ExpectationFigures& e : answer.expectations) figures.expectations.push_back(e.actual);
  return figures;
}

/// Whether the figure of several runs together is the mean of theirs, not that of their sum: it
/// counts in one run, or hangs on that run's course.
bool is_per_run(Metric metric) {
  return metric == Metric::recovery_time || metric == Metric::detection_time ||
         metric == Metric::ejections || metric == Metric::availability || metric == Metric::cost;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) {
    if (v >= kNoNumber) return v;
    sum += v;
  }
  return sum / static_cast<double>(values.size());
}

}  // namespace

std::optional<Interval> interval95(std::span<const double> values) {
  // Student's t for 1 … 30 degrees of freedom, then the normal value.
  constexpr double kT[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                           2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                           2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (values.size() < 2) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double v : values) {
    if (v >= kNoNumber) return std::nullopt;
    mean += v / n;
  }
  double variance = 0;
  for (const double v : values) variance += (v - mean) * (v - mean) / (n - 1);
  const double t = values.size() - 2 < std::size(kT) ? kT[values.size() - 2] : 1.96;
  const double half = t * std::sqrt(variance / n);
  return Interval{mean, mean - half, mean + half};
}

std::optional<Interval> interval_of(const Answer& result, double ReplicationFigures::*figure) {
  std::vector<double> values;
  for (const ReplicationFigures& run : result.runs) values.push_back(run.*figure);
  return interval95(values);
}

Batch run_batch(const World& world, std::uint64_t seed, std::uint32_t first, std::uint32_t step,
                std::uint32_t end, unsigned threads) {
  Batch batch;
  const std::size_t count = end > first ? (end - first - 1) / step + 1 : 0;
  batch.runs.resize(count);
  Merger merger;
  for_each_index(count, threads, [&](std::size_t i) {
    const std::uint64_t own = seed_of(seed, first + static_cast<std::uint32_t>(i) * step);
    Answer one = summarise(world, own, 1, Simulation(world, own).run());
    batch.runs[i] = figures_of(one);
    merger.add(i, std::move(one.record));
  });
  batch.record = merger.take();
  return batch;
}

Answer answer_of_batch(const World& world, std::uint64_t seed, Batch batch) {
  const auto count = static_cast<std::uint32_t>(batch.runs.size());
  Answer result = summarise(world, seed, count, std::move(batch.record));
  result.runs = std::move(batch.runs);
  for (std::size_t e = 0; e < result.expectations.size(); ++e) {
    std::vector<double> values;
    for (const ReplicationFigures& run : result.runs) values.push_back(run.expectations[e]);
    ExpectationFigures& judged = result.expectations[e];
    judged.interval = interval95(values);
    if (count < 2 || !is_per_run(judged.expectation.metric)) continue;
    judged.actual = mean_of(values);
    judged.pass = judged.expectation.holds(judged.actual);
    if (judged.pass) judged.why.clear();
    if (!judged.pass && judged.why.empty()) judged.why = explain(world, result, judged.expectation);
  }
  return result;
}

Answer simulate(const World& world, std::uint64_t seed, std::uint32_t replications,
                unsigned threads) {
  return answer_of_batch(world, seed, run_batch(world, seed, 0, 1, replications, threads));
}

}  // namespace meshfn::simulate
