// `function:` of a service: the platform's presets, and what a scenario changes in them.

#include "simulate/function_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/str.h"
#include "base/units.h"
#include "simulate/function_presets.h"

namespace meshfn::simulate {

namespace {

using yaml::MapReader;

constexpr std::int64_t kMostAtOnce = 1'000'000;
constexpr double kMegabyte = 1024.0 * 1024.0;

std::optional<std::uint32_t> count(MapReader& map, std::string_view key, std::int64_t least) {
  const auto n = map.integer(key, least, kMostAtOnce);
  return n ? std::optional(static_cast<std::uint32_t>(*n)) : std::nullopt;
}

/// A number of 0 or more.
std::optional<double> amount(MapReader& map, std::string_view key) {
  const auto n = map.number(key);
  if (!n || *n >= 0) return n;
  yaml::bad_value(map.problems(), map.where(key), fmt::format("`{}` must not be negative", key));
  return std::nullopt;
}

/// A size in MB.
std::optional<double> megabytes(MapReader& map, std::string_view key) {
  const auto text = map.string(key);
  if (!text) return std::nullopt;
  if (const auto bytes = parse_size(*text)) return static_cast<double>(*bytes) / kMegabyte;
  yaml::bad_value(map.problems(), map.where(key), fmt::format("`{}` is no size", *text),
                  "write it like `512MB`");
  return std::nullopt;
}

/// The row that `platform` and `plan` name.
const FunctionPreset& read_preset(MapReader& map) {
  std::vector<std::string_view> platforms;
  for (const FunctionPreset& preset : function_presets()) {
    if (platforms.empty() || platforms.back() != preset.platform) {
      platforms.push_back(preset.platform);
    }
  }
  const std::string platform = map.choice("platform", platforms).value_or("aws-lambda");
  std::vector<std::string_view> plans;
  for (const FunctionPreset& preset : function_presets()) {
    if (preset.platform == platform && !preset.plan.empty()) plans.push_back(preset.plan);
  }
  if (plans.empty()) {
    if (const yaml::Node plan = map.find("plan")) {
      yaml::bad_value(map.problems(), plan.where(), fmt::format("{} has no plans", platform),
                      "leave `plan` out");
    }
    return *find_preset(platform, "");
  }
  return *find_preset(platform, map.choice("plan", plans).value_or(std::string(plans[0])));
}

void read_memory(MapReader& map, const FunctionPreset& preset, FunctionSpec& out) {
  if (const auto mb = megabytes(map, "memory")) {
    out.memory_mb = *mb;
    if (*mb < preset.least_memory_mb || *mb > preset.most_memory_mb) {
      yaml::bad_value(map.problems(), map.where("memory"),
                      fmt::format("{} gives a function {:g} to {:g} MB, not {:g}", preset.platform,
                                  preset.least_memory_mb, preset.most_memory_mb, *mb));
    }
  }
  // Azure's Flex plan takes its default from the size of the instance.
  if (preset.plan == "flex") {
    out.instance_concurrency = out.memory_mb <= 512 ? 4 : out.memory_mb <= 2048 ? 16 : 32;
  }
  if (const auto mb = megabytes(map, "storage")) out.price.storage_mb = *mb;
  if (const auto cpus = amount(map, "cpus")) out.price.vcpus = *cpus;
  // Cloud Run lets less than a processor do one thing at a time.
  if (preset.plan == "run" && out.price.vcpus < 1) out.instance_concurrency = 1;
  constexpr std::string_view kArchitectures[] = {"x86_64", "arm64"};
  if (map.choice("arch", kArchitectures) == "arm64" && preset.platform == "aws-lambda") {
    out.price.per_gb_second = 0.0000133334;
  }
}

/// `concurrency: 100`, or `{limit, reserved, provisioned}`; and the numbers beside it.
void read_concurrency(MapReader& map, FunctionSpec& out) {
  if (const auto n = count(map, "instance-concurrency", 1)) out.instance_concurrency = *n;
  if (const auto n = count(map, "max-instances", 1)) out.max_instances = *n;
  std::uint32_t most = FunctionSpec::kUnlimited;
  if (out.max_instances != FunctionSpec::kUnlimited) {
    most = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        std::uint64_t{out.max_instances} * out.instance_concurrency, kMostAtOnce));
    out.concurrency = most;
  }
  if (const auto share = map.percent("target")) out.target = *share;
  if (const auto window = map.duration("target-window")) out.target_window = window->count();
  if (const auto n = count(map, "prewarmed-instances", 0)) out.prewarmed = *n;
  const yaml::Node node = map.find("concurrency");
  if (node && !node.is_mapping()) {
    if (const auto n = count(map, "concurrency", 1)) out.concurrency = std::min(*n, most);
    return;
  }
  if (!node) return;
  MapReader own(node, "concurrency", map.problems());
  if (const auto n = count(own, "reserved", 1)) out.reserved = out.concurrency = *n;
  if (const auto n = count(own, "limit", 1)) {
    out.concurrency = std::min({*n, most, out.reserved > 0 ? out.reserved : most});
  }
  if (const auto n = count(own, "provisioned", 0)) out.provisioned = *n;
  own.done();
}

