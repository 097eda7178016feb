#include "base/random.h"

#include "catch.h"

namespace meshfn {

TEST_CASE("the generator gives the published numbers", "[base]") {
  // SplitMix64 from seed 0 (Vigna's splitmix64.c).
  std::uint64_t state = 0;
  CHECK(split_mix(state) == 0xE220A8397B1DCDAFULL);
  CHECK(split_mix(state) == 0x6E789E6AA1B965F4ULL);
}

TEST_CASE("streams of different names are unrelated, of the same name equal", "[base]") {
  Random a = Random::stream(7, "client/web");
  Random b = Random::stream(7, "client/web");
  Random c = Random::stream(7, "client/wec");
  const std::uint64_t first = a.next();
  CHECK(first == b.next());
  CHECK(first != c.next());
}

TEST_CASE("uniform draws fill their range evenly", "[base]") {
  Random random(1);
  int counts[7] = {};
  double sum = 0;
  constexpr int kDraws = 70'000;
  for (int i = 0; i < kDraws; ++i) {
    ++counts[random.below(7)];
    sum += random.uniform();
  }
  // 5 standard deviations of a binomial count.
  for (const int count : counts) CHECK(std::abs(count - kDraws / 7) < 463);
  CHECK(sum / kDraws == Approx(0.5).margin(0.006));
}

}  // namespace meshfn
