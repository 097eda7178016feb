#pragma once

// What each platform, plan, runtime and event source does unless a scenario says otherwise: tables
// of defaults. Every figure is somebody's documentation or price list, or, where those are silent,
// a measurement or our own choice; the rows say which.

#include <span>
#include <string_view>
#include <vector>

#include "simulate/function_spec.h"

namespace meshfn::simulate {

struct FunctionPreset {
  std::string_view platform;
  std::string_view plan = {};  ///< the first of a platform is the default
  double memory_mb = 128;
  double least_memory_mb = 128;
  double most_memory_mb = 0;
  std::uint32_t concurrency = FunctionSpec::kUnlimited;  ///< unlimited: by its environments alone
  std::uint32_t instance_concurrency = 1;
  std::uint32_t max_instances = FunctionSpec::kUnlimited;
  std::uint32_t account_concurrency = 0;  ///< 0: no such limit
  std::uint32_t ready = 0;                ///< environments that are always there
  ScalingLimit scaling = {};
  double target = 0;  ///< see FunctionSpec
  Time target_window = 0;
  std::uint32_t prewarmed = 0;
  double request_rate = 0;
  bool queues = false;
  Time queue_timeout = 10 * kSecond;
  Time keep_alive = 0;
  Time timeout = 0;          ///< of one invocation, unless said otherwise; 0: the longest
  Time longest_timeout = 0;  ///< 0: any
  Time init_limit = 0;       ///< see FunctionSpec
  Time answer_limit = 0;     ///< see FunctionSpec
  /// Memory that comes with one processor, in MB; 0: processors do not depend on memory.
  double processor_mb = 0;
  PriceList price = {};
};

std::span<const FunctionPreset> function_presets();

/// The row of a platform; an empty plan is its default. Null when there is none.
const FunctionPreset* find_preset(std::string_view platform, std::string_view plan);

/// What a function is on `platform` when nothing else is said.
FunctionSpec spec_of(const FunctionPreset& preset);

/// Cold starts of a runtime with 512 MB: a lognormal law by its median and 99th percentile.
struct RuntimePreset {
  std::string_view name;
  Time p50;
  Time p99;
};

std::span<const RuntimePreset> runtime_presets();
/// A container image has to be fetched: added to both percentiles.
inline constexpr Time kImageP50 = 150 * kMillisecond;
inline constexpr Time kImageP99 = 600 * kMillisecond;
/// Memory at which the runtimes' cold starts hold.
inline constexpr double kRuntimeMemoryMb = 512;

/// AWS keeps so much of an account's concurrency for functions without a reservation.
inline constexpr std::uint32_t kUnreserved = 100;

/// How much longer processor time takes with `memory_mb` than with a whole processor: t = work /
/// min(1, memory / memory of one processor), for code of one thread. 1 where processors do not
/// depend on memory.
double processor_factor(double memory_mb, double processor_mb);

struct SourcePreset {
  std::string_view name;
  std::string_view summary;
  bool ordered;  ///< has shards, partitions or groups
  SourceSpec spec;
};

std::vector<SourcePreset> source_presets();

}  // namespace meshfn::simulate