void check_ready(MapReader& map, const FunctionSpec& out) {
  if (std::uint64_t{out.provisioned} * out.instance_concurrency <= out.concurrency) return;
  const bool own = static_cast<bool>(map.node().find("min-instances"));
  yaml::bad_value(map.problems(), map.where(own ? "min-instances" : "concurrency"),
                  fmt::format("{} environments are kept ready for {} invocations at once",
                              out.provisioned, out.concurrency),
                  "raise the limit, or keep fewer ready");
}

void read_scaling(MapReader& map, FunctionSpec& out) {
  const yaml::Node node = map.find("scaling");
  if (!node) return;
  if (node.is_scalar() && node.text() == "none") {
    out.scaling = {};
    return;
  }
  const std::size_t before = map.problems().size();
  MapReader own(node, "scaling", map.problems());
  const auto burst = count(own, "burst", 1);
  out.scaling.burst = burst.value_or(1);
  out.scaling.refill = amount(own, "refill").value_or(out.scaling.burst);
  if (const auto t = own.duration("per")) out.scaling.per = t->count();
  own.done();
  if (map.problems().size() > before) return;
  if (!burst) own.require("burst");
  for (const auto& [key, good] : {std::pair<std::string_view, bool>{"per", out.scaling.per > 0},
                                  {"refill", out.scaling.refill > 0}}) {
    if (good) continue;
    yaml::bad_value(map.problems(), own.where(key), fmt::format("`{}` must be above 0", key));
  }
}

/// `on-full: reject`, `queue` or `{queue: 10s}`.
void read_on_full(MapReader& map, FunctionSpec& out) {
  const yaml::Node node = map.find("on-full");
  if (!node) return;
  if (node.is_mapping()) {
    MapReader own(node, "on-full", map.problems());
    out.queues = true;
    if (own.node().size() == 0) own.require("queue");
    if (const auto t = own.duration("queue")) out.queue_timeout = t->count();
    return own.done();
  }
  constexpr std::string_view kWays[] = {"reject", "queue"};
  if (const auto way = map.choice("on-full", kWays)) out.queues = *way == "queue";
}

/// The cold start as it is written, or the runtime's.
void read_start(MapReader& map, const FunctionPreset& preset, FunctionSpec& out,
                ReadContext& context) {
  std::vector<std::string_view> names;
  for (const RuntimePreset& runtime : runtime_presets()) names.push_back(runtime.name);
  const auto runtime = map.choice("runtime", names);
  const bool image = map.boolean("image").value_or(false);
  for (const RuntimePreset& row : runtime_presets()) {
    if (!runtime || *runtime != row.name) continue;
    const double by_memory = preset.processor_mb > 0
                                 ? processor_factor(out.memory_mb, preset.processor_mb) /
                                       processor_factor(kRuntimeMemoryMb, preset.processor_mb)
                                 : 1;
    const auto p50 = static_cast<double>(row.p50 + (image ? kImageP50 : 0));
    const auto p99 = static_cast<double>(row.p99 + (image ? kImageP99 : 0));
    out.cold_start = Distribution::lognormal_p50_p99(p50, p99).scaled(by_memory);
  }
  if (image && !runtime) {
    yaml::bad_value(map.problems(), map.where("image"), "`image` changes the start of a `runtime`",
                    "name the runtime, or write the whole `cold-start`");
  }
  if (const yaml::Node node = map.find("cold-start")) {
    out.cold_start = read_distribution(node, context);
  }
  if (const yaml::Node node = map.find("keep-alive")) {
    out.keep_alive = read_distribution(node, context);
  }
  if (const auto t = map.duration("lifetime")) out.lifetime = t->count();
}

