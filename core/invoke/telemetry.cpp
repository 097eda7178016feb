#include "invoke/telemetry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "base/str.h"
#include "invoke/runtime_api.h"

namespace meshfn::invoke {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPaths[] = {"/2022-07-01/telemetry", "/2020-08-15/logs"};
constexpr std::string_view kTypes[] = {"platform", "function", "extension"};
constexpr std::size_t kMostEarly = 10'000;

std::string text(const Json& object, const char* name) {
  const bool has = object.is_object() && object.contains(name) && object[name].is_string();
  return has ? object[name].get<std::string>() : std::string();
}

Result<std::int64_t> number(const Json& document, const char* name, std::int64_t fallback,
                            std::int64_t least, std::int64_t most) {
  const Json buffering = document.value("buffering", Json::object());
  if (!buffering.is_object() || !buffering.contains(name)) return fallback;
  const Json& value = buffering[name];
  const auto given = value.is_number_integer() ? value.get<std::int64_t>() : least - 1;
  if (given >= least && given <= most) return given;
  return fail(fmt::format("buffering.{} must be from {} to {}", name, least, most));
}

Result<void> read_port(std::string_view text, Subscription& wanted) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (value == 0 || value > 65535) return fail("destination has no port");
  wanted.port = static_cast<std::uint16_t>(value);
  return {};
}

/// Host, port and path of a URI. There is no network of its own here: every host that may stand in
/// it is this machine.
Result<void> read_uri(const std::string& uri, Subscription& wanted) {
  constexpr std::string_view kScheme = "http://";
  if (!uri.starts_with(kScheme)) return fail("destination.URI must begin with http://");
  const std::string rest = uri.substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  const std::string authority = rest.substr(0, slash);
  if (slash != std::string::npos) wanted.path = rest.substr(slash);
  const std::size_t colon = authority.rfind(':');
  const std::string host = authority.substr(0, colon);
  const bool known = host == "sandbox.localdomain" || host == "sandbox" || host == "127.0.0.1" ||
                     host == "localhost";
  if (!known) return fail("destination.URI must name the host sandbox.localdomain");
  return read_port(colon == std::string::npos ? "80" : authority.substr(colon + 1), wanted);
}

Result<void> read_destination(const Json& destination, Subscription& wanted) {
  const std::string protocol = text(destination, "protocol");
  if (protocol == "HTTP") return read_uri(text(destination, "URI"), wanted);
  if (protocol != "TCP") return fail("destination.protocol is neither HTTP nor TCP");
  wanted.http = false;
  return read_port(destination.value("port", Json()).dump(), wanted);
}

Result<void> read_types(const Json& types, Subscription& wanted) {
  for (const Json& type : types) {
    const std::string word = type.is_string() ? type.get<std::string>() : type.dump();
    if (std::find(std::begin(kTypes), std::end(kTypes), word) == std::end(kTypes)) {
      return fail("types: `" + word + "` is none of platform, function, extension");
    }
    wanted.types.push_back(word);
  }
  if (wanted.types.empty()) return fail("types is empty");
  return {};
}

}  // namespace

std::string timestamp(std::int64_t unix_millis) {
  const UtcTime t = to_utc(unix_millis);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", t.year, t.month, t.day, t.hour,
                     t.minute, t.second, t.millisecond);
}

bool Telemetry::owns(std::string_view target) {
  return std::find(std::begin(kPaths), std::end(kPaths), target) != std::end(kPaths);
}

