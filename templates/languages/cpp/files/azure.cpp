#include "azure.h"

#include <nlohmann/json.hpp>

#include "core.h"

<%if trigger == "http"%>
/// The request comes as the caller sent it (enableForwardingHttpRequest in host.json).
HttpMessage call(const HttpMessage& request) {
  const Answer answer = respond(query_of(request.target), request.body);
  return {.status = answer.status,
          .headers = {{"content-type", "application/json"}},
          .body = answer.body};
}
<%else%>
using nlohmann::json;

namespace {

/// The trigger's datum comes under its binding's name.
std::vector<Message> messages_of(const json& data, const json& metadata) {
<%if trigger == "queue"%>
  // The host hands on a message as a JSON string, or as JSON.
  json message = data.at("message");
  if (message.is_string()) message = json::parse(message.get<std::string>());
  return {{metadata.at("Id"), "<%name%>", message}};
<%elif trigger == "schedule"%>
  return {{metadata.at("sys").at("RandGuid"), "timer", data.at("timer")}};
<%elif trigger == "storage"%>
  (void)data;
  const json blob = {{"uri", metadata.at("Uri")},
                     {"name", metadata.at("name")},
                     {"properties", metadata.value("Properties", json())}};
  return {{metadata.at("Uri"), "<%name%>", blob}};
<%elif trigger == "event"%>
  (void)metadata;
  const json& event = data.at("event");
  // Event Grid's own schema says topic, CloudEvents say source.
  const char* source = event.contains("topic") ? "topic" : "source";
  return {{event.at("id"), event.at(source), event.value("data", json())}};
<%else%>
  (void)metadata;
  std::vector<Message> messages;
  for (const json& document : data.at("documents")) {
    // The etag differs for each version of a document.
    const std::string id = document.at("id").get<std::string>() + "@" + document.value("_etag", "");
    messages.push_back({id, "<%name%>", document});
  }
  return messages;
<%end%>
}

HttpMessage reply(int status, const json& body) {
  return {.status = status,
          .headers = {{"content-type", "application/json"}},
          .body = body.dump()};
}

}  // namespace

/// The host takes a status that is not 2xx for a failure, and delivers again.
HttpMessage call(const HttpMessage& request) {
  try {
    const json invocation = json::parse(request.body);
    json logs = json::array();
    for (const Message& message : messages_of(invocation.at("Data"), invocation.at("Metadata"))) {
      logs.push_back(handle(message).dump());
    }
    return reply(200, {{"Outputs", json::object()}, {"Logs", logs}});
  } catch (const std::exception& problem) {
    return reply(500, {{"error", problem.what()}});
  }
}
<%end%>