void read_timeout(MapReader& map, const FunctionPreset& preset, FunctionSpec& out) {
  const auto t = map.duration("timeout");
  if (!t) return;
  out.timeout = t->count();
  const bool too_long = preset.longest_timeout > 0 && out.timeout > preset.longest_timeout;
  if (out.timeout > 0 && !too_long) return;
  yaml::bad_value(
      map.problems(), map.where("timeout"),
      too_long ? fmt::format("{} ends every invocation after {}", preset.platform,
                             format_duration(std::chrono::nanoseconds(preset.longest_timeout)))
               : "`timeout` must be above 0");
}

void read_async(MapReader& map, AsyncSpec& out) {
  const yaml::Node node = map.find("async");
  if (!node) return;
  MapReader own(node, "async", map.problems());
  if (const auto n = own.integer("retries", 0, 1000)) out.retries = static_cast<std::uint32_t>(*n);
  if (own.node().find("delays")) out.delays.clear();
  for (const std::string& text : own.strings("delays")) {
    const auto delay = parse_duration(text);
    if (delay && delay->count() >= 0) {
      out.delays.push_back(delay->count());
      continue;
    }
    yaml::bad_value(map.problems(), own.where("delays"), fmt::format("`{}` is no duration", text),
                    "write them like `[1m, 2m]`");
  }
  if (const auto t = own.duration("max-age")) out.max_age = t->count();
  if (const auto t = own.duration("first-backoff"))
    out.first_backoff = std::max<Time>(1, t->count());
  if (const auto t = own.duration("longest-backoff")) {
    out.longest_backoff = std::max<Time>(1, t->count());
  }
  own.done();
}

void read_price(MapReader& map, PriceList& out) {
  const yaml::Node node = map.find("price");
  if (!node) return;
  MapReader own(node, "price", map.problems());
  constexpr std::string_view kWays[] = {"execution", "busy-instance", "instance"};
  if (const auto way = own.choice("billing", kWays)) {
    const auto* const at = std::find(std::begin(kWays), std::end(kWays), *way);
    out.billing = static_cast<PriceList::Billing>(at - std::begin(kWays));
  }
  for (const auto& [key, field] :
       {std::pair<std::string_view, double*>{"gb-second", &out.per_gb_second},
        {"vcpu-second", &out.per_vcpu_second},
        {"request", &out.per_request},
        {"ready-gb-second", &out.idle_per_gb_second},
        {"ready-vcpu-second", &out.idle_per_vcpu_second},
        {"provisioned-gb-second", &out.provisioned_per_gb_second},
        {"storage-gb-second", &out.storage_per_gb_second}}) {
    if (const auto value = amount(own, key)) *field = *value;
  }
  if (const auto t = own.duration("round")) out.round = std::max<Time>(kMillisecond, t->count());
  if (const auto t = own.duration("least")) out.least = t->count();
  if (const auto counts = own.boolean("start")) out.start_counts = *counts;
  own.done();
}

}  // namespace

FunctionSpec read_function(yaml::Node node, ReadContext& context) {
  MapReader map(node, "function", context.problems);
  const FunctionPreset& preset = read_preset(map);
  FunctionSpec out = spec_of(preset);
  out.where = place(node);
  read_memory(map, preset, out);
  read_concurrency(map, out);
  if (const auto n = count(map, "min-instances", 0)) out.provisioned = *n;
  check_ready(map, out);
  read_scaling(map, out);
  if (const auto rate = amount(map, "request-rate")) out.request_rate = *rate;
  read_start(map, preset, out, context);
  if (preset.platform == "gcp-functions") {
    // Cloud Run lets requests wait for 3.5 mean starts, or 10 s if that is more.
    out.queue_timeout = std::max(out.queue_timeout, from_nanos(3.5 * out.cold_start.mean()));
  }
  read_on_full(map, out);
  read_timeout(map, preset, out);
  if (const auto share = map.percent("cpu-time")) {
    const double cpus = out.price.vcpus > 0 ? out.price.vcpus : 1;
    const double factor = preset.processor_mb > 0
                              ? processor_factor(out.memory_mb, preset.processor_mb)
                              : processor_factor(cpus, 1);
    out.work_factor = 1 - *share + *share * factor;
  }
  read_async(map, out.async);
  read_price(map, out.price);
  map.done();
  return out;
}

void settle_function(ServiceSpec& service) {
  for (WorkloadSpec& workload : service.workloads) {
    if (workload.endpoints.empty()) workload.endpoints.push_back({"", 1});
    const double factor = service.function->work_factor;
    if (factor > 1) workload.service_time = workload.service_time.scaled(factor);
  }
}

}  // namespace meshfn::simulate