Result<Subscription> read_subscription(const std::string& name, const std::string& body) {
  const Json document = parse_json(body);
  if (!document.is_object()) return fail("the body is not a JSON object");
  Subscription wanted{.name = name};
  const auto items = number(document, "maxItems", 10'000, 1'000, 10'000);
  const auto bytes = number(document, "maxBytes", 262'144, 262'144, 1'048'576);
  const auto timeout = number(document, "timeoutMs", 1'000, 25, 30'000);
  for (const auto* value : {&items, &bytes, &timeout}) {
    if (!*value) return tl::unexpected(value->error());
  }
  wanted.most_items = static_cast<std::size_t>(*items);
  wanted.most_bytes = static_cast<std::size_t>(*bytes);
  wanted.timeout_ms = *timeout;
  if (auto fine = read_types(document.value("types", Json::array()), wanted); !fine) {
    return tl::unexpected(fine.error());
  }
  if (auto fine = read_destination(document.value("destination", Json()), wanted); !fine) {
    return tl::unexpected(fine.error());
  }
  return wanted;
}

void Telemetry::handle(const http::Request& request, const http::Reply& reply,
                       const std::string& name) {
  const auto refuse = [&](int status, std::string_view type, const std::string& message) {
    reply({status, {{"Content-Type", "application/json"}}, error_document(type, message)});
  };
  if (request.method != "PUT") return refuse(405, "MethodNotAllowed", "use PUT");
  if (name.empty()) return refuse(403, "Extension.UnknownExtensionIdentifier", "Unknown extension");
  if (!open_) {
    return refuse(403, "Telemetry.SubscriptionClosed",
                  "Telemetry API subscription is closed already for extension " + name);
  }
  Result<Subscription> wanted = read_subscription(name, request.body);
  if (!wanted) return refuse(400, "ValidationError", wanted.error().message);
  reply({200, {{"Content-Type", "application/json"}}, "\"OK\""});
  subscribe(std::move(*wanted));
}

void Telemetry::subscribe(Subscription wanted) {
  const auto known =
      std::find_if(subscribers_.begin(), subscribers_.end(),
                   [&](const Subscriber& other) { return other.wanted.name == wanted.name; });
  const bool again = known != subscribers_.end();
  const Json told = {{"name", wanted.name},
                     {"state", again ? "Already subscribed" : "Subscribed"},
                     {"types", wanted.types}};
  if (again) {
    known->wanted = std::move(wanted);
  } else {
    Subscriber& subscriber = subscribers_.emplace_back(Subscriber{std::move(wanted)});
    const auto& types = subscriber.wanted.types;
    for (const auto& [category, line] : early_) {
      if (std::count(types.begin(), types.end(), category) > 0) give(subscriber, line);
    }
  }
  record("platform.telemetrySubscription", told.dump());
}

void Telemetry::record(std::string_view type, const std::string& record) {
  const std::string line = fmt::format(R"({{"time":"{}","type":"{}","record":{}}})",
                                       timestamp(clock_.unix_millis()), type, record);
  add(type.substr(0, type.find('.')), line);
}

void Telemetry::log(std::string_view type, std::string_view bytes) {
  // Nobody listens, and nobody can begin to: a function may print a hundred megabytes.
  if (subscribers_.empty() && !open_) return partial_.clear();
  auto found = std::find_if(partial_.begin(), partial_.end(),
                            [&](const auto& entry) { return entry.first == type; });
  if (found == partial_.end()) found = partial_.emplace(found, std::string(type), "");
  found->second += bytes;
  const std::size_t end = found->second.rfind('\n');
  if (end == std::string::npos) return;
  const std::string whole = found->second.substr(0, end + 1);
  found->second.erase(0, end + 1);
  for (const std::string_view line : str::lines(whole)) {
    const Json value(std::string(line) + "\n");
    record(type, value.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

void Telemetry::add(std::string_view category, std::string line) {
  for (Subscriber& subscriber : subscribers_) {
    const auto& types = subscriber.wanted.types;
    if (std::find(types.begin(), types.end(), category) != types.end()) give(subscriber, line);
  }
  if (open_ && early_.size() < kMostEarly)
    early_.emplace_back(std::string(category), std::move(line));
}

void Telemetry::give(Subscriber& subscriber, std::string line) {
  const bool full = subscriber.waiting.size() + 1 > subscriber.wanted.most_items ||
                    subscriber.waiting_bytes + line.size() > subscriber.wanted.most_bytes;
  if (full) flush(subscriber);
  subscriber.waiting_bytes += line.size();
  subscriber.waiting.push_back(std::move(line));
}

void Telemetry::flush() {
  for (Subscriber& subscriber : subscribers_) flush(subscriber);
}

void Telemetry::flush(Subscriber& subscriber) {
  if (subscriber.waiting.empty()) return;
  const std::string body = subscriber.wanted.http ? "[" + str::join(subscriber.waiting, ",") + "]"
                                                  : str::join(subscriber.waiting, "\n") + "\n";
  subscriber.waiting.clear();
  subscriber.waiting_bytes = 0;
  if (!subscriber.wanted.http) return deliver_(subscriber.wanted.port, body, true);
  deliver_(subscriber.wanted.port,
           fmt::format("POST {} HTTP/1.1\r\nHost: sandbox.localdomain:{}\r\nContent-Type: "
                       "application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                       subscriber.wanted.path, subscriber.wanted.port, body.size(), body),
           false);
}

std::int64_t Telemetry::interval_ms() const {
  std::int64_t least = 0;
  for (const Subscriber& subscriber : subscribers_) {
    if (least == 0 || subscriber.wanted.timeout_ms < least) least = subscriber.wanted.timeout_ms;
  }
  return least;
}

void Telemetry::close() {
  open_ = false;
  early_.clear();
}

void Telemetry::restart() {
  open_ = true;
  subscribers_.clear();
  early_.clear();
  partial_.clear();
}

}  // namespace meshfn::invoke
