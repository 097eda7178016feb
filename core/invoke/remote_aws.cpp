#include "invoke/remote_aws.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/str.h"
#include "function/event/encode.h"
#include "invoke/sigv4.h"

namespace meshfn::invoke {

namespace {

std::string value(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// Scheme off; host and port, and the path with its query.
struct UrlParts {
  std::string host;
  std::string target;
};

UrlParts parts_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::string_view rest = url.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
  const std::size_t slash = rest.find('/');
  return {std::string(rest.substr(0, slash)),
          slash == std::string_view::npos ? "/" : std::string(rest.substr(slash))};
}

std::string endpoint(const std::string& region,
                     const std::map<std::string, std::string>& environment) {
  for (const char* const name : {"AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL"}) {
    std::string url = value(environment, name);
    while (url.ends_with('/')) url.pop_back();
    if (!url.empty()) return url;
  }
  return fmt::format("https://lambda.{}.amazonaws.com", region);
}

AwsTarget api_target(std::string_view arn, const std::map<std::string, std::string>& environment) {
  const std::vector<std::string_view> parts = str::split(arn, ':');
  AwsTarget target;
  target.region = std::string(parts[3]);
  target.invoke_api = true;
  target.needs_keys = true;
  const std::string base = fmt::format("{}/2015-03-31/functions/{}/invocations",
                                       endpoint(target.region, environment), parts[6]);
  target.url = parts.size() > 7 ? fmt::format("{}?Qualifier={}", base, parts[7]) : base;
  return target;
}

std::string_view field(const http::Fields& fields, std::string_view name) {
  for (const auto& [given, text] : fields) {
    if (str::equals_ignore_case(given, name)) return text;
  }
  return {};
}

}  // namespace

std::optional<AwsTarget> aws_target(std::string_view text,
                                    const std::map<std::string, std::string>& environment) {
  if (text.starts_with("arn:")) {
    const std::vector<std::string_view> parts = str::split(text, ':');
    const bool function = parts.size() > 6 && parts[2] == "lambda" && parts[5] == "function";
    if (function) return api_target(text, environment);
    return std::nullopt;
  }
  const std::string host = parts_of(text).host;
  const std::size_t mark = host.find(".lambda-url.");
  if (mark == std::string::npos || !host.ends_with(".on.aws")) return std::nullopt;
  const std::string rest = host.substr(mark + 12);
  return AwsTarget{std::string(text), rest.substr(0, rest.find('.'))};
}

Result<http::Fields> signed_fields(const AwsTarget& target, const std::string& body,
                                   const std::map<std::string, std::string>& environment,
                                   std::int64_t unix_millis) {
  const std::optional<Credentials> credentials = credentials_of(environment);
  if (!credentials && !target.needs_keys) return http::Fields();
  if (!credentials) {
    return fail("calling a function by its ARN needs credentials of AWS",
                "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, "
                "AWS_SESSION_TOKEN");
  }
  const UrlParts parts = parts_of(target.url);
  const std::size_t mark = parts.target.find('?');
  Signable request{.method = "POST", .path = parts.target.substr(0, mark)};
  if (mark != std::string::npos) request.query = parts.target.substr(mark + 1);
  request.body = body;
  request.region = target.region;
  request.service = "lambda";
  request.unix_millis = unix_millis;
  request.fields = {{"Content-Type", "application/json"},
                    {"Host", parts.host},
                    {"X-Amz-Date", amz_date(unix_millis)}};
  if (target.invoke_api) request.fields.emplace_back("X-Amz-Log-Type", "Tail");
  if (!credentials->session_token.empty()) {
    request.fields.emplace_back("X-Amz-Security-Token", credentials->session_token);
  }
  Result<std::string> signature = authorization(request, *credentials);
  if (!signature) return tl::unexpected(signature.error());
  http::Fields fields = std::move(request.fields);
  std::erase_if(fields, [](const auto& entry) {
    return entry.first == "Host" || entry.first == "Content-Type";
  });
  fields.emplace_back("Authorization", std::move(*signature));
  return fields;
}

void read_api_answer(const http::Fields& fields, Outcome& outcome) {
  outcome.request_id = std::string(field(fields, "x-amzn-RequestId"));
  const std::string log = function::from_base64(field(fields, "X-Amz-Log-Result"));
  for (const std::string_view line : str::lines(log)) outcome.logs.emplace_back(line);
  if (outcome.status == Status::function_error) {
    // "TypeName:http://…" in some answers.
    const std::string_view type = field(fields, "x-amzn-ErrorType");
    if (!type.empty()) outcome.error_type = std::string(type.substr(0, type.find(':')));
    return;
  }
  if (field(fields, "X-Amz-Function-Error").empty()) return;
  outcome.status = Status::function_error;
  const auto document = parse_json<nlohmann::json>(outcome.payload);
  const bool has =
      document.is_object() && document.contains("errorType") && document["errorType"].is_string();
  outcome.error_type = has ? document["errorType"].get<std::string>() : "Unhandled";
  if (outcome.error_type == "Sandbox.Timedout") outcome.status = Status::timeout;
}

}  // namespace meshfn::invoke
