#include "cli/invoke_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/str.h"
#include "invoke/event_test.h"
#include "invoke/json_check.h"

namespace meshfn::cli {

namespace {

using invoke::Json;

constexpr std::string_view kSecretNames[] = {
    "authorization", "cookie", "set-cookie",   "password",        "passwd",
    "secret",        "token",  "access_token", "id_token",        "refresh_token",
    "api_key",       "apikey", "x-api-key",    "x-functions-key", "x-amz-security-token",
    "client_secret"};
constexpr std::string_view kMask = "***";

bool is_secret(const std::string& name, const Redaction& redaction) {
  const auto same = [&](std::string_view other) { return str::equals_ignore_case(name, other); };
  return std::any_of(std::begin(kSecretNames), std::end(kSecretNames), same) ||
         std::any_of(redaction.names.begin(), redaction.names.end(), same);
}

Json redacted(const Json& value, const Redaction& redaction) {
  Json result = value;
  if (value.is_object()) {
    for (auto member = result.begin(); member != result.end(); ++member) {
      const bool secret = is_secret(member.key(), redaction);
      member.value() = secret ? Json(std::string(kMask)) : redacted(member.value(), redaction);
    }
  } else if (value.is_array()) {
    for (Json& item : result) item = redacted(item, redaction);
  } else if (value.is_string()) {
    std::string text = value.get<std::string>();
    for (const std::string& secret : redaction.values) {
      if (!secret.empty()) text = str::replace_all(text, secret, kMask);
    }
    // Bodies of requests and messages are JSON in a text.
    const Json inner = parse_json(text);
    if (inner.is_structured()) {
      Json masked = redacted(inner, redaction);
      if (masked != inner) text = masked.dump();
    }
    result = text;
  }
  return result;
}

Json line_of(const std::string& event, const invoke::Outcome& outcome, const Redaction& redaction) {
  Json line;
  line["event"] = redacted(parse_json(event), redaction);
  line["status"] = to_string(outcome.status);
  line["response"] = redacted(response_of(outcome), redaction);
  if (outcome.http) line["httpStatus"] = outcome.http->status;
  if (!outcome.outputs.empty()) line["outputs"] = redacted(parse_json(outcome.outputs), redaction);
  return line;
}

}  // namespace

Result<void> check_record(const Files& files, const std::string& path) {
  const std::string folder = path::parent(path);
  if (files.is_directory(folder)) return {};
  return usage_error(fmt::format("cannot record in `{}`: there is no folder `{}`", path, folder),
                     fmt::format("make it first: mkdir -p {}", folder));
}

Result<void> record(Files& files, const std::string& path, const std::string& event,
                    const std::vector<invoke::Outcome>& outcomes, const Redaction& redaction) {
  std::string text;
  if (files.exists(path)) {
    Result<std::string> before = files.read(path);
    if (!before) return tl::unexpected(before.error());
    text = std::move(*before);
  }
  for (const invoke::Outcome& outcome : outcomes) {
    text +=
        line_of(event, outcome, redaction).dump(-1, ' ', false, Json::error_handler_t::replace) +
        "\n";
  }
  return files.write(path, text);
}

Result<ExitCode> replay(Context& context, const std::string& path, invoke::Instance& instance,
                        const Redaction& redaction) {
  const Result<std::string> text = context.files.read(path);
  if (!text) return tl::unexpected(text.error());
  std::size_t number = 0;
  std::size_t different = 0;
  for (const std::string_view line : str::lines(*text)) {
    ++number;
    const Json wanted = parse_json(line);
    if (!wanted.is_object() || !wanted.contains("event")) {
      return fail(fmt::format("{}:{}:1: the line is no recorded invocation", path, number));
    }
    const std::string event = wanted["event"].dump();
    const auto outcome = instance.invoke({.event = event});
    if (!outcome) return kInterrupted;
    const std::vector<std::string> found =
        invoke::differences(wanted, line_of(event, *outcome, redaction));
    if (!found.empty()) ++different;
    for (const std::string& one : found) {
      context.terminal.out << fmt::format("{}:{}: {}\n", path, number, one);
    }
  }
  if (number == 0) return fail(fmt::format("`{}` holds no recorded invocation", path));
  if (!context.terminal.quiet) {
    context.terminal.err << fmt::format("{} replayed, {} different\n",
                                        str::count(number, "invocation"), different);
  }
  return different > 0 ? kBadAnswer : kOk;
}

}  // namespace meshfn::cli
