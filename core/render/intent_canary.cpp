#include <algorithm>
#include <numeric>

#include "render/intent.h"

namespace meshfn::render {

namespace {

constexpr std::uint64_t kMaxWeight = 1'000'000;  // of a version

}  // namespace

void apply(const Canary& canary, std::vector<Version>& versions) {
  const std::uint32_t part =
      canary.now == 0 || canary.now > canary.steps.size() ? 0 : canary.steps[canary.now - 1];
  std::uint64_t others = 0;
  for (const Version& version : versions) {
    if (version.name != canary.version) others += version.weight;
  }
  std::uint64_t divisor = 0;
  std::vector<std::uint64_t> weights;
  for (const Version& version : versions) {
    const bool own = version.name == canary.version;
    weights.push_back(own ? part * std::max<std::uint64_t>(others, 1)
                          : std::uint64_t{100 - part} * version.weight);
    divisor = std::gcd(divisor, weights.back());
  }
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const std::uint64_t weight = weights[i] / std::max<std::uint64_t>(divisor, 1);
    versions[i].weight = static_cast<std::uint32_t>(std::min(weight, kMaxWeight));
  }
}

}  // namespace meshfn::render
