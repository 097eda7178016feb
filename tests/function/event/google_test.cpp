#include "function/event/google.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "function/event/sample.h"
#include "support/paths.h"

namespace meshfn::function {

namespace {

using Json = nlohmann::json;

std::filesystem::path cases() {
  return std::filesystem::path(test::shared_path("fn")) / "cases" / "gcf-conversion";
}

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Json parsed(const Result<std::string>& text) {
  INFO((text ? "" : text.error().message));
  REQUIRE(text.has_value());
  return Json::parse(*text);
}

}  // namespace

TEST_CASE("the public conversion cases come out exactly", "[event]") {
  if (!std::filesystem::exists(cases())) {
    WARN("shared cases are absent: " << cases().string());
    return;
  }
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(cases())) {
    const std::string name = entry.path().filename().string();
    constexpr std::string_view kSuffix = "-legacy-input.json";
    if (!name.ends_with(kSuffix)) continue;
    const std::string stem = name.substr(0, name.size() - kSuffix.size());
    INFO(stem);
    const auto file = [&](const char* kind) { return cases() / (stem + "-" + kind + ".json"); };
    CHECK(parsed(to_cloud_event(content(entry.path()))) ==
          Json::parse(content(file("cloudevent-output"))));
    const bool converted = std::filesystem::exists(file("legacy-output-converted"));
    CHECK(parsed(to_legacy_event(content(file("cloudevent-input")))) ==
          Json::parse(content(file(converted ? "legacy-output-converted" : "legacy-output"))));
    // What a function of the same generation gets.
    CHECK(parsed(to_legacy_event(content(entry.path()))) ==
          Json::parse(content(file("legacy-output"))));
    CHECK(parsed(to_cloud_event(content(file("cloudevent-input")))) ==
          Json::parse(content(file("cloudevent-input"))));
    ++seen;
  }
  CHECK(seen >= 8);
}

TEST_CASE("our own samples survive the way there and back", "[event]") {
  for (const char* name : {"gcp-legacy-pubsub", "gcp-legacy-storage"}) {
    const std::string legacy = *sample_event(name);
    const auto event = to_cloud_event(legacy);
    REQUIRE(event.has_value());
    CHECK(is_cloud_event(*event));
    CHECK(parsed(to_legacy_event(*event)) == Json::parse(legacy));
  }
  for (const char* name : {"gcp-firestore", "gcp-firebase-auth", "gcp-storage", "gcp-pubsub"}) {
    INFO(name);
    const auto legacy = to_legacy_event(*sample_event(name));
    REQUIRE(legacy.has_value());
    const Json event = parsed(to_cloud_event(*legacy));
    CHECK(event["source"] == Json::parse(*sample_event(name))["source"]);
  }
}

TEST_CASE("users are renamed between the two notations", "[event]") {
  const Json event = parsed(to_cloud_event(R"({"eventId": "1", "timestamp": "t",
    "eventType": "providers/firebase.auth/eventTypes/user.create", "resource": "projects/p",
    "data": {"uid": "u", "metadata": {"createdAt": "a", "lastSignedInAt": "b"}}})"));
  CHECK(event["source"] == "//firebaseauth.googleapis.com/projects/p");
  CHECK(event["subject"] == "users/u");
  CHECK(event["data"]["metadata"] == Json({{"createTime", "a"}, {"lastSignInTime", "b"}}));
  const Json back = parsed(to_legacy_event(event.dump()));
  CHECK(back["context"]["resource"] == "projects/p");
  CHECK(back["data"]["metadata"] == Json({{"createdAt", "a"}, {"lastSignedInAt", "b"}}));
}

TEST_CASE("a Pub/Sub push becomes a CloudEvent when its topic is known", "[event]") {
  const std::string push = *sample_event("gcp-pubsub-push");
  CHECK(to_cloud_event(push).error().message == "a Pub/Sub push does not say its topic");
  const Json event = parsed(to_cloud_event(push, "projects/p/topics/t"));
  CHECK(event["source"] == "//pubsub.googleapis.com/projects/p/topics/t");
  CHECK(event["id"] == Json::parse(push)["message"]["messageId"]);
  CHECK(event["data"]["message"]["publishTime"] == "2026-01-01T12:00:00.000Z");
  const Json legacy = parsed(to_legacy_event(push, "projects/p/topics/t"));
  CHECK(legacy["context"]["resource"]["name"] == "projects/p/topics/t");
  CHECK(legacy["context"]["eventId"] == event["id"]);
  CHECK(legacy["data"]["@type"] == "type.googleapis.com/google.pubsub.v1.PubsubMessage");
  CHECK_FALSE(legacy["data"].contains("messageId"));
}

TEST_CASE("a generation and a named database are cut where they belong", "[event]") {
  const Json object = parsed(to_cloud_event(R"({"context": {"eventId": "1", "timestamp": "t",
    "eventType": "google.storage.object.delete", "resource": {"service": "storage.googleapis.com",
    "name": "projects/_/buckets/b/objects/a/c#15"}}, "data": {}})"));
  CHECK(object["subject"] == "objects/a/c");
  const Json document = parsed(to_cloud_event(R"({"eventId": "1", "timestamp": "t",
    "eventType": "providers/cloud.firestore/eventTypes/document.create",
    "resource": "projects/p/databases/other/documents/c/d", "data": {}})"));
  CHECK(document["source"] == "//firestore.googleapis.com/projects/p/databases/other");
}

TEST_CASE("an event that cannot be converted says why", "[event]") {
  CHECK(to_cloud_event("{").error().message == "the event is not JSON");
  CHECK(to_cloud_event("[]").error().message == "the event is not a JSON object");
  CHECK(to_cloud_event("{}").error().message == "the event has no `eventType`");
  const auto unknown = to_cloud_event(R"({"eventType": "google.pubsub.topic.publsh"})");
  CHECK(unknown.error().message == "unknown event type `google.pubsub.topic.publsh`");
  CHECK(unknown.error().hint == "did you mean `google.pubsub.topic.publish`?");
  const auto database = to_cloud_event(R"({"eventId": "1", "timestamp": "t",
    "eventType": "providers/google.firebase.database/eventTypes/ref.write",
    "resource": "projects/_/instances/i/refs/r", "data": {}})");
  CHECK_FALSE(database.has_value());
  CHECK_FALSE(to_legacy_event(R"({"type": "google.cloud.storage.object.v1.finalized",
    "specversion": "1.0", "source": "storage"})")
                  .has_value());
}

}  // namespace meshfn::function
