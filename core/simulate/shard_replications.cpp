#include "simulate/shard_replications.h"

#include <fmt/format.h>

#include <limits>

#include "base/json.h"
#include "simulate/recording_json.h"
#include "simulate/simulation.h"

namespace meshfn::simulate {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kKey = "replications";

Json frame_json(const ReplicationPlan& plan) {
  return {{"scenario", plan.world->scenario.name},
          {"seed", plan.seed},
          {"count", plan.replications},
          {"inputs", plan.inputs}};
}

/// A value that may be no number at all ("never") is written as null.
Json number_json(double value) {
  return value < std::numeric_limits<double>::max() ? Json(value) : Json(nullptr);
}

double number_of(const Json& json, double never) {
  return json.is_null() ? never : json.get<double>();
}

Json run_json(const ReplicationFigures& run) {
  Json expectations = Json::array();
  for (const double value : run.expectations) expectations.push_back(number_json(value));
  return {{"figures", {run.success_rate, run.mean, run.p50, run.p99}},
          {"expectations", std::move(expectations)}};
}

ReplicationFigures run_of(const Json& json) {
  ReplicationFigures run;
  const Json& figures = json.at("figures");
  run.success_rate = figures.at(0).get<double>();
  run.mean = figures.at(1).get<double>();
  run.p50 = figures.at(2).get<double>();
  run.p99 = figures.at(3).get<double>();
  for (const Json& value : json.at("expectations")) {
    run.expectations.push_back(number_of(value, HUGE_VAL));
  }
  return run;
}

/// Adds parts up; the one that holds the first replication gives the course.
class Merger {
 public:
  explicit Merger(const ReplicationPlan& plan) : plan_(plan) {
    batch_.runs.resize(plan.replications);
  }

  Result<void> add(const ShardFile& file, const Json& json) {
    if (json.at(kKey) != frame_json(plan_)) {
      return fail(fmt::format("`{}` is a part of other replications", file.path),
                  "merge with the scenario, mesh, options and --replications of the parts");
    }
    const Shard shard{json.at("shard").at("index").get<std::uint32_t>(),
                      json.at("shard").at("of").get<std::uint32_t>()};
    if (const auto added = parts_.add(file.path, shard); !added) return added;
    if (!place(shard, json.at("runs"))) return damaged(file.path);
    if (json.at("runs").empty()) return {};
    Recording record = recording_of(json.at("recording"));
    if (whole_ && !same_shape(*whole_, record)) return damaged(file.path);
    if (!whole_) {
      whole_ = std::move(record);
    } else if (shard.index == 1) {
      record.merge(*whole_);
      whole_ = std::move(record);
    } else {
      whole_->merge(record);
    }
    return {};
  }

  Result<Answer> finish() {
    if (const auto whole = parts_.complete(); !whole) return tl::unexpected(whole.error());
    batch_.record = std::move(*whole_);
    return answer_of_batch(*plan_.world, plan_.seed, std::move(batch_));
  }

 private:
  /// Whether the runs are exactly those of the part.
  bool place(Shard shard, const Json& runs) {
    std::size_t at = shard.index - 1;
    for (const Json& run : runs) {
      if (at >= batch_.runs.size()) return false;
      batch_.runs[at] = run_of(run);
      if (batch_.runs[at].expectations.size() != plan_.world->scenario.expect.size()) return false;
      at += shard.count;
    }
    return at >= batch_.runs.size();
  }

  const ReplicationPlan& plan_;
  PartList parts_;
  Batch batch_;
  std::optional<Recording> whole_;
};

}  // namespace

std::string run_shard(const ReplicationPlan& plan, Shard shard, unsigned threads) {
  const Batch batch =
      run_batch(*plan.world, plan.seed, shard.index - 1, shard.count, plan.replications, threads);
  Json runs = Json::array();
  for (const ReplicationFigures& run : batch.runs) runs.push_back(run_json(run));
  const Json out = {{"schema", 1},
                    {"shard", {{"index", shard.index}, {"of", shard.count}}},
                    {kKey, frame_json(plan)},
                    {"runs", std::move(runs)},
                    {"recording", recording_json(batch.record, shard.index == 1)}};
  return out.dump() + "\n";
}

bool is_replications(const ShardFile& file) {
  const Json json = parse_json(file.text);
  return json.is_object() && json.contains(kKey);
}

Result<Answer> merge_replications(const ReplicationPlan& plan, std::span<const ShardFile> files) {
  Merger merger(plan);
  for (const ShardFile& file : files) {
    try {
      const auto added = merger.add(file, parse_json(file.text));
      if (!added) return tl::unexpected(added.error());
    } catch (const Json::exception&) {
      return fail(fmt::format("`{}` is no part of replications", file.path),
                  "write one with `meshfn simulate SCENARIO --replications 8 --shard 1/4`");
    }
  }
  return merger.finish();
}

}  // namespace meshfn::simulate
