// Failures that outlive their cause are named, and others are not called so.

#include "catch.h"
#include "simulate/support.h"

namespace meshfn::simulate {

TEST_CASE("a retry storm is named as what it is", "[simulate][metastable]") {
  const Ran storm = meshfn({"simulate", gallery("retry-storm")});
  CHECK(storm.out.find("metastable failure: `hiccup` ended at 35 s") != std::string::npos);
  CHECK(storm.out.find("retries a request keep it overloaded") != std::string::npos);
}

TEST_CASE("a failure that ends, or never had a cause, is not metastable",
          "[simulate][metastable]") {
  for (const char* name : {"retry-budget", "zone-loss", "panic", "slow-subset"}) {
    INFO(name);
    CHECK(meshfn({"simulate", gallery(name)}).out.find("metastable") == std::string::npos);
  }
}

}  // namespace meshfn::simulate
