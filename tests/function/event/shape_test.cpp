// Each AWS event has the shape (same keys, same types) of the public sample of its name, where
// there is one.

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "function/event/sample.h"
#include "support/paths.h"

namespace meshfn::function {

namespace {

using Json = nlohmann::json;

/// Maps whose keys belong to the user: header names, attributes, custom fields.
const std::set<std::string> kOpen = {"headers",
                                     "multiValueHeaders",
                                     "pathParameters",
                                     "queryStringParameters",
                                     "multiValueQueryStringParameters",
                                     "stageVariables",
                                     "clientMetadata",
                                     "validationData",
                                     "publicChallengeParameters",
                                     "privateChallengeParameters",
                                     "userAttributes",
                                     "environment-variables",
                                     "userArguments"};

std::string kind(const Json& value) { return value.is_number() ? "number" : value.type_name(); }

void compare(const Json& ours, const Json& theirs, const std::string& at,
             std::vector<std::string>& differences) {
  if (kind(ours) != kind(theirs)) {
    differences.push_back(at + ": " + kind(ours) + ", not " + kind(theirs));
    return;
  }
  if (theirs.is_array() && !theirs.empty() && !ours.empty()) {
    compare(ours[0], theirs[0], at + "/0", differences);
  }
  if (!theirs.is_object() || kOpen.count(at.substr(at.rfind('/') + 1)) > 0) return;
  for (const auto& [key, value] : theirs.items()) {
    if (!ours.contains(key)) {
      differences.push_back(at + "/" + key + ": missing");
    } else {
      compare(ours[key], value, at + "/" + key, differences);
    }
  }
  for (const auto& [key, value] : ours.items()) {
    if (!theirs.contains(key)) differences.push_back(at + "/" + key + ": not in the sample");
  }
}

std::filesystem::path samples() {
  return std::filesystem::path(test::shared_path("fn")) / "cases" / "aws-events";
}

}  // namespace

TEST_CASE("an event has the shape of the public sample of its name", "[event]") {
  if (!std::filesystem::exists(samples())) {
    WARN("shared samples are absent: " << samples().string());
    return;
  }
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(samples())) {
    const std::string name = entry.path().stem().string();
    if (name.find("response") != std::string::npos) continue;
    INFO(name);
    const auto ours = sample_event(name);
    INFO((ours ? "" : ours.error().message));
    REQUIRE(ours.has_value());
    std::ifstream in(entry.path());
    std::vector<std::string> differences;
    compare(Json::parse(*ours), Json::parse(in), "", differences);
    CHECK(differences == std::vector<std::string>());
    ++seen;
  }
  CHECK(seen > 30);
}

}  // namespace meshfn::function
