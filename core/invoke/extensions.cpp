#include "invoke/extensions.h"

#include <algorithm>

#include "base/json.h"
#include "invoke/identity.h"
#include "invoke/runtime_api.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPrefix = "/2020-01-01/extension/";
constexpr std::string_view kName = "Lambda-Extension-Name";
constexpr std::string_view kIdentifier = "Lambda-Extension-Identifier";
constexpr std::string_view kErrorType = "Lambda-Extension-Function-Error-Type";

http::Response refusal(int status, std::string_view type, std::string_view message) {
  return {status, {{"Content-Type", "application/json"}}, error_document(type, message)};
}

http::Response accepted() {
  return {202, {{"Content-Type", "application/json"}}, "{\"status\":\"OK\"}\n"};
}

/// The events of a registration; nothing when the body is not one.
bool read_events(const std::string& body, std::vector<std::string>& events) {
  const Json document = parse_json(body);
  if (!document.is_object()) return false;
  const auto list = document.find("events");
  if (list == document.end()) return true;
  if (!list->is_array()) return false;
  for (const Json& event : *list) {
    if (!event.is_string()) return false;
    events.push_back(event.get<std::string>());
  }
  return true;
}

bool contains(const std::vector<std::string>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

bool Extensions::owns(std::string_view target) { return target.starts_with(kPrefix); }

void Extensions::handle(const http::Request& request, http::Reply reply) {
  const std::string target = request.target.substr(0, request.target.find('?'));
  const std::string_view action = std::string_view(target).substr(kPrefix.size());
  if (request.method == "POST" && action == "register") return add(request, reply);
  if (request.method == "GET" && action == "event/next") {
    if (Member* member = find(request, reply)) next(*member, std::move(reply));
    return;
  }
  if (request.method == "POST" && action == "init/error") {
    return report(request, reply, "Extension.InitError");
  }
  if (request.method == "POST" && action == "exit/error") {
    return report(request, reply, "Extension.ExitError");
  }
  reply(refusal(404, "NotFound", "404 page not found"));
}

void Extensions::expect(std::vector<std::string> names) { expected_ = std::move(names); }

void Extensions::add(const http::Request& request, const http::Reply& reply) {
  Member member;
  member.name = std::string(request.field(kName));
  member.external = contains(expected_, member.name);
  std::vector<std::string> events;
  if (member.name.empty()) {
    return reply(refusal(403, "Extension.InvalidExtensionName", "Empty extension name"));
  }
  if (!open_) {
    return reply(refusal(403, "Extension.RegistrationClosed", "Extension registration closed"));
  }
  if (!read_events(request.body, events)) {
    return reply(refusal(400, "InvalidRequestFormat", "Invalid request format"));
  }
  for (const auto& [identifier, other] : members_) {
    if (other.name != member.name) continue;
    return reply(refusal(403, "Extension.InvalidExtensionState",
                         "State transition from Registered to Registered failed for extension " +
                             member.name + ". Error: State transition is not allowed"));
  }
  for (const std::string& event : events) {
    const bool fine = event == "INVOKE" || (event == "SHUTDOWN" && member.external);
    if (fine) continue;
    return reply(refusal(403, "Extension.InvalidEventType",
                         event == "SHUTDOWN" ? "SHUTDOWN is not for internal extensions"
                                             : event + ": no such event"));
  }
  if (members_.size() >= kMostExtensions) {
    return reply(refusal(403, "Extension.TooManyExtensions", "Extension limit (10) reached"));
  }
  member.wants_invoke = contains(events, "INVOKE");
  member.wants_shutdown = contains(events, "SHUTDOWN");
  const std::string identifier = make_request_id(random_);
  Json body = {{"functionName", host_.function_name},
               {"functionVersion", "$LATEST"},
               {"handler", host_.handler}};
  if (request.field("Lambda-Extension-Accept-Feature").find("accountId") != std::string::npos) {
    body["accountId"] = host_.account_id;
  }
  events_.told(member.name, "Registered", events);
  members_.emplace(identifier, std::move(member));
  reply({200,
         {{"Content-Type", "application/json"}, {std::string(kIdentifier), identifier}},
         body.dump()});
}

Extensions::Member* Extensions::find(const http::Request& request, const http::Reply& reply) {
  const std::string_view identifier = request.field(kIdentifier);
  const auto found = members_.find(identifier);
  if (found != members_.end()) return &found->second;
  if (identifier.empty()) {
    reply(refusal(403, "Extension.MissingExtensionIdentifier",
                  "Missing Lambda-Extension-Identifier header"));
  } else if (identifier.size() != 36) {
    reply(refusal(403, "Extension.InvalidExtensionIdentifier",
                  "Invalid Lambda-Extension-Identifier"));
  } else {
    reply(refusal(403, "Extension.UnknownExtensionIdentifier",
                  "Unknown extension " + std::string(identifier)));
  }
  return nullptr;
}

void Extensions::next(Member& member, http::Reply reply) {
  if (!member.started) {
    std::vector<std::string> events;
    if (member.wants_invoke) events.emplace_back("INVOKE");
    if (member.wants_shutdown) events.emplace_back("SHUTDOWN");
    events_.told(member.name, "Ready", events);
  }
  member.started = true;
  member.waiting = std::move(reply);
  if (!member.pending.empty()) send(member, std::exchange(member.pending, {}));
}

void Extensions::send(Member& member, std::string event) {
  if (!member.waiting) {
    member.pending = std::move(event);
    return;
  }
  const http::Reply reply = std::exchange(member.waiting, nullptr);
  reply({200,
         {{"Content-Type", "application/json"},
          {"Lambda-Extension-Event-Identifier", make_request_id(random_)}},
         std::move(event)});
}

void Extensions::report(const http::Request& request, const http::Reply& reply,
                        std::string_view type) {
  const Member* member = find(request, reply);
  if (member == nullptr) return;
  const std::string reason(request.field(kErrorType));
  if (reason.empty()) {
    return reply(refusal(403, "Extension.MissingHeader",
                         "Missing Lambda-Extension-Function-Error-Type header"));
  }
  const std::string message = member->name + ": " + reason;
  reply(accepted());
  events_.failed(std::string(type), message);
}

bool Extensions::all_registered() const {
  return std::all_of(expected_.begin(), expected_.end(), [&](const std::string& name) {
    return std::any_of(members_.begin(), members_.end(),
                       [&](const auto& entry) { return entry.second.name == name; });
  });
}

bool Extensions::all_waiting() const { return late().empty(); }

std::vector<std::string> Extensions::late() const {
  std::vector<std::string> names;
  for (const auto& [identifier, member] : members_) {
    const bool quiet = member.waiting || (member.started && !member.wants_invoke);
    if (!quiet) names.push_back(member.name);
  }
  return names;
}

void Extensions::invoke(const std::string& request_id, std::int64_t deadline_ms,
                        const std::string& arn, const std::string& trace_id) {
  Json event = {{"eventType", "INVOKE"},
                {"deadlineMs", deadline_ms},
                {"requestId", request_id},
                {"invokedFunctionArn", arn},
                {"tracing", {{"type", "X-Amzn-Trace-Id"}, {"value", trace_id}}}};
  for (auto& [identifier, member] : members_) {
    if (member.wants_invoke) send(member, event.dump());
  }
}

bool Extensions::shut_down(std::string_view reason, std::int64_t deadline_ms) {
  const Json event = {
      {"eventType", "SHUTDOWN"}, {"shutdownReason", reason}, {"deadlineMs", deadline_ms}};
  bool anybody = false;
  for (auto& [identifier, member] : members_) {
    if (!member.wants_shutdown) continue;
    anybody = true;
    send(member, event.dump());
  }
  return anybody;
}

void Extensions::restart() {
  members_.clear();
  open_ = true;
}

std::string Extensions::name_of(std::string_view identifier) const {
  const auto found = members_.find(identifier);
  return found == members_.end() ? std::string() : found->second.name;
}

}  // namespace meshfn::invoke
