#include "simulate/function_record.h"

#include <algorithm>
#include <numeric>

namespace meshfn::simulate {

namespace {

constexpr std::string_view kNames[kRefusals] = {
    "",       "concurrency", "account concurrency", "scaling rate", "request rate",
    "waited", "waiting room"};

}  // namespace

std::string_view to_string(Refusal refusal) { return kNames[static_cast<std::size_t>(refusal)]; }

void FunctionRecord::merge(const FunctionRecord& other) {
  const auto own = sums_of(*this);
  const auto theirs = sums_of(other);
  for (std::size_t i = 0; i < own.size(); ++i) *own[i] += *theirs[i];
  for (std::size_t i = 0; i < kRefusals; ++i) refused[i] += other.refused[i];
  most_environments = std::max(most_environments, other.most_environments);
  most_waiting = std::max(most_waiting, other.most_waiting);
  age.merge(other.age);
}

std::uint64_t FunctionRecord::throttled() const {
  return std::accumulate(refused.begin(), refused.end(), std::uint64_t{0});
}

}  // namespace meshfn::simulate
