#include "function/event/google.h"

#include <fmt/format.h>

#include <vector>

#include "base/json.h"
#include "base/suggest.h"

namespace meshfn::function {

namespace {

using Json = nlohmann::ordered_json;

/// One product: where its resource name ends and the subject begins.
struct Product {
  std::string_view service;
  std::string_view
      subject;  ///< the first segment of the subject, "/objects/"; empty: none in names
};

constexpr Product kPubsub = {"pubsub.googleapis.com", ""};
constexpr Product kStorage = {"storage.googleapis.com", "/objects/"};
constexpr Product kFirestore = {"firestore.googleapis.com", "/documents/"};
constexpr Product kAuth = {"firebaseauth.googleapis.com", ""};
constexpr Product kDatabase = {"firebasedatabase.googleapis.com", "/refs/"};
constexpr Product kAnalytics = {"firebaseanalytics.googleapis.com", "/events/"};
constexpr Product kRemoteConfig = {"firebaseremoteconfig.googleapis.com", ""};

struct Type {
  std::string_view legacy;
  std::string_view cloud_event;
  const Product& product;
};

/// Of several legacy names of one type the first is the one that is written.
constexpr Type kTypes[] = {
    {"google.pubsub.topic.publish", "google.cloud.pubsub.topic.v1.messagePublished", kPubsub},
    {"providers/cloud.pubsub/eventTypes/topic.publish",
     "google.cloud.pubsub.topic.v1.messagePublished", kPubsub},
    {"google.storage.object.finalize", "google.cloud.storage.object.v1.finalized", kStorage},
    {"google.storage.object.delete", "google.cloud.storage.object.v1.deleted", kStorage},
    {"google.storage.object.archive", "google.cloud.storage.object.v1.archived", kStorage},
    {"google.storage.object.metadataUpdate", "google.cloud.storage.object.v1.metadataUpdated",
     kStorage},
    {"providers/cloud.storage/eventTypes/object.change", "google.cloud.storage.object.v1.finalized",
     kStorage},
    {"providers/cloud.firestore/eventTypes/document.write",
     "google.cloud.firestore.document.v1.written", kFirestore},
    {"providers/cloud.firestore/eventTypes/document.create",
     "google.cloud.firestore.document.v1.created", kFirestore},
    {"providers/cloud.firestore/eventTypes/document.update",
     "google.cloud.firestore.document.v1.updated", kFirestore},
    {"providers/cloud.firestore/eventTypes/document.delete",
     "google.cloud.firestore.document.v1.deleted", kFirestore},
    {"providers/firebase.auth/eventTypes/user.create", "google.firebase.auth.user.v1.created",
     kAuth},
    {"providers/firebase.auth/eventTypes/user.delete", "google.firebase.auth.user.v1.deleted",
     kAuth},
    {"providers/google.firebase.database/eventTypes/ref.create",
     "google.firebase.database.ref.v1.created", kDatabase},
    {"providers/google.firebase.database/eventTypes/ref.write",
     "google.firebase.database.ref.v1.written", kDatabase},
    {"providers/google.firebase.database/eventTypes/ref.update",
     "google.firebase.database.ref.v1.updated", kDatabase},
    {"providers/google.firebase.database/eventTypes/ref.delete",
     "google.firebase.database.ref.v1.deleted", kDatabase},
    {"providers/google.firebase.analytics/eventTypes/event.log",
     "google.firebase.analytics.log.v1.written", kAnalytics},
    {"providers/firebase.remoteConfig/remoteconfig.update",
     "google.firebase.remoteconfig.remoteConfig.v1.updated", kRemoteConfig},
};

constexpr std::string_view kPubsubMessage = "type.googleapis.com/google.pubsub.v1.PubsubMessage";

Result<Json> parse(std::string_view text) {
  Json json = parse_json(text);
  if (json.is_discarded()) return fail("the event is not JSON");
  if (!json.is_object()) return fail("the event is not a JSON object");
  return json;
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<const Type*> find_type(std::string_view name, std::string_view Type::*field) {
  std::vector<std::string_view> known;
  for (const Type& type : kTypes) {
    if (type.*field == name) return &type;
    known.push_back(type.*field);
  }
  return fail(fmt::format("unknown event type `{}`", name), did_you_mean(name, known));
}

/// What both notations say, taken out of the legacy one.
struct Background {
  std::string id;
  std::string time;
  std::string type;
  std::string service;   ///< empty unless the resource says it
  std::string resource;  ///< its name
  std::string domain;    ///< of the Realtime Database
  Json data;
};

/// The body of a Pub/Sub push subscription in the place of an event.
Result<Background> from_push(const Json& body, std::string_view topic) {
  const Json& message = body["message"];
  if (topic.empty()) {
    return usage_error("a Pub/Sub push does not say its topic",
                       "give `--topic projects/PROJECT/topics/TOPIC`");
  }
  Background event;
  event.id = text_at(message, message.contains("messageId") ? "messageId" : "message_id");
  event.time = text_at(message, message.contains("publishTime") ? "publishTime" : "publish_time");
  event.type = kTypes[0].legacy;
  event.resource = topic;
  event.data = {{"@type", kPubsubMessage},
                {"data", message.value("data", Json(nullptr))},
                {"attributes", message.value("attributes", Json::object())}};
  return event;
}

bool is_push(const Json& json) {
  return !json.contains("context") && !json.contains("eventId") && json.contains("message") &&
         json["message"].is_object();
}

bool has_cloud_attributes(const Json& json) {
  return json.contains("specversion") && json.contains("source");
}

Json pubsub_resource(std::string_view name) {
  return {{"service", kPubsub.service}, {"name", name}, {"type", kPubsubMessage}};
}

Result<Background> from_legacy(const Json& json, std::string_view topic) {
  if (is_push(json)) return from_push(json, topic);
  const Json& context = json.contains("context") ? json["context"] : json;
  if (!context.is_object() || text_at(context, "eventType").empty()) {
    return fail("the event has no `eventType`", "is it a legacy event, or a CloudEvent already?");
  }
  Background event;
  event.id = text_at(context, "eventId");
  event.time = text_at(context, "timestamp");
  event.type = text_at(context, "eventType");
  event.domain = text_at(json, "domain");
  event.data = json.value("data", Json(nullptr));
  const auto resource = context.find("resource");
  if (resource != context.end() && resource->is_object()) {
    event.service = text_at(*resource, "service");
    event.resource = text_at(*resource, "name");
  } else {
    event.resource = text_at(context, "resource");
  }
  return event;
}

/// Databases outside us-central1 have their location in their domain.
Result<std::string> with_location(const std::string& name, const std::string& domain) {
  if (domain.empty()) {
    return fail("the event of a Realtime Database has no `domain`, which tells its location");
  }
  const std::size_t instances = name.find("/instances/");
  if (instances == std::string::npos) {
    return fail(fmt::format("`{}` is not the name of a database", name));
  }
  const std::string location =
      domain == "firebaseio.com" ? "us-central1" : domain.substr(0, domain.find('.'));
  return name.substr(0, instances) + "/locations/" + location + name.substr(instances);
}

std::string without_part(std::string name, std::string_view part) {
  const std::size_t begin = name.find(part);
  if (begin == std::string::npos) return name;
  const std::size_t end = name.find('/', begin + part.size());
  return name.erase(begin, end == std::string::npos ? end : end - begin);
}

void rename_key(Json& object, const char* from, const char* to) {
  if (!object.is_object() || !object.contains(from)) return;
  object[to] = object[from];
  object.erase(from);
}

/// Puts `name` and `subject` for a legacy resource, and changes `data` where the product differs.
struct Upward {
  std::string name;
  std::string subject;
};

Result<Upward> convert_up(const Product& product, Background& event) {
  Upward up{event.resource, ""};
  const std::size_t cut =
      product.subject.empty() ? std::string::npos : up.name.find(product.subject);
  if (!product.subject.empty() && cut == std::string::npos) {
    return fail(fmt::format("the resource `{}` has no `{}`", event.resource, product.subject));
  }
  if (cut != std::string::npos) {
    up.subject = up.name.substr(cut + 1);
    up.name.resize(cut);
  }
  if (&product == &kStorage) {
    up.subject.resize(std::min(up.subject.size(), up.subject.find('#')));
  } else if (&product == &kPubsub) {
    Json message = event.data.is_object() ? event.data : Json::object();
    if (!message.contains("messageId")) message["messageId"] = event.id;
    if (!message.contains("publishTime")) message["publishTime"] = event.time;
    event.data = {{"message", std::move(message)}};
  } else if (&product == &kAuth) {
    if (event.data.is_object() && event.data.contains("metadata")) {
      rename_key(event.data["metadata"], "createdAt", "createTime");
      rename_key(event.data["metadata"], "lastSignedInAt", "lastSignInTime");
    }
    const std::string uid = text_at(event.data, "uid");
    if (!uid.empty()) up.subject = "users/" + uid;
  } else if (&product == &kDatabase) {
    auto name = with_location(up.name, event.domain);
    if (!name) return tl::unexpected(name.error());
    up.name = *name;
  } else if (&product == &kAnalytics) {
    const Json::json_pointer app("/userDim/appInfo/appId");
    if (event.data.contains(app)) up.name += "/apps/" + event.data.at(app).get<std::string>();
  }
  return up;
}

/// The legacy resource of a CloudEvent, and its data in place.
Json convert_down(const Product& product, std::string name, const std::string& subject,
                  Json& data) {
  if (&product == &kPubsub) {
    Json message = data.is_object() ? data.value("message", Json::object()) : Json::object();
    for (const char* key : {"messageId", "message_id", "publishTime", "publish_time"}) {
      message.erase(key);
    }
    data = std::move(message);
    return pubsub_resource(name);
  }
  if (&product == &kAuth) {
    if (data.is_object() && data.contains("metadata")) {
      rename_key(data["metadata"], "createTime", "createdAt");
      rename_key(data["metadata"], "lastSignInTime", "lastSignedInAt");
    }
    return name;
  }
  if (&product == &kDatabase) name = without_part(name, "/locations/");
  if (&product == &kAnalytics) name = without_part(name, "/apps/");
  if (!subject.empty()) name += "/" + subject;
  if (&product != &kStorage) return name;
  return {{"service", product.service}, {"name", name}, {"type", text_at(data, "kind")}};
}

/// A legacy event of any form as `{context, data}`.
Result<std::string> in_legacy_form(const Json& json, std::string_view topic) {
  const auto event = from_legacy(json, topic);
  if (!event) return tl::unexpected(event.error());
  Json resource = event->resource;
  if (is_push(json)) {
    resource = pubsub_resource(topic);
  } else if (const Json& context = json.contains("context") ? json["context"] : json;
             context.contains("resource")) {
    resource = context["resource"];
  }
  Json out;
  out["context"] = {{"eventId", event->id},
                    {"timestamp", event->time},
                    {"eventType", event->type},
                    {"resource", std::move(resource)}};
  out["data"] = event->data;
  return out.dump(2) + "\n";
}

}  // namespace

Result<std::string> to_cloud_event(std::string_view legacy, std::string_view topic) {
  auto json = parse(legacy);
  if (!json) return tl::unexpected(json.error());
  if (has_cloud_attributes(*json)) return json->dump(2) + "\n";
  auto event = from_legacy(*json, topic);
  if (!event) return tl::unexpected(event.error());
  const auto type = find_type(event->type, &Type::legacy);
  if (!type) return tl::unexpected(type.error());
  const Product& product = (*type)->product;
  const auto up = convert_up(product, *event);
  if (!up) return tl::unexpected(up.error());
  const std::string service =
      event->service.empty() ? std::string(product.service) : event->service;
  Json out = {{"specversion", "1.0"},
              {"type", (*type)->cloud_event},
              {"source", fmt::format("//{}/{}", service, up->name)}};
  if (!up->subject.empty()) out["subject"] = up->subject;
  out["id"] = event->id;
  if (!event->time.empty()) out["time"] = event->time;
  out["datacontenttype"] = "application/json";
  out["data"] = event->data;
  return out.dump(2) + "\n";
}

Result<std::string> to_legacy_event(std::string_view event, std::string_view topic) {
  auto json = parse(event);
  if (!json) return tl::unexpected(json.error());
  if (!has_cloud_attributes(*json)) return in_legacy_form(*json, topic);
  const auto type = find_type(text_at(*json, "type"), &Type::cloud_event);
  if (!type) return tl::unexpected(type.error());
  const Product& product = (*type)->product;
  const std::string source = text_at(*json, "source");
  const std::size_t slash = source.find('/', 2);
  if (!source.starts_with("//") || slash == std::string::npos) {
    return fail(fmt::format("the source `{}` is not `//SERVICE/RESOURCE`", source));
  }
  Json data = json->value("data", Json(nullptr));
  Json resource = convert_down(product, source.substr(slash + 1), text_at(*json, "subject"), data);
  Json out;
  out["context"] = {{"eventId", text_at(*json, "id")},
                    {"timestamp", text_at(*json, "time")},
                    {"eventType", (*type)->legacy},
                    {"resource", std::move(resource)}};
  out["data"] = std::move(data);
  return out.dump(2) + "\n";
}

bool is_cloud_event(std::string_view event) {
  const auto json = parse(event);
  return json && has_cloud_attributes(*json);
}

}  // namespace meshfn::function
