#include "invoke/runtime_api.h"

#include <fmt/format.h>

#include "base/json.h"
#include "function/event/encode.h"

namespace meshfn::invoke {

namespace {

constexpr std::string_view kVersion = "/2018-06-01/";
constexpr std::string_view kMetadata = "/2026-01-15/metadata/execution-environment";
constexpr std::string_view kErrorType = "Lambda-Runtime-Function-Error-Type";
constexpr std::string_view kErrorBody = "Lambda-Runtime-Function-Error-Body";
constexpr std::string_view kResponseMode = "Lambda-Runtime-Function-Response-Mode";

http::Response json_reply(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

http::Response accepted() { return json_reply(202, "{\"status\":\"OK\"}\n"); }

http::Response refusal(int status, std::string_view type, std::string_view message) {
  return json_reply(status, error_document(type, message));
}

http::Response invalid_id() { return refusal(400, "InvalidRequestID", "Invalid request ID"); }

/// Lambda accepts only `Runtime.Xyz` and `Function.Xyz`.
bool is_error_type(std::string_view text) {
  for (const std::string_view prefix : {"Runtime.", "Function."}) {
    if (!text.starts_with(prefix)) continue;
    const std::string_view rest = text.substr(prefix.size());
    return rest.size() > 1 && rest[0] >= 'A' && rest[0] <= 'Z' &&
           rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
               std::string_view::npos;
  }
  return false;
}

std::string error_type(std::string_view header) {
  if (header.empty()) return {};
  if (is_error_type(header)) return std::string(header);
  return header.starts_with("Function.") ? "Function.Unknown" : "Runtime.Unknown";
}

Answer failure(std::string type, std::string_view message) {
  Answer answer;
  answer.failed = true;
  answer.body = error_document(type, message);
  answer.content_type = "application/json";
  answer.error_type = std::move(type);
  return answer;
}

Answer reported_error(http::Request& request) {
  Answer answer;
  answer.failed = true;
  answer.content_type = std::string(request.field("Content-Type"));
  answer.error_type = error_type(request.field(kErrorType));
  answer.exports = std::string(request.field("Meshfn-Exports"));
  answer.body = std::move(request.body);
  return answer;
}

/// Where the environment runs, for those who show the token of their variables.
http::Response metadata(const http::Request& request) {
  if (!request.field("Authorization").starts_with("Bearer ")) {
    return refusal(401, "Unauthorized",
                   "Authorization: Bearer $AWS_LAMBDA_METADATA_TOKEN is missing");
  }
  return json_reply(200, R"({"AvailabilityZoneID":"use1-az1"})");
}

http::Fields invocation_fields(const Invocation& invocation) {
  http::Fields fields = {
      {"Content-Type", "application/json"},
      {"Lambda-Runtime-Aws-Request-Id", invocation.request_id},
      {"Lambda-Runtime-Deadline-Ms", std::to_string(invocation.deadline_ms)},
      {"Lambda-Runtime-Invoked-Function-Arn", invocation.function_arn},
  };
  const std::pair<const char*, const std::string&> optional[] = {
      {"Lambda-Runtime-Trace-Id", invocation.trace_id},
      {"Lambda-Runtime-Client-Context", invocation.client_context},
      {"Lambda-Runtime-Cognito-Identity", invocation.cognito_identity},
      {"Lambda-Runtime-Aws-Tenant-Id", invocation.tenant_id},
  };
  for (const auto& [name, value] : optional) {
    if (!value.empty()) fields.emplace_back(name, value);
  }
  return fields;
}

}  // namespace

std::string error_document(std::string_view type, std::string_view message) {
  nlohmann::ordered_json document;
  document["errorType"] = type;
  document["errorMessage"] = message;
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void RuntimeApi::handle(http::Request request, http::Reply reply) {
  const std::string target = request.target.substr(0, request.target.find('?'));
  if (target == kMetadata) return reply(metadata(request));
  if (!target.starts_with(kVersion)) return reply(refusal(404, "NotFound", "404 page not found"));
  const std::vector<std::string_view> parts =
      str::split(std::string_view(target).substr(kVersion.size()), '/');
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  const bool runtime = parts.size() > 2 && parts[0] == "runtime";
  if (get && parts.size() == 1 && parts[0] == "ping") return reply({200, {}, "pong"});
  if (get && runtime && parts[1] == "invocation" && parts[2] == "next") {
    return next(request, std::move(reply));
  }
  if (post && runtime && parts[1] == "init" && parts[2] == "error") {
    return init_error(std::move(request), reply);
  }
  if (post && runtime && parts.size() == 4 && parts[1] == "invocation") {
    const std::string id(parts[2]);
    if (parts[3] == "response") return response(id, std::move(request), reply);
    if (parts[3] == "error") return error(id, std::move(request), reply);
  }
  reply(refusal(404, "NotFound", "404 page not found"));
}

std::chrono::nanoseconds RuntimeApi::part(const http::Request& head, std::string_view bytes) {
  constexpr std::string_view kBefore = "/2018-06-01/runtime/invocation/";
  constexpr std::string_view kAfter = "/response";
  std::string_view path = head.target;
  if (head.field(kResponseMode) != "streaming") return {};
  if (!path.starts_with(kBefore) || !path.ends_with(kAfter)) return {};
  path.remove_prefix(kBefore.size());
  path.remove_suffix(kAfter.size());
  const std::string id(path);
  if (!running_.contains(id)) return {};
  if (events_.streamed) events_.streamed(head.field("Content-Type"), bytes);
  return pace(streams_[id], bytes.size());
}

std::chrono::nanoseconds RuntimeApi::pace(Stream& stream, std::size_t more) {
  const auto now = std::chrono::steady_clock::now();
  if (stream.bytes <= kStreamBurst) stream.burst_over = now;
  stream.bytes += more;
  if (stream.bytes <= kStreamBurst) return {};
  const double seconds =
      static_cast<double>(stream.bytes - kStreamBurst) / static_cast<double>(kStreamRate);
  const auto due =
      stream.burst_over + std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)};
  return due - now;
}

void RuntimeApi::next(const http::Request& request, http::Reply reply) {
  initialised_ = true;
  waiting_.push_back(std::move(reply));
  if (offered_.empty()) return events_.idle(request.field("User-Agent"));
  Invocation invocation = std::move(offered_.front());
  offered_.pop_front();
  offer(std::move(invocation));
}

void RuntimeApi::offer(Invocation invocation) {
  if (waiting_.empty()) {
    offered_.push_back(std::move(invocation));
    return;
  }
  const http::Reply reply = std::move(waiting_.front());
  waiting_.pop_front();
  running_.insert(invocation.request_id);
  http::Fields fields = invocation_fields(invocation);
  reply({200, std::move(fields), std::move(invocation.event)});
}

void RuntimeApi::withdraw(const std::string& request_id) {
  running_.erase(request_id);
  streams_.erase(request_id);
  std::erase_if(offered_,
                [&](const Invocation& waiting) { return waiting.request_id == request_id; });
}

void RuntimeApi::restart() {
  initialised_ = false;
  waiting_.clear();
}

void RuntimeApi::finish(const std::string& id, Answer answer) {
  running_.erase(id);
  streams_.erase(id);
  events_.answered(id, std::move(answer));
}

void RuntimeApi::response(const std::string& id, http::Request request, const http::Reply& reply) {
  if (!running_.contains(id)) return reply(invalid_id());
  const bool streamed = request.field(kResponseMode) == "streaming";
  if (request.has_field(kResponseMode) && !streamed) {
    const std::string mode(request.field(kResponseMode));
    reply(refusal(400, "InvalidFunctionResponseMode", "Invalid response mode: " + mode));
    return finish(
        id, failure("Runtime.InvalidResponseModeHeader", "Invalid response mode header: " + mode));
  }
  if (request.truncated) {
    reply(refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated"));
    return finish(id, failure("Runtime.TruncatedResponse", "Response payload was truncated"));
  }
  const std::size_t limit = streamed ? kLargestStream : kLargestResponse;
  if (request.body.size() > limit) {
    reply(refusal(413, "RequestEntityTooLarge",
                  fmt::format("Exceeded maximum allowed payload size ({} bytes).", limit)));
    return finish(id, failure("Function.ResponseSizeTooLarge",
                              fmt::format("Response payload size ({} bytes) exceeded maximum "
                                          "allowed payload size ({} bytes).",
                                          request.body.size(), limit)));
  }
  Answer answer;
  answer.content_type = std::string(request.field("Content-Type"));
  answer.streamed = streamed;
  answer.error_type = error_type(request.field(kErrorType));
  answer.failed = !answer.error_type.empty();
  const std::string error_body = function::from_base64(request.field(kErrorBody));
  answer.body = answer.failed && !error_body.empty() ? error_body : std::move(request.body);
  reply(accepted());
  finish(id, std::move(answer));
}

void RuntimeApi::error(const std::string& id, http::Request request, const http::Reply& reply) {
  if (!running_.contains(id)) return reply(invalid_id());
  Answer answer = reported_error(request);
  reply(accepted());
  finish(id, std::move(answer));
}

void RuntimeApi::init_error(http::Request request, const http::Reply& reply) {
  if (initialised_) {
    return reply(refusal(403, "InvalidStateTransition",
                         "State transition from Ready to InitError failed for runtime. Error: "
                         "State transition is not allowed"));
  }
  Answer answer = reported_error(request);
  reply(accepted());
  events_.init_failed(std::move(answer));
}

}  // namespace meshfn::invoke
