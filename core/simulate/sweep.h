#pragma once

// Break everything of a sort, one after the other, and find out how much load each loss is survived
// at. Every loss is searched by itself, so losses run in parallel and split over machines.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulate/scenario.h"

namespace meshfn::simulate {

struct World;

/// The values of `--sweep`, in the order of `sweep_kinds()`.
inline constexpr std::string_view kSweepNames[] = {"each-zone", "each-endpoint", "each-service",
                                                   "pairs"};

/// What a sweep takes away; a row of the table behind `--sweep`.
struct SweepKind {
  std::string_view name;     ///< "each-zone"
  std::string_view any;      ///< "any one zone", for the sentence
  std::string_view summary;  ///< one line
  /// The losses: each a name and the faults that make it.
  std::vector<std::vector<FaultSpec>> (*losses)(const World& world);
};

std::span<const SweepKind> sweep_kinds();

/// Shares of the scenario's load between which survival is searched, in whole percent.
struct LoadRange {
  std::uint32_t low = 100;
  std::uint32_t high = 100;
};

/// "20%..150%" or "0.2x..1.5x".
Result<LoadRange> parse_load_range(std::string_view text);

/// One run of the scenario with a loss at some load.
struct SweepRun {
  double success_rate = 1;  ///< while something is lost; of the whole run when nothing is
  double p99 = 0;           ///< ms, likewise
  bool pass = true;
  std::string missed;   ///< the first expectation that was missed, and what it came to
  std::string weakest;  ///< "payments in eu-west-1/a (all 14 slots busy)"; empty on a pass
};

/// One loss, or "nothing" as the first of a sweep.
struct SweepRow {
  std::string name;
  SweepRun at_full;  ///< at 100 % of the load
  std::optional<std::uint32_t>
      survives;                    ///< highest share of load in percent; absent: not even low
  std::optional<SweepRun> beyond;  ///< the run that failed next above it; absent: none in the range
};

struct Sweep {
  std::string scenario;
  std::string kind;
  std::string any;
  LoadRange range;
  std::vector<std::string> expectations;  ///< what surviving means here
  std::vector<SweepRow> rows;

  /// Whether every loss is survived at 100 %.
  bool passed() const;
};

/// What a sweep will run; `rows` of the same plan can be computed anywhere.
class SweepPlan {
 public:
  /// Fails when there is nothing to lose, or more than 10 000 losses. Expectations that name a
  /// fault of the scenario are judged during the loss instead; without any, 99 % of the requests
  /// have to succeed meanwhile.
  static Result<SweepPlan> make(Scenario scenario, const SweepKind& kind, LoadRange range);

  std::size_t size() const { return losses_.size(); }

  std::uint64_t seed() const { return scenario_.seed; }

  /// Runs row `index`; the seed is the scenario's own, so that rows differ by their loss alone.
  SweepRow row(std::size_t index) const;

  /// The sweep without its rows.
  Sweep frame() const;

 private:
  SweepRun run(std::size_t index, std::uint32_t percent) const;

  Scenario scenario_;
  const SweepKind* kind_ = nullptr;
  LoadRange range_;
  std::vector<std::vector<FaultSpec>> losses_;  ///< the first one is empty
};

/// All rows, on up to `threads` threads.
Sweep run_sweep(const SweepPlan& plan, unsigned threads);

/// The conclusion in one sentence.
std::string conclusion(const Sweep& sweep);

}  // namespace meshfn::simulate
