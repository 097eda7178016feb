// The gallery under tests/scenarios: each runs, and ends as its file name says.

#include <algorithm>
#include <iostream>
#include <sstream>

#include "base/files.h"
#include "catch.h"
#include "cli/app.h"
#include "simulate/support.h"

namespace meshfn::simulate {

namespace {

const std::string kGallery = MESHFN_SOURCE_DIR "/tests/scenarios";

}  // namespace

TEST_CASE("the gallery has both sides of every lesson", "[simulate][gallery]") {
  const auto paths = real_files()->walk(kGallery);
  REQUIRE(paths);
  CHECK(std::count_if(paths->begin(), paths->end(),
                      [](const std::string& p) { return p.ends_with(".scenario.yaml"); }) >= 3);
}

}  // namespace meshfn::simulate
