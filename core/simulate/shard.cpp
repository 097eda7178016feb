#include "simulate/shard.h"

#include <fmt/format.h>

#include <charconv>

#include "base/json.h"
#include "base/str.h"
#include "simulate/parallel.h"

namespace meshfn::simulate {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kMostShards = 10'000;

std::uint32_t number_of(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

// Numbers are written in the shortest form that reads back as the same double.
Json to_json_run(const SweepRun& run) {
  return {{"successRate", run.success_rate},
          {"p99Ms", run.p99},
          {"pass", run.pass},
          {"missed", run.missed},
          {"weakest", run.weakest}};
}

SweepRun run_of(const Json& json) {
  return {json.at("successRate").get<double>(), json.at("p99Ms").get<double>(),
          json.at("pass").get<bool>(), json.at("missed").get<std::string>(),
          json.at("weakest").get<std::string>()};
}

Json row_json(std::size_t place, const SweepRow& row) {
  return {{"case", place},
          {"lost", row.name},
          {"atFullLoad", to_json_run(row.at_full)},
          {"survivesPercent", row.survives ? Json(*row.survives) : Json(nullptr)},
          {"beyond", row.beyond ? to_json_run(*row.beyond) : Json(nullptr)}};
}

SweepRow row_of(const Json& json) {
  SweepRow row{json.at("lost").get<std::string>(), run_of(json.at("atFullLoad")), {}, {}};
  const Json& survives = json.at("survivesPercent");
  if (!survives.is_null()) row.survives = survives.get<std::uint32_t>();
  if (!json.at("beyond").is_null()) row.beyond = run_of(json.at("beyond"));
  return row;
}

/// What has to be the same in all parts.
Json frame_json(const SweepPlan& plan) {
  const Sweep sweep = plan.frame();
  return {{"scenario", sweep.scenario},
          {"seed", plan.seed()},
          {"kind", sweep.kind},
          {"any", sweep.any},
          {"lowPercent", sweep.range.low},
          {"highPercent", sweep.range.high},
          {"expectations", sweep.expectations},
          {"cases", plan.size()}};
}

Sweep sweep_of(const Json& frame) {
  Sweep sweep;
  sweep.scenario = frame.at("scenario").get<std::string>();
  sweep.kind = frame.at("kind").get<std::string>();
  sweep.any = frame.at("any").get<std::string>();
  sweep.range = {frame.at("lowPercent").get<std::uint32_t>(),
                 frame.at("highPercent").get<std::uint32_t>()};
  sweep.expectations = frame.at("expectations").get<std::vector<std::string>>();
  return sweep;
}

/// One part at a time is checked against the first and adds its rows.
class Merger {
 public:
  Result<void> add(const ShardFile& file, const Json& json) {
    const Shard shard{json.at("shard").at("index").get<std::uint32_t>(),
                      json.at("shard").at("of").get<std::uint32_t>()};
    const bool is_first = parts_.empty();
    if (!is_first && json.at("sweep") != frame_) return different_runs(parts_.first(), file.path);
    if (const auto added = parts_.add(file.path, shard); !added) return added;
    if (is_first) {
      frame_ = json.at("sweep");
      sweep_ = sweep_of(frame_);
      const auto cases = frame_.at("cases").get<std::size_t>();
      if (cases > kMostCases) return damaged(file.path);
      sweep_.rows.resize(cases);
    }
    return add_rows(file, shard, json.at("rows"));
  }

  Result<Sweep> finish() {
    if (const auto whole = parts_.complete(); !whole) return tl::unexpected(whole.error());
    return std::move(sweep_);
  }

 private:
  static constexpr std::size_t kMostCases = 20'000;

  Result<void> add_rows(const ShardFile& file, Shard shard, const Json& rows) {
    std::size_t expected = shard.index - 1;
    for (const Json& row : rows) {
      if (row.at("case").get<std::size_t>() != expected || expected >= sweep_.rows.size()) {
        return damaged(file.path);
      }
      sweep_.rows[expected] = row_of(row);
      expected += shard.count;
    }
    if (expected < sweep_.rows.size()) return damaged(file.path);
    return {};
  }

  Json frame_;
  PartList parts_;
  Sweep sweep_;
};

}  // namespace

tl::unexpected<Error> damaged(const std::string& path) {
  return fail(fmt::format("`{}` is damaged: its rows do not fit its part", path),
              "write it again with `--shard`");
}

tl::unexpected<Error> different_runs(const std::string& a, const std::string& b) {
  return fail(fmt::format("`{}` and `{}` are parts of different runs", a, b),
              "merge files of one scenario, one seed, one --sweep or --replications, and one "
              "number of parts");
}

Result<void> PartList::add(const std::string& path, Shard shard) {
  if (seen_.empty()) {
    if (shard.count == 0 || shard.count > kMostShards) return damaged(path);
    first_ = path;
    seen_.resize(shard.count);
  }
  if (shard.count != seen_.size()) return different_runs(first_, path);
  if (shard.index < 1 || shard.index > seen_.size()) return damaged(path);
  std::string& seen = seen_[shard.index - 1];
  if (!seen.empty()) {
    return fail(
        fmt::format("`{}` and `{}` are the same part {}/{}", seen, path, shard.index, shard.count));
  }
  seen = path;
  return {};
}

Result<void> PartList::complete() const {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (seen_[i].empty()) missing.push_back(fmt::format("{}/{}", i + 1, seen_.size()));
  }
  if (missing.empty()) return {};
  return fail(
      fmt::format("{} missing: {}", str::count(missing.size(), "part"), str::join(missing, ", ")),
      "run each with `--shard K/N` and merge all files");
}

Result<Shard> parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  Shard shard{0, 0};
  if (slash != std::string_view::npos) {
    shard = {number_of(text.substr(0, slash)), number_of(text.substr(slash + 1))};
  }
  if (shard.index >= 1 && shard.index <= shard.count && shard.count <= kMostShards) return shard;
  return usage_error(fmt::format("--shard must be K/N with K from 1 to N, not `{}`", text),
                     "`--shard 1/4` to `--shard 4/4` are the four parts");
}

std::string run_shard(const SweepPlan& plan, Shard shard, unsigned threads) {
  const std::size_t first = shard.index - 1;
  const std::size_t count = plan.size() > first ? (plan.size() - first - 1) / shard.count + 1 : 0;
  std::vector<SweepRow> rows(count);
  for_each_index(count, threads,
                 [&](std::size_t i) { rows[i] = plan.row(first + i * shard.count); });
  Json list = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back(row_json(first + i * shard.count, rows[i]));
  }
  const Json out = {{"schema", 1},
                    {"shard", {{"index", shard.index}, {"of", shard.count}}},
                    {"sweep", frame_json(plan)},
                    {"rows", std::move(list)}};
  return out.dump(2) + "\n";
}

Result<Sweep> merge_shards(std::span<const ShardFile> files) {
  Merger merger;
  for (const ShardFile& file : files) {
    try {
      const auto added = merger.add(file, parse_json(file.text));
      if (!added) return tl::unexpected(added.error());
    } catch (const Json::exception&) {
      return fail(fmt::format("`{}` is no part of a sweep", file.path),
                  "write one with `meshfn simulate SCENARIO --sweep each-zone --shard 1/4`");
    }
  }
  return merger.finish();
}

}  // namespace meshfn::simulate
