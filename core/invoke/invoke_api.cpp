#include "invoke/invoke_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/str.h"
#include "function/event/encode.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kInvoke = "/2015-03-31/functions/";
constexpr std::string_view kStream = "/2021-11-15/functions/";
constexpr std::string_view kInvokeEnd = "/invocations";
constexpr std::string_view kStreamEnd = "/response-streaming-invocations";
constexpr std::size_t kMostSynchronous = 6U << 20U;
constexpr std::size_t kMostAsynchronous = 1U << 20U;
constexpr std::size_t kLogTail = 4096;

std::string query_value(std::string_view target, std::string_view name) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  for (const std::string_view part : str::split(target.substr(mark + 1), '&')) {
    const std::size_t equals = part.find('=');
    if (part.substr(0, equals) == name && equals != std::string_view::npos) {
      return http::unescaped(part.substr(equals + 1), false);
    }
  }
  return {};
}

/// CRC-32 (IEEE 802.3, reflected), which frames of the event stream carry twice.
std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ (0xEDB88320U & (0U - (crc & 1U)));
  }
  return ~crc;
}

std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>((value >> (8U * static_cast<unsigned>(i))) & 0xFFU);
  }
  return text;
}

/// A header of type 7 (text): length and name, type, length and value.
std::string frame_header(std::string_view name, std::string_view value) {
  std::string text(1, static_cast<char>(name.size()));
  text += name;
  text += '\x07';
  text += big_endian(static_cast<std::uint32_t>(value.size()), 2);
  return text += value;
}

/// Total length, headers' length, CRC of these; headers; payload; CRC of all.
std::string frame(std::string_view event, std::string_view type, std::string_view payload) {
  const std::string headers = frame_header(":event-type", event) +
                              frame_header(":content-type", type) +
                              frame_header(":message-type", "event");
  const std::size_t total = 16 + headers.size() + payload.size();
  std::string text = big_endian(static_cast<std::uint32_t>(total), 4) +
                     big_endian(static_cast<std::uint32_t>(headers.size()), 4);
  text += big_endian(crc32(text), 4);
  text += headers;
  text += payload;
  return text + big_endian(crc32(text), 4);
}

bool read_kind(std::string_view word, ApiCall::Kind& kind) {
  if (word.empty() || word == "RequestResponse") return true;
  if (word == "Event") kind = ApiCall::Kind::event;
  if (word == "DryRun") kind = ApiCall::Kind::dry_run;
  return kind != ApiCall::Kind::request_response;
}

http::Response check(const ApiCall& call) {
  const std::size_t most = call.kind == ApiCall::Kind::event ? kMostAsynchronous : kMostSynchronous;
  if (call.call.event.size() > most) {
    return api_error(
        413, "RequestTooLargeException",
        fmt::format("{} byte payload is too large for the {} invocation type (limit "
                    "{} bytes)",
                    call.call.event.size(),
                    call.kind == ApiCall::Kind::event ? "Event" : "RequestResponse", most));
  }
  if (!is_json(call.call.event)) {
    return api_error(400, "InvalidRequestContentException",
                     "Could not parse request body into json: it is not JSON");
  }
  if (!call.call.client_context.empty() && !is_json(call.call.client_context)) {
    return api_error(400, "InvalidRequestContentException",
                     "Client context must be a valid Base64-encoded JSON object.");
  }
  return {};
}

}  // namespace

bool is_invoke_api(const http::Request& request) {
  return request.target.starts_with(kInvoke) || request.target.starts_with(kStream);
}

ApiRequest read_invoke_api(const http::Request& request) {
  const std::string_view path =
      std::string_view(request.target).substr(0, request.target.find('?'));
  ApiCall call;
  const bool streaming = path.starts_with(kStream);
  const std::string_view end = streaming ? kStreamEnd : kInvokeEnd;
  if (request.method != "POST" || !path.ends_with(end)) {
    return {{}, api_error(404, "UnknownOperationException", "only Invoke is served here")};
  }
  const std::string name = http::unescaped(
      path.substr(kInvoke.size(), path.size() - kInvoke.size() - end.size()), false);
  call.function = function_name_of(name, call.qualifier);
  const std::string qualifier = query_value(request.target, "Qualifier");
  if (!qualifier.empty()) call.qualifier = qualifier;
  if (!read_kind(request.field("X-Amz-Invocation-Type"), call.kind)) {
    return {{},
            api_error(400, "InvalidParameterValueException",
                      "X-Amz-Invocation-Type must be RequestResponse, Event or DryRun")};
  }
  if (streaming && call.kind == ApiCall::Kind::request_response) {
    call.kind = ApiCall::Kind::streaming;
  }
  call.wants_logs = request.field("X-Amz-Log-Type") == "Tail";
  call.call.event = request.body.empty() ? "{}" : request.body;
  call.call.client_context = function::from_base64(request.field("X-Amz-Client-Context"));
  call.call.tenant_id = std::string(request.field("X-Amz-Tenant-Id"));
  call.call.trace_id = std::string(request.field("X-Amzn-Trace-Id"));
  if (http::Response refusal = check(call); refusal.status != 200) return {{}, refusal};
  return {std::move(call), {}};
}

std::string function_name_of(std::string_view text, std::string& qualifier) {
  const std::vector<std::string_view> parts = str::split(text, ':');
  const auto mark = std::find(parts.begin(), parts.end(), "function");
  const bool whole = mark != parts.end() && mark + 1 != parts.end() && mark != parts.begin();
  const auto name = static_cast<std::size_t>(whole ? mark + 1 - parts.begin() : 0);
  if (parts.size() > name + 1) qualifier = std::string(parts[name + 1]);
  return std::string(parts[name]);
}

http::Response api_error(int status, std::string_view type, std::string_view message,
                         std::string_view reason) {
  Json body = {{"Type", status >= 500 ? "Service" : "User"}, {"message", message}};
  // Older SDKs read `Message`.
  body["Message"] = message;
  if (!reason.empty()) body["Reason"] = reason;
  return {status,
          {{"Content-Type", "application/json"}, {"x-amzn-ErrorType", std::string(type)}},
          body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::string log_tail(const Outcome& outcome) {
  std::string text = start_line(outcome.request_id);
  for (const std::string& line : outcome.logs) text += line + "\n";
  text += end_line(outcome.request_id) + report_line(outcome);
  return text.size() <= kLogTail ? text : text.substr(text.size() - kLogTail);
}

http::Response api_answer(const ApiCall& call, const Outcome& outcome) {
  http::Response answer{200,
                        {{"Content-Type", "application/json"},
                         {"x-amzn-RequestId", outcome.request_id},
                         {"X-Amz-Executed-Version", "$LATEST"}},
                        outcome.payload};
  if (!outcome.ok()) answer.fields.emplace_back("X-Amz-Function-Error", "Unhandled");
  if (call.wants_logs) {
    answer.fields.emplace_back("X-Amz-Log-Result", function::base64(log_tail(outcome)));
  }
  return answer;
}

std::string payload_chunk(std::string_view bytes) {
  return frame("PayloadChunk", "application/octet-stream", bytes);
}

std::string invoke_complete(const ApiCall& call, const Outcome& outcome) {
  Json body = Json::object();
  if (!outcome.ok()) {
    body["ErrorCode"] = outcome.error_type;
    body["ErrorDetails"] = outcome.payload;
  }
  if (call.wants_logs) body["LogResult"] = function::base64(log_tail(outcome));
  return frame("InvokeComplete", "application/json",
               body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace meshfn::invoke
